import { stringify } from 'yaml';
import { type Expression, everywhere } from './expression.ts';

interface Alert {
  readonly name: string;
  /** Fires while it gives anything. */
  readonly when: Expression;
  /** How long it must do so. */
  readonly lasting: string;
  readonly severity: 'warning' | 'critical';
  readonly summary: string;
  /** What it means and what to do. */
  readonly description: string;
}

const vios = { powervm_lpar_type: 'vios' };

const alerts: readonly Alert[] = [
  {
    name: 'PowerVmConsoleDown',
    when: everywhere('powervm.receiver.up').where('== 0'),
    lasting: '5m',
    severity: 'critical',
    summary: 'The console {{ $labels.server_address }}:{{ $labels.server_port }} does not answer',
    description:
      'Samples are fetched later from what PCM keeps, which is 30 minutes. `otel-powervm doctor` tells what is wrong.',
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
  },
  {
    name: 'PowerVmSystemNotRead',
    when: everywhere('powervm.receiver.system.up').where('== 0'),
    lasting: '5m',
    severity: 'critical',
    summary: 'The frame {{ $labels.powervm_system_id }} cannot be read',
    description:
      'Its monitoring (PCM) is off, this account may not read it, its console does not answer, or no console lists it any more. The status page and the log of the collector say which.',
  },
  {
    name: 'PowerVmDestinationAway',
    when: everywhere('powervm.exporter.up').where('== 0'),
    lasting: '5m',
    severity: 'critical',
    summary: 'The destination of {{ $labels.powervm_component_id }} does not take what it gets',
    description:
      'What is not delivered is fetched again from PCM, which keeps 30 minutes. The status page and the log of the collector have the reason.',
  },
  {
    name: 'PowerVmCloudAway',
    when: everywhere('powervm.extension.up').where('== 0'),
    lasting: '10m',
    severity: 'warning',
    summary: 'What the extension {{ $labels.powervm_component_id }} depends on does not answer',
    description:
      'Keystone or Nova cannot be asked which partition is which instance: new partitions wait, known ones keep the instance they had.',
  },
  {
    name: 'PowerVmCollectorGone',
    when: everywhere('otelcol_process_uptime').gone('15m'),
    lasting: '0m',
    severity: 'critical',
    summary: 'A collector that reported a quarter of an hour ago does not any more',
    description: 'It was stopped, it crashed, or what it sends does not arrive. PCM keeps 30 minutes for it.',
  },
  {
    name: 'PowerVmSamplesLate',
    when: everywhere('powervm.receiver.sample.age').above(everywhere('powervm.receiver.sample.age_limit')),
    lasting: '2m',
    severity: 'warning',
    summary: 'No sample of the frame {{ $labels.powervm_system_id }} for {{ $value | humanizeDuration }}',
    description: 'The frame is off, its monitoring is off, or the console cannot read it.',
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
  },
  {
    name: 'PowerVmEntitlementExceeded',
    when: everywhere('powervm.lpar.cpu.consumed_utilization').quantile(0.5, '1h').where('> 1'),
    lasting: '15m',
    severity: 'warning',
    summary: 'The partition {{ $labels.powervm_lpar_name }} lives beyond its entitlement',
    description: 'For most of an hour it consumed more than it is entitled to: what others leave may be gone tomorrow.',
  },
  {
    name: 'PowerVmSharedPoolExhausted',
    when: everywhere('powervm.shared_pool.cpu.utilization').where('> 0.95'),
    lasting: '15m',
    severity: 'warning',
    summary: 'The processor pool {{ $labels.powervm_pool_name }} of {{ $labels.powervm_system_name }} is full',
    description: 'Its uncapped partitions get no more than they have.',
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
  },
  {
    name: 'PowerVmDeliveryFails',
    when: everywhere('otelcol_exporter_send_failed_metric_points').increase('15m').where('> 0'),
    lasting: '0m',
    severity: 'warning',
    summary: 'The exporter {{ $labels.exporter }} refuses points',
    description: 'The log of the collector has the reason.',
  },
];

/** The rules as Prometheus reads them. */
export function alertRules(): string {
  const rules = alerts.map(({ name, when, lasting, severity, summary, description }) => ({
    alert: name,
    expr: when.text,
    for: lasting,
    labels: { severity },
    annotations: { summary, description },
  }));
  return stringify({ groups: [{ name: 'powervm', rules }] }, { lineWidth: 0 });
}
