import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { InvalidConfiguration, parseConfig, parseDuration, printConfig } from '../../../src/collector/index.ts';

const environment = { HMC_USERNAME: 'monitor', HMC_PASSWORD: '$ecret', EMPTY: '', YES: 'true' };
const source = {
  environment,
  readFile: (path: string) => {
    if (path === '/run/password') return 'from-file\n';
    throw new Error('ENOENT');
  },
};

const load = (text: string) => parseConfig(text, 'test.yaml', source);

function problemsOf(text: string): readonly string[] {
  try {
    load(text);
    return [];
  } catch (error) {
    if (error instanceof InvalidConfiguration) return error.lines;
    throw error;
  }
}

const RECEIVER = 'receivers: { powervm: { consoles: [{ endpoint: "https://hmc1", username: u, password: p }] } }';
const SERVICE = 'service: { pipelines: { metrics: { receivers: [powervm], exporters: [debug] } } }';

describe('an expanding configuration', () => {
  test('by aliases of aliases is rejected, and so is one that contains itself', () => {
    const bomb = Array.from({ length: 9 }, (_, level) => `a${level + 1}: &a${level + 1} [${`*a${level}, `.repeat(9)}]`);
    expect(problemsOf(['a0: &a0 [x]', ...bomb].join('\n')).join()).toContain('too large');
    expect(problemsOf('receivers: &self { powervm: *self }\nexporters: {}').length).toBeGreaterThan(0);
  });
});

describe('connection options of a console', () => {
  const consoleWith = (text: string) =>
    `receivers: { powervm: { consoles: [{ endpoint: "https://hmc1", username: u, password: p, ${text} }] } }\nexporters: { debug: }\n${SERVICE}`;
  const pin = 'ab'.repeat(32);

  test('a certificate is either pinned by fingerprint or trusted by an authority, not both', () => {
    expect(problemsOf(consoleWith(`tls: { fingerprint: '${pin}' }`))).toEqual([]);
    expect(problemsOf(consoleWith(`tls: { fingerprint: ['${pin}', '${pin.replaceAll(/..(?=.)/g, '$&:')}'] }`))).toEqual(
      [],
    );
    expect(problemsOf(consoleWith("tls: { fingerprint: 'ab:cd' }")).join()).toContain('SHA-256 fingerprint');
    for (const other of ['ca_file: /ca.pem', 'insecure_skip_verify: true']) {
      expect(problemsOf(consoleWith(`tls: { fingerprint: '${pin}', ${other} }`)).join()).toContain('either pinned');
    }
  });

  test('a proxy is named, or read from the environment when requested; its password is not printed', () => {
    const proxied = load(
      consoleWith("proxy: { url: 'http://proxy:3128', username: me, password: '${env:HMC_PASSWORD}' }"),
    );
    expect(proxied.receivers.powervm?.consoles[0]?.proxy).toMatchObject({ password: '$ecret' });
    expect(printConfig(proxied)).not.toContain('$ecret');
    expect(problemsOf(consoleWith('proxy: { from_environment: true }'))).toEqual([]);
    expect(problemsOf(consoleWith('proxy: {}')).join()).toContain('needs a url');
    expect(problemsOf(consoleWith("proxy: { url: 'http://me:topsecret@proxy' }")).join()).toMatch(
      /^(?!.*topsecret).*must not contain a password/,
    );
    expect(problemsOf(consoleWith("proxy: { url: 'socks5://proxy' }")).join()).toContain('must be http://');
    expect(problemsOf(consoleWith("proxy: { url: 'http://p', from_environment: true }")).join()).toContain(
      'either from here',
    );
  });

  test('a console gets at least one request a minute', () => {
    expect(problemsOf(consoleWith('max_requests_per_minute: 0'))).toHaveLength(1);
    expect(load(consoleWith('max_requests_per_minute: 60')).receivers.powervm?.consoles[0]).toMatchObject({
      max_requests_per_minute: 60,
    });
  });
});

