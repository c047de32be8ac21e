import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import fc from 'fast-check';
import { chromium, type Page } from 'playwright-core';
import { expect, test, vi } from 'vitest';
import type { StatusReport } from '../../src/collector/status/status-model.ts';
import { afterThisTest, startSimulator } from '../helpers/console.ts';
import { freePort } from '../helpers/free-port.ts';
import { temporaryDirectory } from '../helpers/temporary-directory.ts';
import { badLines, hostileText, startConsoleOfHostileNames, startConsoleOfHostileRefusals } from './hostile-texts.ts';

/** All that a collector says or shows where every name is hostile: log, `debug`, pages, files; and the page in a browser. */
const main = path.join(import.meta.dirname, '../../dist/cli/main.js');
const RUNS = Number(process.env.HOSTILE_NAMES_RUNS ?? 2);
const CHROMIUM = '/usr/bin/chromium';
const TIMEOUT = 60_000;

interface RunningCollector {
  /** Standard output and error until now. */
  readonly said: { output: string; errors: string };
  readonly get: (page: string) => Promise<string>;
  readonly page: string;
  readonly samples: () => Promise<string>;
  readonly end: () => Promise<void>;
}

async function startCollector(text: string, encoding: 'console' | 'json' = 'json'): Promise<RunningCollector> {
  const simulator = await startSimulator();
  const folder = await temporaryDirectory();
  const file = path.join(folder, 'config.yaml');
  const samples = path.join(folder, 'samples.jsonl');
  const [page, health, metrics] = [await freePort(), await freePort(), await freePort()];
  const access = `username: '${simulator.username}', password: '${simulator.password}'`;
  await writeFile(
    file,
    `
receivers:
  powervm:
    collection_interval: 1s
    consoles: [{ endpoint: '${await startConsoleOfHostileNames(simulator, text)}', ${access} }]
  powervm/refused:
    collection_interval: 1s
    consoles: [{ endpoint: '${await startConsoleOfHostileRefusals(simulator, text)}', ${access} }]
exporters:
  debug: { verbosity: detailed }
  prometheus: { endpoint: '127.0.0.1:${metrics}' }
  ceilometer: { publishers: ['file://${samples}'], interval: 0s }
extensions:
  status_page: { endpoint: '127.0.0.1:${page}' }
  health_check: { endpoint: '127.0.0.1:${health}' }
service:
  telemetry: { logs: { level: debug, encoding: ${encoding} } }
  extensions: [status_page, health_check]
  pipelines:
    metrics: { receivers: [powervm, powervm/refused], exporters: [debug, prometheus, ceilometer] }`,
  );
  const child = spawn(process.execPath, [main, 'run', '--config', file], { env: { PATH: process.env.PATH } });
  const end = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGTERM');
    await once(child, 'close');
  };
  afterThisTest(end);
  const said = { output: '', errors: '' };
  child.stdout.on('data', (chunk) => {
    said.output += chunk;
  });
  child.stderr.on('data', (chunk) => {
    said.errors += chunk;
  });
  const ports: Readonly<Record<string, number>> = { '/metrics': metrics, '/?verbose': health };
  const get = async (name: string) =>
    (await fetch(`http://127.0.0.1:${ports[name] ?? page}${name}`, { signal: AbortSignal.timeout(TIMEOUT) })).text();
  return {
    said,
    get,
    page: `http://127.0.0.1:${page}/`,
    samples: () => readFile(samples, 'utf8').catch(() => ''),
    end,
  };
}

/** Until it has everything to show. */
function reportOf({ get, samples }: RunningCollector): Promise<StatusReport> {
  return vi.waitFor(async () => {
    const report = JSON.parse(await get('/status.json')) as StatusReport;
    expect(report.partitions.length).toBeGreaterThan(0);
    expect(report.issues.length).toBeGreaterThan(0);
    expect(await samples()).not.toBe('');
    return report;
  }, TIMEOUT);
}

async function openBrowser(): Promise<Page> {
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox', '--disable-gpu'] });
  afterThisTest(() => browser.close());
  return browser.newPage();
}

test.each(['json', 'console'] as const)(
  'control characters in names and messages reach neither log (as %s) nor pages nor files of a collector',
  async (encoding) => {
    await fc.assert(
      fc.asyncProperty(hostileText, async (text) => {
        const collector = await startCollector(text, encoding);
        const report = await reportOf(collector);
        const [partition] = report.partitions;
        const samples = await collector.samples();
        const history = await collector.get(`/partition.json?id=${partition?.id}`);
        const pages = {
          'frame.json': await collector.get(`/frame.json?id=${report.frames[0]?.id}`),
          'status.json': await collector.get('/status.json'),
          metrics: await collector.get('/metrics'),
          health: await collector.get('/?verbose'),
        };
        await collector.end();
        const { output, errors } = collector.said;
        const views = Object.entries({ ...pages, 'partition.json': history, samples, log: errors, debug: output });
        // Each of them has the text in it, so that nothing is well for want of it.
        expect(views.filter(([, shown]) => !shown.includes('db'))).toEqual([]);
        expect(views.flatMap(([view, shown]) => badLines(shown).map((line) => [view, line]))).toEqual([]);
        // A page shows texts as they are: there is nothing in them that a browser would obey.
        expect(badLines(textsOf([report, JSON.parse(history), JSON.parse(pages['frame.json'])]).join('\n'))).toEqual(
          [],
        );
        for (const line of `${encoding === 'json' ? errors : ''}${samples}`.trim().split('\n')) JSON.parse(line);
      }),
      { numRuns: RUNS },
    );
  },
  TIMEOUT * 2,
);

test.skipIf(!existsSync(CHROMIUM))(
  'the status page in a browser shows nothing that steers (skipped without Chromium)',
  async () => {
    const collector = await startCollector('db\u202emoc\u2066x\u001b[2J\u0085\u2028\ud800<b>\nforged line');
    const report = await reportOf(collector);
    const page = await openBrowser();
    const [partition, frame] = [report.partitions[0], report.frames[0]];
    for (const address of ['', `frame/${frame?.id}`, `partition/${partition?.id}`]) {
      await page.goto(collector.page + address);
      const name = address.startsWith('partition') ? partition?.name : frame?.name;
      await page
        .getByText(name ?? '', { exact: false })
        .filter({ visible: true })
        .first()
        .waitFor();
      // Of the elements, since layout makes line ends of its own.
      const texts = await page
        .locator('body *')
        .evaluateAll((elements) =>
          elements.flatMap((element) => [
            ...[...element.childNodes].flatMap((node) => (node.nodeType === 3 ? [node.textContent ?? ''] : [])),
            ...[...element.attributes].map(({ value }) => value),
          ]),
        );
      const shown = [...texts.map((piece) => piece.trim()), await page.title()];
      expect(shown.filter((piece) => piece.includes('db')).length, address).toBeGreaterThan(3);
      expect(shown.filter((piece) => badLines(piece).length > 0)).toEqual([]);
    }
  },
  TIMEOUT * 2,
);

function textsOf(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap(textsOf);
}
