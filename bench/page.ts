/**
 * The status page with 2,000 partitions: until it is usable, against an empty page in the same Chromium; its heap; and what
 * an open page costs the collector, which is the real program in a process of its own. Takes eight minutes.
 *
 *   npm run build && npm run bench:page
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout } from 'node:timers/promises';
import { type Browser, chromium, type Page } from 'playwright-core';
import { ReportWriter } from '../src/collector/status/report-writer.ts';
import { PowerVmReceiver } from '../src/receiver/index.ts';
import { freePort } from '../test/helpers/free-port.ts';
import { cpuOf, median, report } from './helpers/measure.ts';

const SYSTEMS = 4;
const LPARS = 496;
const VIOSES = 4;
const PARTITIONS = SYSTEMS * (LPARS + VIOSES);
const LOADS = 7;
/** Milliseconds in which two samples of every system come. */
const SPAN = 60_000;
const ROUNDS = 3;
const POLLS = 100;
/** Of `/proc/PID/stat`. */
const TICKS_PER_SECOND = 100;

const main = path.join(import.meta.dirname, '../dist/cli/main.js');
const directory = mkdtempSync(path.join(os.tmpdir(), 'otel-powervm-bench-'));

function start(args: readonly string[]): ChildProcess {
  return spawn(process.execPath, [main, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
}

interface Access {
  readonly url: string;
  readonly username: string;
  readonly password: string;
}

async function readyLine({ stdout }: ChildProcess): Promise<Access> {
  if (!stdout) throw new Error('the simulator has no output');
  const [line] = await once(createInterface({ input: stdout }), 'line');
  return JSON.parse(String(line));
}

async function startCollector(access: Access): Promise<{ collector: ChildProcess; url: string }> {
  const { url: endpoint, username, password } = access;
  const page = `127.0.0.1:${await freePort()}`;
  const file = path.join(directory, 'config.yaml');
  const config = {
    receivers: { powervm: { consoles: [{ endpoint, username, password }] } },
    exporters: { debug: { verbosity: 'basic' } },
    extensions: { status_page: { endpoint: page } },
    service: {
      extensions: ['status_page'],
      pipelines: { metrics: { receivers: ['powervm'], exporters: ['debug'] } },
      telemetry: { logs: { level: 'warn' } },
    },
  };
  writeFileSync(file, JSON.stringify(config));
  const collector = start(['run', '--config', file]);
  collector.stdout?.resume();
  const url = `http://${page}/`;
  while ((await partitionsAt(url)) < PARTITIONS) await setTimeout(500);
  return { collector, url };
}

async function partitionsAt(url: string): Promise<number> {
  try {
    const { partitions } = (await (await fetch(`${url}status.json`)).json()) as { partitions: readonly unknown[] };
    return partitions.length;
  } catch {
    return 0;
  }
}

/** Processor seconds that a process has used. */
function cpuSeconds({ pid }: ChildProcess): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

async function timeOf(browser: Browser, use: (page: Page) => Promise<void>): Promise<number> {
  const page = await browser.newPage({ viewport: { width: 1280, height: 860 } });
  const before = performance.now();
  await use(page);
  const elapsed = performance.now() - before;
  await page.close();
  return elapsed;
}

/** Usable: the first rows are there, and the search has done its work. */
async function untilUsable(page: Page, url: string): Promise<void> {
  await page.goto(url);
  await page.locator('#partitions tbody tr').first().waitFor();
  await page.getByLabel('Search').fill('vios1');
  await page.locator('#partitions .count', { hasText: `${SYSTEMS} of` }).waitFor();
}

async function untilEmptyPageIsThere(page: Page, url: string): Promise<void> {
  await page.goto(url);
  await page.locator('p').waitFor();
  await page.getByLabel('Search').fill('vios1');
}

async function measureLoading(browser: Browser, url: string, emptyUrl: string): Promise<void> {
  const empty: number[] = [];
  const full: number[] = [];
  for (let load = 0; load < LOADS; load += 1) {
    empty.push(await timeOf(browser, (page) => untilEmptyPageIsThere(page, emptyUrl)));
    full.push(await timeOf(browser, (page) => untilUsable(page, url)));
  }
  report('an empty page', median(empty), 'ms');
  report(`the page with ${PARTITIONS} partitions, until it is usable`, median(full), 'ms');
  report('more than the empty page (aim: 1500)', median(full) - median(empty), 'ms');
}

async function measureUpdates(browser: Browser, url: string, collector: ChildProcess): Promise<void> {
  const cost = async () => {
    const before = cpuSeconds(collector);
    await setTimeout(SPAN);
    return ((cpuSeconds(collector) - before) / SPAN) * 1000;
  };
  const without: number[] = [];
  const open: number[] = [];
  const heaps: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    without.push(await cost());
    const page = await browser.newPage({ viewport: { width: 1280, height: 860 } });
    await page.goto(url);
    await page.locator('#partitions tbody tr').first().waitFor();
    const session = await page.context().newCDPSession(page);
    await session.send('Performance.enable');
    const ended = { is: false };
    const watching = (async () => {
      while (!ended.is) {
        const { metrics } = await session.send('Performance.getMetrics');
        heaps.push((metrics.find(({ name }) => name === 'JSHeapUsedSize')?.value ?? Number.NaN) / 2 ** 20);
        await setTimeout(1000);
      }
    })();
    open.push(await cost());
    ended.is = true;
    await watching;
    await page.close();
  }
  report('JS heap of the page, greatest of every second, garbage too (aim: 150)', Math.max(...heaps), 'MiB');
  report('the collector without the page', median(without) * 100, '% of a core');
  report('the collector with the page open', median(open) * 100, '% of a core');
  report('the page costs (aim: 1)', (median(open) - median(without)) * 100, '% of a core');
}

/** What a poll of the page costs in itself: the noise of the figures above is greater. */
async function measureReports({ url: endpoint, username, password }: Access): Promise<void> {
  const receiver = new PowerVmReceiver({ consoles: [{ endpoint, username, password }] });
  await receiver.refresh();
  const frames = receiver.frames();
  const write = (writer: ReportWriter) =>
    writer.write({ time: Date.now(), frames, statistics: new Map(), recent: () => 0 }).file();
  const known = new ReportWriter();
  for (let poll = 0; poll < POLLS; poll += 1) write(poll % 2 === 0 ? known : new ReportWriter());
  const without = await cpuOf(async () => {
    for (let poll = 0; poll < POLLS; poll += 1) write(known);
  });
  const fresh = await cpuOf(async () => {
    for (let poll = 0; poll < POLLS; poll += 1) write(new ReportWriter());
  });
  await receiver.stop();
  report('a poll without a new sample', without / POLLS, 'ms of CPU');
  report('a poll after new samples of all systems', fresh / POLLS, 'ms of CPU');
}

const simulator = start(['simulate', '--systems', `${SYSTEMS}`, '--lpars', `${LPARS}`, '--vioses', `${VIOSES}`]);
const access = await readyLine(simulator);
const { collector, url } = await startCollector(access);
// The first minutes of a process are dearer than all others.
await setTimeout(SPAN);
const server = http.createServer((_request, response) => {
  response.setHeader('Content-Type', 'text/html');
  response.end('<!doctype html><title>empty</title><p>empty <label>Search <input></label>');
});
await once(server.listen(0, '127.0.0.1'), 'listening');
const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu'] });
try {
  await measureLoading(browser, url, `http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  await measureUpdates(browser, url, collector);
  await measureReports(access);
} finally {
  await browser.close();
  server.close();
  collector.kill();
  await once(collector, 'close');
  simulator.kill();
  rmSync(directory, { recursive: true });
}