describe('a configuration', () => {
  test('of the contract is accepted, expanded and completed', () => {
    const config = load(`
receivers:
  powervm:
    collection_interval: 30s
    consoles:
      - endpoint: https://hmc1.example.com
        username: \${env:HMC_USERNAME}
        password: \${env:HMC_PASSWORD}
        tls: { ca_file: /etc/otel-powervm/hmc.pem }
      - simulator: { systems: 1, lpars: 12, vioses: 2 }
    systems: { include: ['^prod-'], exclude: [] }
    partitions: { exclude: ['^test', { type: vios }] }
    metrics: { powervm.lpar.cpu.dispatch_wait: { enabled: true } }
    attributes: { site: ams }
    pcm: { enable: false }
exporters:
  otlp_http:
    endpoint: http://localhost:4318
    encoding: proto
    compression: gzip
    headers: { Authorization: 'Api-Token \${env:TOKEN:-none}' }
    tls: { ca_file: /etc/ssl/backend.pem }
    timeout: 30s
    temporality: cumulative
  ceilometer: { publishers: ['file:///var/lib/otel-powervm/samples.jsonl'] }
  debug: { verbosity: normal }
service:
  pipelines:
    metrics: { receivers: [powervm], exporters: [otlp_http, ceilometer] }
  telemetry: { logs: { level: info } }
`);
    expect(config.receivers.powervm?.consoles[0]).toMatchObject({
      username: 'monitor',
      password: '$ecret',
      read_timeout: '3m',
    });
    expect(config.exporters.otlp_http).toMatchObject({
      headers: { Authorization: 'Api-Token none' },
      max_request_bytes: 4_194_304,
    });
  });

  test('may omit options with defaults', () => {
    expect(load(`${RECEIVER}\nexporters: { debug: }\n${SERVICE}`).exporters).toMatchObject({
      debug: { verbosity: 'normal' },
    });
  });

  test('reports all mistakes at once, with position and suggestion', () => {
    const problems = problemsOf(`
receivers:
  powervm:
    colection_interval: 30s
    consoles: [{ endpoint: https://h, username: '\${env:NOPE}', password: x }]
    metrics: { powervm.lpar.cpu.tim: { enabled: true } }
    partitions: { exclude: ['('] }
exporters:
  otlp_http: { encoding: xml, timeout: 3 }
  otlp_htttp: {}
service:
  pipelines:
    metrics: { receivers: [powervm], exporters: [otlp_htp] }
`);
    expect(problems).toEqual([
      expect.stringMatching(
        /^test\.yaml:4:5 {2}receivers\.powervm\.colection_interval: unknown key; did you mean collection_interval\?/,
      ),
      expect.stringMatching(
        /^test\.yaml:5:\d+ {2}receivers\.powervm\.consoles\[0\]\.username: the environment variable NOPE is not set/,
      ),
      expect.stringMatching(/^test\.yaml:6:16 {2}.*did you mean powervm\.lpar\.cpu\.time\?/),
      expect.stringMatching(
        /^test\.yaml:7:29 {2}receivers\.powervm\.partitions\.exclude\[0\]: is not a regular expression/,
      ),
      expect.stringMatching(/^test\.yaml:9:16 {2}exporters\.otlp_http\.encoding: must be one of proto, json/),
      expect.stringMatching(/^test\.yaml:9:31 {2}exporters\.otlp_http\.timeout: is a number, must be a duration/),
      expect.stringMatching(
        /^test\.yaml:10:3 {2}exporters\.otlp_htttp: there is no such component; did you mean otlp_http\?/,
      ),
      expect.stringMatching(
        /^test\.yaml:13:50 {2}service\.pipelines\.metrics\.exporters\[0\]: otlp_htp is not among the exporters; did you mean otlp_http\?/,
      ),
    ]);
  });

  test('otlphttp is another name of otlp_http, with the same checks', () => {
    const file = (timeout: string) => `
receivers: { powervm: { consoles: [{ simulator: {} }] } }
exporters: { otlphttp/backup: { endpoint: 'http://127.0.0.1:4318', timeout: ${timeout} } }
service: { pipelines: { metrics: { receivers: [powervm], exporters: [otlphttp/backup] } } }`;
    expect(problemsOf(file('3s'))).toEqual([]);
    expect(problemsOf(file('3'))).toEqual([expect.stringMatching(/otlphttp\/backup\.timeout: is a number/)]);
  });

  test.each([
    ['neither endpoint nor simulator', '{}', 'needs an endpoint'],
    ['an address that is none', '{ endpoint: "ftp://hmc1" }', 'must be https://host[:port]'],
    ['a password without a user', '{ endpoint: "https://h", password: p }', 'has a password and no username'],
    ['a user without a password', '{ endpoint: "https://h", username: u }', 'needs a password'],
    [
      'two passwords',
      '{ endpoint: "https://h", username: u, password: p, password_file: f }',
      'there is a password already',
    ],
    ['both endpoint and simulator', '{ endpoint: "https://h", simulator: {} }', 'either an endpoint or a simulator'],
  ])('a console with %s is rejected', (_what, console, message) => {
    const [problem] = problemsOf(
      `receivers: { powervm: { consoles: [${console}] } }\nexporters: { debug: {} }\n${SERVICE}`,
    );
    expect(problem).toContain(message);
  });

  test.each([
    ['sending_queue: { num_consumers: 0 }', 'sending_queue.num_consumers: must be at least 1'],
    ['sending_queue: { queue_size: 0 }', 'sending_queue.queue_size: must be at least 1'],
    ['sending_queue: { max_points: 0 }', 'sending_queue.max_points: must be at least 1'],
    ['retry_on_failure: { initial_interval: 0s }', 'retry_on_failure.initial_interval: must be longer than 0s'],
    ['retry_on_failure: { max_interval: 0ms }', 'retry_on_failure.max_interval: must be longer than 0s'],
    ['timeout: 0s', 'timeout: must be longer than 0s'],
    ['max_request_bytes: 0', 'max_request_bytes: must be at least 1'],
    ['headers: { "bad name": x }', 'headers.bad name: '],
    ['headers: { x-token: "planted\\nsecret" }', 'headers.x-token: has characters that no HTTP header may carry'],
  ])('an exporter with %s is rejected, since it would never deliver', (setting, message) => {
    const problems = problemsOf(
      `${RECEIVER}\nexporters: { otlp_http: { ${setting} } }\n${SERVICE.replace('debug', 'otlp_http')}`,
    );
    expect(problems).toEqual([expect.stringContaining(`exporters.otlp_http.${message}`)]);
    expect(problems.join()).not.toContain('planted');
  });

  test('an extension that the service names must exist and be defined', () => {
    expect(
      problemsOf(`${RECEIVER}
exporters: { debug: {} }
extensions: { no_such: {} }
service: { extensions: [no_sutch], pipelines: { metrics: { receivers: [powervm], exporters: [debug] } } }`),
    ).toEqual([
      expect.stringMatching(/^test\.yaml:3:15 {2}extensions\.no_such: there is no such component/),
      expect.stringMatching(
        /^test\.yaml:4:25 {2}service\.extensions\[0\]: no_sutch is not among the extensions; did you mean no_such\?/,
      ),
    ]);
  });

  test("OpenTelemetry's declarative configuration is recognised", () => {
    expect(problemsOf('file_format: "1.0"\nmeter_provider: {}')).toEqual([expect.stringContaining('declarative')]);
  });

  test('a reference that must be quoted is one problem with a hint', () => {
    expect(problemsOf('receivers: { a: ${env:X} }\nexporters: {}')).toEqual([
      expect.stringContaining('must be quoted'),
    ]);
  });

  test('invalid YAML is reported with its position', () => {
    expect(problemsOf('receivers: [\n  a: {')[0]).toMatch(/^test\.yaml:\d+:\d+ {2}/);
  });

  test('is always either valid or a list of problems', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const lines = problemsOf(JSON.stringify(value));
        for (const line of lines) expect(line).toMatch(/^test\.yaml:\d+:\d+ {2}/);
        expect(lines.length).toBeGreaterThan(0);
      }),
    );
  });
});

