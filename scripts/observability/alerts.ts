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
    summary: 'The console {{ $labels.server_address }} does not answer',
    description:
      'Samples are fetched later from what PCM keeps, which is 30 minutes. `otel-powervm doctor` tells what is wrong.',
  },
  {
    name: 'PowerVmSamplesLate',
    when: everywhere('powervm.receiver.sample.age').where('> 180'),
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
    description: 'PCM had purged them before they could be read or delivered: there is a hole in the graphs.',
  },
  {
    name: 'PowerVmClockSkew',
    when: everywhere('powervm.receiver.clock.skew')
      .where('> 60')
      .or(everywhere('powervm.receiver.clock.skew').where('< -60')),
    lasting: '15m',
    severity: 'warning',
    summary: 'The clock of {{ $labels.server_address }} differs from ours by {{ $value | humanizeDuration }}',
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
