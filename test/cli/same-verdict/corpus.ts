import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { stringify } from 'yaml';

type Content = { [key: string]: unknown };
/** Where a value goes, and which; `undefined` takes it away. */
type Change = readonly [place: readonly (string | number)[], value: unknown];

const CLEAR = 'http://hmc.example.com:12443';

/** Files that configurations name: what is right, and all that can be wrong with one. */
export interface CorpusFiles {
  readonly directory: string;
  readonly password: string;
  readonly empty: string;
  readonly twoLines: string;
  readonly certificate: string;
  readonly key: string;
  readonly otherKey: string;
  readonly scenario: string;
  readonly missing: string;
}

export function writeCorpusFiles(directory: string): CorpusFiles {
  const at = (name: string) => path.join(directory, name);
  writeFileSync(at('password'), 'secret\n', { mode: 0o600 });
  writeFileSync(at('empty'), '\n');
  writeFileSync(at('two-lines'), 'one\ntwo\n');
  writeFileSync(at('scenario.yaml'), 'events: [{ at: 1m, do: nothing that there is }]\n');
  mkdirSync(at('storage'));
  for (const name of ['server', 'other']) {
    execFileSync(
      'openssl',
      [
        'req',
        '-x509',
        '-newkey',
        'ec',
        '-pkeyopt',
        'ec_paramgen_curve:P-256',
        '-nodes',
        '-subj',
        '/CN=localhost',
      ].concat(['-keyout', at(`${name}.key`), '-out', at(`${name}.pem`)]),
      { stdio: 'ignore' },
    );
  }
  return {
    directory,
    password: at('password'),
    empty: at('empty'),
    twoLines: at('two-lines'),
    certificate: at('server.pem'),
    key: at('server.key'),
    otherKey: at('other.key'),
    scenario: at('scenario.yaml'),
    missing: at('nowhere/file'),
  };
}

/** Configurations that are valid as they stand. Nothing that they name answers, and nothing of it is waited for. */
function bases({ directory, password, certificate, key }: CorpusFiles): Readonly<Record<string, Content>> {
  const service = (exporters: readonly string[], extensions: readonly string[]) => ({
    extensions,
    pipelines: { metrics: { receivers: ['powervm'], exporters } },
    shutdown_timeout: '100ms',
  });
  const simulated = { powervm: { consoles: [{ simulator: { systems: 1, lpars: 2 } }] } };
  const real = {
    powervm: {
      collection_interval: '30s',
      consoles: [
        {
          endpoint: 'https://127.0.0.1:1',
          username: 'monitor',
          password_file: password,
          tls: { ca_file: certificate },
          connect_timeout: '1s',
        },
      ],
    },
  };
  const guarded = { endpoint: '127.0.0.1:0', tls: { cert_file: certificate, key_file: key } };
  return {
    simulated: { receivers: simulated, exporters: { debug: {} }, extensions: {}, service: service(['debug'], []) },
    otlp: {
      receivers: real,
      exporters: {
        otlp_http: {
          endpoint: 'http://127.0.0.1:1',
          headers: { 'x-site': 'ams' },
          tls: { ca_file: certificate, cert_file: certificate, key_file: key },
          sending_queue: { queue_size: 10 },
        },
      },
      extensions: { file_storage: { directory: path.join(directory, 'storage') } },
      service: service(['otlp_http'], ['file_storage']),
    },
    pages: {
      receivers: real,
      exporters: { prometheus: { ...guarded } },
      extensions: { health_check: { ...guarded }, 'health_check/other': { ...guarded } },
      service: service(['prometheus'], ['health_check', 'health_check/other']),
    },
    cloud: {
      receivers: real,
      exporters: {
        ceilometer: { publishers: [`file://${path.join(directory, 'samples.jsonl')}`] },
        prometheus_remote_write: {
          endpoint: 'http://127.0.0.1:1/api/v1/write',
          basic_auth: { username: 'u', password_file: password },
        },
      },
      extensions: {
        openstack: {
          auth: {
            auth_url: 'http://127.0.0.1:1/v3',
            username: 'u',
            password_file: password,
            project_name: 'p',
            user_domain_name: 'Default',
            project_domain_name: 'Default',
          },
        },
      },
      service: service(['ceilometer', 'prometheus_remote_write'], ['openstack']),
    },
  };
}

