import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { fleet } from '../../src/cli/fleet.ts';
import { Collector, type CollectorConfig, loadConfig } from '../../src/collector/index.ts';
import { statusReport } from '../../src/collector/status/report.ts';
import { afterThisTest, startSimulator } from '../helpers/console.ts';
import { hasEtcd, startEtcd, withoutEtcd } from '../helpers/etcd.ts';
import { temporaryDirectory } from '../helpers/temporary-directory.ts';

/** Nothing answers there: it is a group all the same. */
const ONE_ALONE = "{ endpoint: 'https://127.0.0.1:9', username: monitor, password: unused-here, group: alone }";

interface Settings {
  readonly extra?: string;
  readonly consoles?: readonly string[];
}

/** @param consoles by default one of a simulator, in the group `north` */
async function configurationFile(endpoint: string, { extra = '', consoles }: Settings = {}): Promise<string> {
  const { url, username, password } = await startSimulator({ lpars: 2, vioses: 0 });
  const own = `{ endpoint: '${url}', username: '${username}', password: '${password}', group: north }`;
  const file = path.join(await temporaryDirectory(), 'otel-config.yaml');
  await writeFile(
    file,
    `
receivers:
  powervm:
    fleet: { storage: etcd }
    consoles: [${(consoles ?? [own]).join(', ')}]
exporters: { debug: {}, otlp_http: { temporality: delta } }
extensions: { etcd: { endpoints: ['${endpoint}'], instance_id: one, lease_ttl: 5s } }
service:
  extensions: [etcd]
  pipelines: { metrics: { receivers: [powervm], exporters: [debug${extra}] } }
`,
  );
  return file;
}

async function running(config: CollectorConfig): Promise<Collector> {
  const collector = await Collector.create(config, {});
  afterThisTest(() => collector.stop());
  await collector.start();
  return collector;
}

function terminal() {
  const lines: string[] = [];
  const print = (text: string) => lines.push(text);
  return { environment: {}, isInteractive: false, print, report: print, lines };
}

const until = async (check: () => boolean) => {
  while (!check()) await new Promise((resolve) => setTimeout(resolve, 20));
};

describe.skipIf(!hasEtcd)(`who looks at a fleet (skipped without etcd: ${withoutEtcd})`, () => {
  test('sees its members and who reads what, on the command line, on the status page and in metrics', async () => {
    const file = await configurationFile((await startEtcd())[0]?.endpoint ?? '');
    const before = terminal();
    expect(await fleet({ config: file, format: 'json' }, before)).toBe(0);
    expect(JSON.parse(before.lines[0] ?? '')).toEqual({ fleets: { etcd: { members: [], groups: [] } } });
    const collector = await running(loadConfig(file, {}));
    const reported = () => collector.statistics().get('powervm')?.fleets?.[0];
    await until(() => reported()?.consolesHeld === 1 && reported()?.groups[0]?.owner === 'one');
    const shown = terminal();
    expect(await fleet({ config: file, format: 'table' }, shown)).toBe(0);
    expect(shown.lines.join('\n')).toMatch(/^MEMBER.*\none /);
    expect(shown.lines.join('\n')).toMatch(/powervm\/north +one +20\d\d-/);
    const statistics = collector.statistics();
    const report = statusReport({ time: Date.now(), frames: [], statistics, recent: () => 0 });
    expect(report.fleets?.[0]?.members).toMatchObject([{ name: 'one', groups: 1 }]);
    expect(report.fleets?.[0]?.groups).toMatchObject([{ group: 'powervm/north', owner: 'one', takeovers: 0 }]);
    expect(reported()).toMatchObject({ takeovers: 0, leasesLost: 0 });
    // What was put free at the end is read by no one, and the command says so.
    await collector.stop();
    const after = terminal();
    expect(await fleet({ config: file, format: 'json' }, after)).toBe(0);
    expect(JSON.parse(after.lines[0] ?? '').fleets.etcd.members).toEqual([]);
  });

  test('sees which groups of consoles are joined, since they list the same systems', async () => {
    const endpoint = (await startEtcd())[0]?.endpoint ?? '';
    const { consoles, username, password } = await startSimulator({ lpars: 1, vioses: 0, consoles: [{}, {}] });
    const listed = consoles.map(
      ({ url }, index) =>
        `{ endpoint: '${url}', username: '${username}', password: '${password}', group: ${index === 0 ? 'north' : 'south'} }`,
    );
    const file = await configurationFile(endpoint, { consoles: [...listed, ONE_ALONE] });
    const collector = await running(loadConfig(file, {}));
    const reported = () => collector.statistics().get('powervm')?.fleets?.[0]?.groups ?? [];
    await until(() => reported().filter(({ joinedWith }) => joinedWith.length > 0).length === 2);
    const [table, json] = [terminal(), terminal()];
    await fleet({ config: file, format: 'table' }, table);
    const groups = table.lines
      .join('\n')
      .split('\n')
      .filter((line) => line.startsWith('powervm/'));
    expect(groups.map((line) => line.match(/powervm\/(?:north|south)/g))).toEqual([
      null,
      ['powervm/north', 'powervm/south'],
      ['powervm/south', 'powervm/north'],
    ]);
    await fleet({ config: file, format: 'json' }, json);
    expect(JSON.parse(json.lines[0] ?? '').fleets.etcd.groups).toMatchObject([
      { group: 'powervm/alone', joined_with: [] },
      { group: 'powervm/north', joined_with: ['powervm/south'] },
      { group: 'powervm/south', joined_with: ['powervm/north'] },
    ]);
    const statistics = collector.statistics();
    const report = statusReport({ time: Date.now(), frames: [], statistics, recent: () => 0 });
    expect(report.fleets?.[0]?.groups[1]?.joinedWith).toEqual(['powervm/south']);
  });

  test('reports a file without a fleet, and what does not go with one', async () => {
    const endpoint = (await startEtcd())[0]?.endpoint ?? '';
    const config = loadConfig(await configurationFile(endpoint, { extra: ', otlp_http' }), {});
    const { powervm } = config.receivers;
    if (!powervm) throw new Error('the file has no receiver');
    const { fleet: _fleet, ...alone } = powervm;
    const mixed = {
      ...config,
      receivers: { powervm, 'powervm/alone': alone },
      service: {
        ...config.service,
        pipelines: { metrics: { receivers: ['powervm', 'powervm/alone'], exporters: ['otlp_http'] } },
      },
    };
    await expect(Collector.create(mixed, {})).rejects.toThrow(
      'sends deltas of this receiver and of one without a fleet',
    );
    const { etcd: _etcd, ...extensions } = config.extensions;
    const without = { ...config, extensions, service: { ...config.service, extensions: [] } };
    await expect(Collector.create(without, {})).rejects.toThrow('storage must name an etcd extension');
    const file = path.join(await temporaryDirectory(), 'otel-config.yaml');
    await writeFile(
      file,
      'receivers: { powervm: { consoles: [{ simulator: {} }] } }\nexporters: { debug: {} }\nservice: { pipelines: { metrics: { receivers: [powervm], exporters: [debug] } } }\n',
    );
    await expect(fleet({ config: file }, terminal())).rejects.toMatchObject({ code: 'POWERVM_USAGE' });
  });
});
