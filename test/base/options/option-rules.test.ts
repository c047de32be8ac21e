import { describe, expect, test } from 'vitest';
import { ConfigurationError } from '../../../src/base/errors/errors.ts';
import { Secret } from '../../../src/base/secrets/secret.ts';
import { CeilometerExporter } from '../../../src/ceilometer/index.ts';
import { metricView, PowerVmMetricProducer, registerPowerVmInstruments } from '../../../src/metrics/index.ts';
import { InstanceDiscovery, OpenStackCloud } from '../../../src/openstack/index.ts';
import { PrometheusPage } from '../../../src/prometheus/index.ts';
import { PowerVmReceiver } from '../../../src/receiver/index.ts';
import { FileSessionStore, PowerVmConsole } from '../../../src/rest/index.ts';

/** What plain JavaScript passes, or TypeScript after reading an environment variable that is not set. */
const anything = <Options>(options: unknown) => options as Options;

function problemOf(construct: () => unknown): string {
  try {
    construct();
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigurationError);
    expect(error).toMatchObject({ code: 'POWERVM_CONFIG_INVALID' });
    return (error as Error).message;
  }
  return 'was taken';
}

const console = { endpoint: 'https://hmc1.example.com', username: 'monitor', password: 'p4ssw0rd' };
const receiver = (options: unknown) => problemOf(() => new PowerVmReceiver(anything(options)));
const source = { frames: () => [], cursor: () => expect.fail(), statistics: () => expect.fail() };

describe('a receiver', () => {
  test.each([0, Number.NaN, '30s', 1e12, -1, null, 999])('rejects %s as collection interval', (interval) => {
    expect(receiver({ consoles: [console], collectionInterval: interval })).toMatch(
      /^PowerVmReceiver: collectionInterval must be a number of milliseconds from 1000 to 86400000, not /,
    );
  });

  test('needs at least one console', () => {
    expect(receiver({})).toBe('PowerVmReceiver: consoles is missing');
    expect(receiver(undefined)).toBe('PowerVmReceiver: the options must be an object');
    expect(receiver({ consoles: [] })).toBe('PowerVmReceiver: consoles must have at least one entry');
    expect(receiver({ consoles: [undefined] })).toBe('PowerVmReceiver: consoles[0] is missing');
  });

  test('reports all invalid options at once, with suggestions', () => {
    expect(
      receiver({ consoles: [console], colectionInterval: 5, energy: 'no', pcm: { enabled: true }, systems: /x/ }),
    ).toBe(
      'PowerVmReceiver: there is no option colectionInterval, did you mean collectionInterval?; ' +
        'systems must be a function; pcm: there is no option enabled, did you mean enable?; energy must be true or false',
    );
  });

  test.each([
    [{ ...console, password: undefined }, 'username needs a password beside it'],
    [{ ...console, password: '' }, 'password must be a text that is not empty or a Secret or a function'],
    [{ ...console, password: new Secret('') }, 'password must be'],
    [{ ...console, username: undefined }, 'password needs a username beside it'],
    [{ ...console, username: '' }, 'username must be a text that is not empty'],
    [{ ...console, endpoint: undefined }, 'endpoint is missing'],
    [{ ...console, user: 'monitor' }, 'there is no option user'],
    [{ ...console, tls: { ca: 1 } }, 'tls.ca must be a text that is not empty'],
    [{ ...console, tls: { fingerprint: [] } }, 'tls.fingerprint must be'],
    [{ ...console, proxy: {} }, 'proxy.url is missing'],
    [{ ...console, connectTimeout: '10s' }, 'connectTimeout must be a number of milliseconds'],
    [{ ...console, maxRequestsPerMinute: Number.NaN }, 'maxRequestsPerMinute must be a whole number'],
    [{ ...console, logonTries: 1.5 }, 'logonTries must be a whole number'],
    [{ ...console, logger: {} }, 'logger must be an object with debug(), info(), warn(), error()'],
    [{ ...console, sessionStore: '/var/lib' }, 'sessionStore must be an object'],
  ])('rejects a console with %o', (options, problem) => {
    expect(receiver({ consoles: [options] })).toContain(problem);
    expect(problemOf(() => new PowerVmConsole(anything(options)))).toContain(problem);
  });

  test('never repeats a text in an error, since it may be a secret', () => {
    expect(receiver({ consoles: [{ ...console, password: ['p4ssw0rd'] }], jitter: 'p4ssw0rd' })).not.toContain('p4ss');
    expect(receiver({ consoles: [{ ...console, password: ['p4ssw0rd'] }] })).not.toContain('p4ss');
  });
});

describe('every other public constructor', () => {
  const exporter = (options: unknown) => problemOf(() => new CeilometerExporter(anything(options)));
  const cloud = (options: unknown) => problemOf(() => new OpenStackCloud(anything(options)));
  const discovery = (options: unknown) => problemOf(() => new InstanceDiscovery(anything(options)));

  test('reports what is wrong', () => {
    expect(exporter({})).toBe('CeilometerExporter: publishers is missing');
    expect(exporter({ publishers: [] })).toBe('CeilometerExporter: publishers must have at least one entry');
    expect(exporter({ publishers: ['file:///tmp/x'], interval: Number.NaN })).toMatch(/interval must be a number/);
    expect(exporter({ publishers: ['file:///tmp/x'], interval: '5m' })).toMatch(/interval must be a number/);
    expect(exporter({ publishers: ['file:///tmp/x'], messaging: { heartbeat: '60' } })).toMatch(/messaging\.heartbeat/);
    expect(exporter({ publishers: ['file:///tmp/x'], meters: 'now' })).toMatch(/no option meters/);
    expect(cloud({ auth: { auth_url: 'http://localhost', user: 'x' } })).toMatch(/auth: there is no option user/);
    expect(cloud({ auth: { auth_url: 'http://localhost', password: '' } })).toMatch(/auth\.password must be/);
    expect(discovery({})).toBe('InstanceDiscovery: cloud is missing');
    expect(discovery({ cloud: { client: () => undefined }, interval: 0 })).toMatch(/interval must be a number/);
    expect(problemOf(() => new PrometheusPage(anything({ expiration: '2m' })))).toMatch(/expiration must be/);
    expect(problemOf(() => new FileSessionStore(anything(undefined)))).toBe('FileSessionStore: directory is missing');
  });

  test('checks the choices about metrics', () => {
    const options = { metric: {} };
    expect(problemOf(() => metricView(anything(options)))).toBe(
      'metricView: there is no option metric, did you mean metrics?',
    );
    expect(problemOf(() => new PowerVmMetricProducer(anything(source), anything({ samples: 'all' })))).toBe(
      'PowerVmMetricProducer: samples must be every or latest',
    );
    const meter = anything<Parameters<typeof registerPowerVmInstruments>[0]>({});
    expect(problemOf(() => registerPowerVmInstruments(meter, source, anything(options)))).toMatch(
      /^registerPowerVmInstruments: there is no option metric/,
    );
    expect(problemOf(() => metricView({ metrics: { 'powervm.lpar.cpu.tme': { enabled: true } } }))).toContain(
      'did you mean powervm.lpar.cpu.time?',
    );
    expect(problemOf(() => metricView(anything({ metrics: { 'powervm.lpar.cpu.time': true } })))).toContain(
      'metrics.powervm.lpar.cpu.time must be an object',
    );
    expect(problemOf(() => metricView(anything({ attributes: { site: ['ams'] } })))).toContain(
      'attributes.site must be',
    );
  });
});