function changes(files: CorpusFiles): Readonly<Record<string, readonly Change[]>> {
  const { missing, empty, twoLines, password, certificate, otherKey, scenario, directory } = files;
  const console = ['receivers', 'powervm', 'consoles', 0];
  const each = (place: readonly (string | number)[], values: readonly unknown[]): Change[] =>
    values.map((value) => [place, value]);
  const everywhere: Change[] = [
    ...each(['receivers', 'powervm', 'collection_interval'], ['30s', '1s', '999ms', '0s', '31m', '25h', 'soon', 30]),
    ...each(['receivers', 'powervm', 'systems'], [{ include: ['^a'] }, { include: ['('] }, { inclde: [] }]),
    ...each(['receivers', 'powervm', 'metrics'], [{ 'powervm.lpar.cpu.time': { enabled: false } }, { nonsense: {} }]),
    ...each(
      ['receivers', 'powervm/other'],
      [{ consoles: [{ endpoint: 'https://127.0.0.1:1' }] }, { consoles: [] }, {}],
    ),
    ...each(['exporters', 'debug/other'], [{}, { verbosity: 'loud' }]),
    ...each(['exporters', 'otlpx'], [{}]),
    ...each(['extensions', 'health_check/unused'], [{ endpoint: '127.0.0.1:0' }]),
    ...each(['service', 'extensions', 9], ['nothing']),
    ...each(['service', 'pipelines', 'metrics', 'exporters'], [[], ['nothing'], undefined]),
    ...each(['service', 'pipelines'], [undefined, {}, { traces: {} }]),
    ...each(['service', 'telemetry'], [{ logs: { level: 'info' } }, { logs: { level: 'loud' } }, { metrics: {} }]),
    ...each(['service', 'shutdown_timeout'], ['-1s', '300ms']),
    ...each(['service'], [undefined]),
    ...each(
      ['receivers', 'powervm', 'shard'],
      [
        { index: 0, count: 1 },
        { index: 1, count: 1 },
        { index: 0, count: 9 },
        { index: 7, count: 9 },
      ],
    ),
    ...each(['processors'], [{ batch: {} }, {}, { memory_limiter: {}, 'filter/x': {} }]),
    ...each(['service', 'pipelines', 'metrics', 'processors'], [[], ['batch']]),
    ...each(['receivers'], [undefined, {}]),
  ];
  const real: Change[] = [
    ...each(
      [...console, 'endpoint'],
      [CLEAR, '127.0.0.1:1', 'https://127.0.0.1:1/', 'https://127.0.0.1:1/hmc/connect', 'ftp://hmc', undefined].concat(
        'https://user:word@hmc1',
      ),
    ),
    ...each([...console, 'password_file'], [missing, empty, twoLines, undefined]),
    ...each([...console, 'password'], ['', 'beside a file']),
    ...each([...console, 'username'], [undefined]),
    ...each([...console, 'tls', 'ca_file'], [missing, password, directory]),
    ...each([...console, 'tls'], [{ fingerprint: 'ab'.repeat(32) }, { fingerprint: 'ab' }, { min_version: 'SSLv3' }]),
    ...each([...console, 'proxy'], [{ url: 'http://127.0.0.1:1', username: 'u', password_file: missing }, {}]),
    ...each([...console, 'max_requests_per_minute'], [0, 60, -1, 'many']),
    ...each([...console, 'connect_timeout'], ['0s', '600h']),
    ...each(['receivers', 'powervm', 'consoles', 1], [{ endpoint: 'https://127.0.0.1:1' }, { endpoint: CLEAR }]),
  ];
  return {
    simulated: [
      ...everywhere,
      ...each(
        [...console, 'simulator'],
        [{ scenario: missing }, { scenario }, { fault: 'none-such' }, { systems: 201 }],
      ),
    ],
    otlp: [
      ...everywhere,
      ...real,
      ...each(
        ['exporters', 'otlp_http', 'endpoint'],
        ['http://127.0.0.1:1/v1/metrics', 'http://127.0.0.1:1/otlp', '127.0.0.1:1', 'grpc://x'],
      ),
      ...each(['exporters', 'otlp_http', 'tls', 'ca_file'], [missing, password]),
      ...each(['exporters', 'otlp_http', 'tls', 'cert_file'], [missing, password]),
      ...each(['exporters', 'otlp_http', 'tls', 'key_file'], [missing, password, otherKey, certificate]),
      ...each(['exporters', 'otlp_http', 'headers'], [{ 'a b': 'c' }, { a: 'b\nc' }]),
      ...each(['exporters', 'otlp_http', 'compression'], ['none', 'lzma']),
      ...each(
        ['exporters', 'otlp_http', 'sending_queue'],
        [{ storage: 'nothing' }, { queue_size: 0 }, { enabled: true }, { sizer: 'bytes' }, { sizer: 'pounds' }],
      ),
      ...each(['exporters', 'otlp_http', 'max_request_bytes'], [0, 1]),
      ...each(
        ['extensions', 'file_storage'],
        [
          { directory: path.join(directory, 'made'), create_directory: true },
          { directory: path.join(directory, 'nowhere/deep'), create_directory: false },
          { directory: password },
          { directory: path.join(password, 'below') },
          { directory: '' },
        ],
      ),
    ],
    pages: [
      ...real,
      ...['exporters.prometheus', 'extensions.health_check', 'extensions.health_check/other'].flatMap(
        (name): Change[] => {
          const place = name.split('.');
          return [
            ...each([...place, 'endpoint'], ['0.0.0.0:0', 'localhost:0', 'nonsense', '127.0.0.1:70000']),
            ...each([...place, 'tls', 'cert_file'], [missing, password]),
            ...each([...place, 'tls', 'key_file'], [missing, otherKey]),
            ...each([...place, 'tls', 'client_ca_file'], [missing, password, certificate]),
            ...each([...place, 'auth'], [{ token: 'short' }, { token: 'long enough to be one' }]),
          ];
        },
      ),
    ],
    cloud: [
      ...real,
      ...each(
        ['exporters', 'ceilometer', 'publishers'],
        [
          [`file://${missing}`],
          ['file://host/path'],
          ['nonsense'],
          [],
          ['udp://127.0.0.1:4952'],
          ['gnocchi://'],
        ].concat([['gnocchi://?archive_policy=low', `file://${missing}`]]),
      ),
      ...each(
        ['exporters', 'ceilometer', 'transport_url'],
        ['rabbit://u:p@127.0.0.1:1/', 'kafka://x', 'rabbit://u:@h'],
      ),
      ...each(
        ['exporters', 'ceilometer', 'oslo_messaging_rabbit'],
        [
          { ssl: true, ssl_ca_file: missing },
          { ssl: true, ssl_ca_file: certificate },
        ],
      ),
      ...each(['exporters', 'ceilometer', 'openstack'], ['openstack', 'openstack/none']),
      ...each(['exporters', 'prometheus_remote_write', 'basic_auth', 'password_file'], [missing, empty, undefined]),
      ...each(['exporters', 'prometheus_remote_write', 'bearer_token_file'], [password]),
      ...each(['exporters', 'prometheus_remote_write', 'tls'], [{ ca_file: missing }, { ca_file: certificate }]),
      ...each(['extensions', 'openstack', 'auth', 'password_file'], [missing, empty, undefined]),
      ...each(['extensions', 'openstack', 'auth', 'auth_url'], ['nonsense', undefined]),
      ...each(['extensions', 'openstack', 'cloud'], ['no-such-cloud']),
      ...each(['extensions', 'openstack', 'tls'], [{ ca_file: missing }, { insecure_skip_verify: 'perhaps' }]),
    ],
  };
}

