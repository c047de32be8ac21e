import { stringify } from 'yaml';
import { type Expression, everywhere, type Naming } from './expression.ts';

interface Alert {
  readonly name: string;
  /** Fires while it gives anything. */
  readonly when: Expression;
  /** How long it must do so. */
  readonly lasting: string;
  readonly severity: 'warning' | 'critical';
  readonly summary: string;
  /** What it means. */
  readonly description: string;
  /** Steps, for the runbook. */
  readonly steps: readonly string[];
}

const vios = { powervm_lpar_type: 'vios' };
/** What a path to disks is known by. */
const WAY = ['powervm_system_name', 'powervm_lpar_id', 'powervm_lpar_name', 'powervm_vios_number'] as const;
/** In the package; a site that has the docs on a server puts its address before it. */
const RUNBOOKS = 'docs/alerts.md';

export const alerts: readonly Alert[] = [
  {
    name: 'PowerVmConsoleDown',
    when: everywhere('powervm.receiver.up').where('== 0'),
    lasting: '5m',
    severity: 'critical',
    summary: 'The console {{ $labels.server_address }}:{{ $labels.server_port }} does not answer',
    description:
      'Samples are fetched later from what PCM keeps, which is 30 minutes. `otel-powervm doctor` says what is wrong.',
    steps: [
      '`otel-powervm doctor --config FILE` tries name, port, certificate and logon, and says which of them fails.',
      'After half an hour samples are lost: start with the network, then the console itself.',
    ],
  },
  {
    name: 'PowerVmLogonRefused',
    when: everywhere('powervm.receiver.console.refused').where('== 1'),
    lasting: '0m',
    severity: 'critical',
    summary:
      'The console {{ $labels.server_address }}:{{ $labels.server_port }} refused the logon and is not asked any more',
    description:
      'Nothing of it is measured until user name or password are mended in the configuration and the collector reads it again (SIGHUP or a restart). Repeated logons would lock the account.',
    steps: [
      'Mend `username` or `password_file` of this console in the configuration.',
      'Send SIGHUP to the collector, or start it again. It asks again only then.',
    ],
  },
  {
    name: 'PowerVmSystemNotRead',
    when: everywhere('powervm.receiver.system.up').where('== 0'),
    lasting: '5m',
    severity: 'critical',
    summary: 'The frame {{ $labels.powervm_system_id }} cannot be read',
    description:
      'Its monitoring (PCM) is off, this account may not read it, its console does not answer, or no console lists it any more. The status page and the log of the collector say which.',
    steps: [
      'The status page has the reason in words.',
      'PCM off: `otel-powervm enable-pcm`. No role: docs/connect-hmc.md. Gone from the console: was it moved to another HMC?',
    ],
  },
  {
    name: 'PowerVmDestinationAway',
    when: everywhere('powervm.exporter.up').where('== 0'),
    lasting: '5m',
    severity: 'critical',
    summary: 'The destination of {{ $labels.powervm_component_id }} does not take what it gets',
    description:
      'What is not delivered is fetched again from PCM, which keeps 30 minutes. The status page and the log of the collector have the reason.',
    steps: [
      'The log of the collector has the answer of the destination.',
      'What is not delivered within 30 minutes is lost: after that the queue and PCM have forgotten it.',
    ],
  },
  {
    name: 'PowerVmCloudAway',
    when: everywhere('powervm.extension.up', { powervm_component_id: '!~"file_storage.*"' }).where('== 0'),
    lasting: '10m',
    severity: 'warning',
    summary: 'What the extension {{ $labels.powervm_component_id }} depends on does not answer',
    description:
      'Keystone or Nova cannot be asked which partition is which instance: new partitions wait, known ones keep the instance they had.',
    steps: [
      '`otel-powervm doctor --config FILE` asks Keystone for a token and Nova for its list, and says what is refused.',
    ],
  },
  {
    name: 'PowerVmStateNotWritten',
    when: everywhere('powervm.extension.up', { powervm_component_id: '=~"file_storage.*"' }).where('== 0'),
    lasting: '5m',
    severity: 'warning',
    summary: '{{ $labels.powervm_component_id }} cannot write down what was delivered',
    description:
      'The collector goes on. After a crash samples would be sent again, and what PCM has lost by then would be reported lost.',
    steps: ['Make room where `directory` of `file_storage` is: `df -h`. The log of the collector has the reason.'],
  },
  {
    name: 'PowerVmCollectorGone',
    when: everywhere('otelcol_process_uptime').gone('15m'),
    lasting: '0m',
    severity: 'critical',
    summary: 'A collector that reported a quarter of an hour ago does not any more',
    description: 'It was stopped, it crashed, or what it sends does not arrive. PCM keeps 30 minutes for it.',
    steps: [
      '`systemctl status otel-powervm` and `journalctl -u otel-powervm` on its host.',
      'Where it runs, what it sends does not arrive: look at its status page.',
    ],
  },
  {
    name: 'PowerVmSamplesLate',
    when: everywhere('powervm.receiver.sample.age').above(everywhere('powervm.receiver.sample.age_limit')),
    lasting: '2m',
    severity: 'warning',
    summary: 'No sample of the frame {{ $labels.powervm_system_id }} for {{ $value | humanizeDuration }}',
    description: 'The frame is off, its monitoring is off, or the console cannot read it.',
    steps: [
      'Is the frame switched on, and is its monitoring? `otel-powervm systems` shows both.',
      'Everything else is in the log of the collector.',
    ],
  },
  {
    name: 'PowerVmSamplesLost',
    when: everywhere('powervm.receiver.gaps').grown('15m'),
    lasting: '0m',
    severity: 'warning',
    summary:
      '{{ $value | humanize }} samples of {{ $labels.powervm_system_id }} were lost ({{ $labels.powervm_gap_cause }})',
    description:
      'PCM had purged them before they could be read or delivered: there is a hole in the graphs (cause partial: in those of energy, a VIOS or guest memory).',
    steps: [
      'The cause is in the label `powervm_gap_cause` (docs/reliability.md has them all).',
      'It cannot be mended; what was lost stays a hole.',
    ],
  },
  {
    name: 'PowerVmClockSkew',
    when: everywhere('powervm.receiver.clock.skew')
      .where('> 60')
      .or(everywhere('powervm.receiver.clock.skew').where('< -60')),
    lasting: '15m',
    severity: 'warning',
    summary:
      'The clock of {{ $labels.server_address }}:{{ $labels.server_port }} differs from ours by {{ $value | humanizeDuration }}',
    description: 'Samples carry the time of the console: set NTP on it, or on this machine.',
    steps: ['Set NTP on the console (`chhmc -c xntp`), or on the host of the collector.'],
  },
  {
    name: 'PowerVmEntitlementPressure',
    when: everywhere('powervm.lpar.cpu.consumed_utilization')
      .quantile(0.5, '1h')
      .where('> 1')
      .and(everywhere('powervm.system.cpu.utilization').quantile(0.5, '1h').where('> 0.8'), 'powervm_system_id'),
    lasting: '15m',
    severity: 'warning',
    summary:
      'The partition {{ $labels.powervm_lpar_name }} lives beyond its entitlement on a frame that is nearly full',
    description:
      'For most of an hour it consumed more than it is entitled to while more than 80 % of the processors of the frame were in use: what others leave may be gone any time.',
    steps: [
      'Give the partition more entitlement, or move one off the frame: the dashboard of the frame shows who consumes most.',
    ],
  },
  {
    name: 'PowerVmSharedPoolExhausted',
    when: everywhere('powervm.shared_pool.cpu.utilization').where('> 0.95'),
    lasting: '15m',
    severity: 'warning',
    summary: 'The processor pool {{ $labels.powervm_pool_name }} of {{ $labels.powervm_system_name }} is full',
    description: 'Its uncapped partitions get no more than they have.',
    steps: ['Raise the maximum of the pool, or move partitions to another one.'],
  },
  {
    name: 'PowerVmViosNotReporting',
    when: everywhere('powervm.lpar.cpu.consumed', vios).unless(
      everywhere('powervm.lpar.memory.usage', vios),
      'powervm_lpar_id',
    ),
    lasting: '10m',
    severity: 'critical',
    summary: 'The VIOS {{ $labels.powervm_lpar_name }} of {{ $labels.powervm_system_name }} does not report',
    description: 'It is not running, or its RMC connection to the console is inactive: what it serves is not measured.',
    steps: [
      'On the console: is the VIOS running, and is its RMC state active (`lssyscfg -r lpar -F name,rmc_state`)?',
      'RMC needs port 657 between the VIOS and the console, both ways.',
    ],
  },
  {
    name: 'PowerVmViosPathLost',
    when: everywhere('powervm.lpar.disk.operations')
      .rate('10m')
      .sum(...WAY)
      .where('== 0')
      .and(
        everywhere('powervm.lpar.disk.operations')
          .rate('10m')
          .ago('1h')
          .sum(...WAY)
          .where('> 0'),
        ...WAY,
      )
      .and(
        everywhere('powervm.lpar.disk.operations').rate('10m').sum('powervm_lpar_id').where('> 0'),
        'powervm_lpar_id',
      ),
    lasting: '10m',
    severity: 'warning',
    summary:
      'The partition {{ $labels.powervm_lpar_name }} reaches its disks no longer through VIOS {{ $labels.powervm_vios_number }}',
    description:
      'Its storage traffic through this VIOS, which there was an hour ago, has ended, while it goes on through another: one path less.',
    steps: [
      'On the partition: `lspath` (AIX) or `multipath -ll` (Linux) shows failed paths.',
      'On the VIOS: `lsmap -all -npiv`, and the link of its Fibre Channel ports on the page of the VIOS.',
    ],
  },
  {
    name: 'PowerVmDeliveryFails',
    when: everywhere('otelcol_exporter_send_failed_metric_points').increase('15m').where('> 0'),
    lasting: '0m',
    severity: 'warning',
    summary: 'The exporter {{ $labels.exporter }} refuses points',
    description: 'The log of the collector has the reason.',
    steps: ['The log of the collector has the reason; these points are given up and not sent again.'],
  },
];