describe('expansion', () => {
  const password = (text: string) =>
    load(
      `receivers: { powervm: { consoles: [{ endpoint: "https://h", username: u, password: '${text}' }] } }\nexporters: { debug: {} }\n${SERVICE}`,
    ).receivers.powervm?.consoles[0]?.password;
  test.each([
    ['${env:HMC_PASSWORD}', '$ecret'],
    ['a-${env:HMC_USERNAME}-b', 'a-monitor-b'],
    ['${env:NOPE:-fallback}', 'fallback'],
    ['${env:EMPTY:-fallback}', 'fallback'],
    ['${file:/run/password}', 'from-file'],
    ['cost $$5', 'cost $5'],
    ['$plain', '$plain'],
  ])('%s', (text, expected) => {
    expect(password(text)).toBe(expected);
  });

  test('a boolean may come from the environment', () => {
    const config = load(
      `receivers: { powervm: { consoles: [{ endpoint: "https://h" }], pcm: { enable: "\${env:YES}" } } }\nexporters: { debug: {} }\n${SERVICE}`,
    );
    expect(config.receivers.powervm?.pcm.enable).toBe(true);
  });

  test('a failed expansion is reported with its position', () => {
    expect(
      problemsOf(
        `${RECEIVER.replace('password: p', 'password: "${file:/nope}"')}\nexporters: { debug: {} }\n${SERVICE}`,
      ),
    ).toEqual([expect.stringContaining('the file /nope cannot be read')]);
  });
});

test('print-config shows every default and no secret', () => {
  const text = printConfig(
    load(`${RECEIVER.replace('password: p', 'password: topsecret')}
exporters:
  otlp_http: { headers: { Authorization: 'Bearer topsecret' }, endpoint: 'http://user:topsecret@localhost:4318' }
  ceilometer: { publishers: ['http://user:topsecret@host/x?token=topsecret'] }
service: { pipelines: { metrics: { receivers: [powervm], exporters: [otlp_http, ceilometer] } } }`),
  );
  expect(text).not.toContain('topsecret');
  expect(text).toContain('collection_interval: 30s');
});

test('durations', () => {
  expect(['30s', '1m30s', '500ms', '2h', '1.5s'].map(parseDuration)).toEqual([30_000, 90_000, 500, 7_200_000, 1_500]);
  expect(['30', '', 's', '1d', '-1s'].map(parseDuration)).toEqual([
    undefined,
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
});