/** Writes every base and every change of one, and pairs of changes that lie far apart. */
export function writeCorpus(files: CorpusFiles): readonly string[] {
  const written: string[] = [];
  const write = (name: string, content: Content) => {
    const file = path.join(files.directory, `${name}.yaml`);
    writeFileSync(file, stringify(content));
    written.push(file);
  };
  const all = changes(files);
  for (const [name, base] of Object.entries(bases(files))) {
    write(name, base);
    const own = all[name] ?? [];
    own.forEach((change, index) => {
      write(`${name}-${index}`, changed(base, [change]));
    });
    const half = Math.floor(own.length / 2);
    for (let index = 0; index < half; index += 4) {
      const pair = [own[index], own[index + half]].filter((change) => change !== undefined);
      write(`${name}-${index}-and-${index + half}`, changed(base, pair));
    }
  }
  return written;
}

function changed(base: Content, all: readonly Change[]): Content {
  const copy: Content = structuredClone(base);
  for (const [place, value] of all) {
    const last = place.at(-1) ?? '';
    const parent = place
      .slice(0, -1)
      .reduce<Content | undefined>((at, part) => at?.[part] as Content | undefined, copy);
    // A pair may have taken away what the second would change.
    if (typeof parent !== 'object') continue;
    if (value === undefined) delete parent[last];
    else if (Array.isArray(parent)) parent.push(value);
    else parent[last] = value;
  }
  return copy;
}