/** The rules as Prometheus reads them. */
export function alertRules(naming: Naming): string {
  const rules = alerts.map(({ name, when, lasting, severity, summary, description }) => ({
    alert: name,
    expr: when.in(naming),
    for: lasting,
    labels: { severity },
    annotations: { summary, description, runbook_url: `${RUNBOOKS}#${name.toLowerCase()}` },
  }));
  return stringify({ groups: [{ name: 'powervm', rules }] }, { lineWidth: 0 });
}

/** What to do about each of them, for people. */
export function runbooks(): string {
  const sections = alerts.map(({ name, description, lasting, severity, steps }) => [
    `## ${name}`,
    '',
    `${severity === 'critical' ? 'Critical' : 'A warning'}${lasting === '0m' ? ', at once' : `, after ${lasting}`}. ${description}`,
    '',
    ...steps.map((step, index) => `${index + 1}. ${step}`),
    '',
  ]);
  return [
    '# Alerts',
    '',
    'What each rule of `examples/prometheus/alerts.yaml` (names of the `prometheus` and `prometheus_remote_write` exporters) and',
    '`alerts-otlp.yaml` (names of OTLP) means, and what to do. Generated from `scripts/observability/alerts.ts` by `npm run generate`.',
    '',
    ...sections.flat(),
  ].join('\n');
}
