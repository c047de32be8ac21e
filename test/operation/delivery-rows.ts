import { cloud, powervm, silentServer, sink } from './props.ts';
import type { Row } from './row.ts';

const exporter = (component: string, why: string) => ({
  metric: new RegExp(`^powervm_exporter_up\\{[^}]*powervm_component_id="${component}"[^}]*\\} 0$`, 'm'),
  alert: /PowerVmDestinationAway/,
  health: new RegExp(`^exporter:${component} StatusRecoverableError .*${why}`, 'm'),
  page: new RegExp(`The destination of ${component} has not taken what it got for .*${why}`),
});

const openstack = (why: string) => ({
  metric: /^powervm_extension_up\{[^}]*powervm_component_id="openstack"[^}]*\} 0$/m,
  alert: /PowerVmCloudAway/,
  health: new RegExp(`^extension:openstack StatusRecoverableError .*${why}`, 'm'),
  page: new RegExp(`What openstack depends on has not worked for .*${why}`),
});

/** What may be wrong between the collector and where samples go, or whom it asks about them. */
export const deliveryRows: readonly Row[] = [
  {
    failure: 'a destination that is away',
    set: async (props) => ({
      receivers: await powervm(props),
      exporters: { otlp_http: "{ endpoint: 'http://127.0.0.1:9' }" },
    }),
    log: /"severity":"(warn|error)".*"exporter":"otlp_http".*"code":"POWERVM_EXPORT_FAILED".*not delivered/,
    ...exporter('otlp_http', 'ECONNREFUSED'),
    doctor: /✗ exporter otlp_http .*ECONNREFUSED[\s\S]*exit 1$/,
  },
  {
    failure: 'a destination that refuses',
    set: async (props) => ({
      receivers: await powervm(props),
      exporters: { otlp_http: `{ endpoint: '${await sink(props, { reply: () => ({ status: 401, body: 'no' }) })}' }` },
    }),
    log: /"severity":"(warn|error)".*"exporter":"otlp_http".*"code":"POWERVM_EXPORT_DENIED"/,
    ...exporter('otlp_http', '401'),
    doctor: /✗ exporter otlp_http .*401[\s\S]*exit 1$/,
  },
  {
    failure: 'a destination that does not answer in time',
    set: async (props) => ({
      receivers: await powervm(props),
      exporters: { otlp_http: `{ endpoint: 'http://127.0.0.1:${await silentServer(props)}', timeout: 1s }` },
    }),
    log: /"severity":"(warn|error)".*"exporter":"otlp_http".*"code":"POWERVM_EXPORT_FAILED".*not delivered/,
    ...exporter('otlp_http', '(no answer|timeout|timed out|within 1 s)'),
    doctor: /✗ exporter otlp_http .*(no answer|timeout|timed out|within 1 s)[\s\S]*exit 1$/,
  },
  {
    failure: 'a disk that is full',
    set: async (props) => ({
      receivers: await powervm(props),
      exporters: { file: `{ path: '${props.directory}/disk/metrics.json' }` },
      prelude: [
        `mkdir -p ${props.directory}/disk`,
        `mount -t tmpfs -o size=64k none ${props.directory}/disk`,
        `head -c 1m /dev/zero > ${props.directory}/disk/filled 2> /dev/null`,
      ].join('; '),
    }),
    log: /"severity":"(warn|error)".*"exporter":"file".*the disk is full/,
    ...exporter('file', 'the disk is full'),
    doctor: /✗ exporter file .*the disk is full[\s\S]*exit 1$/,
  },
  {
    failure: 'a broker that is away',
    set: async (props) => ({
      receivers: await powervm(props),
      exporters: {
        ceilometer: "{ interval: 0s, publishers: ['notifier://'], transport_url: 'rabbit://guest:guest@127.0.0.1:9/' }",
      },
    }),
    log: /"severity":"(warn|error)".*"exporter":"ceilometer".*"code":"POWERVM_EXPORT_FAILED"/,
    ...exporter('ceilometer', 'refused'),
    doctor: /✗ exporter ceilometer .*127\.0\.0\.1:9: .*refused[\s\S]*exit 1$/,
  },
  {
    failure: 'a Keystone that refuses the account',
    set: async (props) => ({
      receivers: await powervm(props),
      extensions: { openstack: await cloud(props, { password: 'wrong', hasNova: true }) },
    }),
    log: /"severity":"(warn|error)".*"code":"POWERVM_OPENSTACK_\w+".*Nova cannot be read/,
    ...openstack('(401|refused|credentials)'),
    doctor: /✗ extension openstack .*(401|refused|credentials)[\s\S]*exit 1$/,
  },
  {
    failure: 'a Nova that is away',
    set: async (props) => ({
      receivers: await powervm(props),
      extensions: { openstack: await cloud(props, { password: 'ks-secret-pass', hasNova: false }) },
    }),
    log: /"severity":"(warn|error)".*"code":"POWERVM_OPENSTACK_UNREACHABLE".*Nova cannot be read/,
    ...openstack('refused'),
    doctor: /✗ extension openstack .*refused[\s\S]*exit 1$/,
  },
];
