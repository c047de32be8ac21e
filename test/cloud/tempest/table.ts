/** What became of a test of Tempest. */
export interface TempestResult {
  readonly id: string;
  readonly status: 'success' | 'fail' | 'skip' | 'xfail' | 'uxsuccess' | 'unknown' | 'inprogress';
  readonly seconds: number;
  /** Why it was skipped, or how it failed. */
  readonly reason: string;
}

/** Tests that Tempest finds and that do not apply, and why. One that is skipped without being listed is a failure. */
const notApplicable: readonly (readonly [test: RegExp, reason: string])[] = [
  [/TelemetryAlarmingAPIMysqlTest/, 'wants MySQL: this Aodh keeps its alarms in PostgreSQL, as Gnocchi its index'],
  [
    /scenario\.test_telemetry_integration\.TestTelemetryIntegration/,
    'wants Heat and Neutron, which this cloud has not; AlarmsTest and GroupTest ask what it asks of meters and alarms',
  ],
  [/scenario\.test_telemetry_integration_prometheus\.PrometheusGabbiTest/, 'wants sg-core, Heat and Neutron'],
  [
    /TelemetryAlarmingNegativeGnocchiTest\.test_create_(null_alarm_constraint|invalid_alarm_(input_enabled_int|too_many_actions))/,
    'skipped by its authors: a bug of Aodh (2045115, 2045118, 2045116)',
  ],
];

export function reasonNotToApply({ id }: TempestResult): string | undefined {
  return notApplicable.find(([test]) => test.test(id))?.[1];
}

/** What passed, what does not apply and why, and what failed. */
export function tableOf(results: readonly TempestResult[]): string {
  const lines = [...results]
    .sort((one, other) => one.id.localeCompare(other.id))
    .map((result) => {
      const { status, seconds, reason } = result;
      const said = status === 'success' ? `passed  ${seconds.toFixed(1).padStart(6)} s` : status.padEnd(16);
      const why = status === 'success' ? '' : `\n${' '.repeat(18)}${reasonNotToApply(result) ?? reason}`;
      return `${said}  ${nameOf(result)}${why}`;
    });
  const count = (status: TempestResult['status']) => results.filter((result) => result.status === status).length;
  const [passed, skipped] = [count('success'), count('skip')];
  const failed = results.length - passed - skipped;
  return [...lines, `${passed} passed, ${failed} failed, ${skipped} do not apply`, ''].join('\n');
}

/** Without Tempest's own id. */
function nameOf({ id }: TempestResult): string {
  return id.replace(/\[.*\]$/, '');
}
