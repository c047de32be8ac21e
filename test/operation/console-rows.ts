import { powervm, receiver } from './props.ts';
import type { Row } from './row.ts';

const NOT_OF_THE_COLLECTOR = 'console, network and destination work: what is wrong is on the frame, and is data';

/** What may be wrong between the collector and a console, and behind it. */
export const consoleRows: readonly Row[] = [
  {
    failure: 'a console that refuses the logon',
    set: async (props) => ({ receivers: await powervm(props, {}, { password: 'wrong' }) }),
    log: /"severity":"error".*"code":"POWERVM_LOGON_REFUSED".*not asked again until the configuration changes/,
    metric: /^powervm_receiver_console_refused\{[^}]*\} 1$/m,
    alert: /PowerVmLogonRefused/,
    health: /^receiver:powervm StatusPermanentError .*refused user name or password/m,
    page: /refused the logon and has not been asked/,
    doctor: /✗ logon .*refused user name or password[\s\S]*exit 3$/,
  },
  {
    failure: 'a console that is away',
    set: async () => ({ receivers: receiver('https://127.0.0.1:9', { username: 'u', password: 'p' }) }),
    log: /"severity":"(warn|error)".*"code":"POWERVM_CONSOLE_UNREACHABLE"/,
    metric: /^powervm_receiver_up\{[^}]*\} 0$/m,
    alert: /PowerVmConsoleDown/,
    health: /^receiver:powervm StatusRecoverableError .*refused/m,
    page: /The console 127\.0\.0\.1\S* has not worked for .*refused/,
    doctor: /✗ port .*connection refused[\s\S]*exit 4$/,
  },
  {
    failure: 'a console whose certificate is not trusted',
    set: async (props) => ({ receivers: await powervm(props, { fault: 'self-signed' }) }),
    log: /"severity":"(warn|error)".*"code":"POWERVM_TLS_UNTRUSTED"/,
    metric: /^powervm_receiver_up\{[^}]*\} 0$/m,
    alert: /PowerVmConsoleDown/,
    health: /^receiver:powervm StatusRecoverableError .*self-signed/m,
    page: /The console 127\.0\.0\.1\S* has not worked for .*self-signed/,
    doctor: /✗ TLS .*self-signed[\s\S]*exit 4$/,
  },
  {
    failure: 'a frame whose monitoring is off',
    set: async (props) => ({ receivers: await powervm(props, { fault: 'pcm-off' }) }),
    log: /"severity":"(warn|error)".*"code":"POWERVM_PCM_DISABLED"/,
    metric: /^powervm_receiver_system_up\{[^}]*\} 0$/m,
    alert: /PowerVmSystemNotRead/,
    health: /^receiver:powervm StatusRecoverableError .*monitoring/m,
    page: /frame-01 could not be read for .*monitoring/,
    doctor: /✗ PCM of frame-01 .*monitoring is off[\s\S]*exit 5$/,
  },
  {
    failure: 'a user without the role',
    set: async (props) => ({ receivers: await powervm(props, { fault: 'no-role' }) }),
    log: /"severity":"error".*"code":"POWERVM_REMOTE_ACCESS_OFF"/,
    metric: /^powervm_receiver_console_refused\{[^}]*\} 1$/m,
    alert: /PowerVmLogonRefused/,
    health: /^receiver:powervm StatusPermanentError .*REST API/m,
    page: /refused the logon and has not been asked .*REST API/,
    doctor: /✗ logon .*may not use the REST API[\s\S]*exit 3$/,
  },
  {
    failure: 'a console whose clock is off',
    set: async (props) => ({ receivers: await powervm(props, { fault: 'clock-off' }) }),
    log: /"severity":"warn".*clock/,
    metric: /^powervm_receiver_clock_skew\w*\{[^}]*\} -3[56]\d\d/m,
    alert: /PowerVmClockSkew/,
    health: {
      silentBecause: 'samples are read and delivered: a supervisor that restarts the collector sets no clock',
      says: /^receiver:powervm StatusOK/m,
    },
    page: /The clock of 127\.0\.0\.1\S* is 3\d{3} s behind ours/,
    doctor: /✗ clock .* 3\d{3} s behind[\s\S]*exit 1$/,
  },
  {
    failure: 'a VIOS that does not report',
    set: async (props) => ({ receivers: await powervm(props, { fault: 'rmc-down' }) }),
    log: { silentBecause: NOT_OF_THE_COLLECTOR, says: /"msg":"ready"/ },
    metric: {
      silentBecause: 'what the VIOS does not say is absent, and never zero; the alert looks for the absence',
      says: /^powervm_lpar_memory_usage\w*\{[^}]*powervm_lpar_name="vios2"/m,
    },
    alert: /PowerVmViosNotReporting/,
    health: { silentBecause: NOT_OF_THE_COLLECTOR, says: /^receiver:powervm StatusOK/m },
    page: /The VIOS vios1 of frame-01 runs and does not report/,
    doctor: /! VIOSes of frame-01 .*running without RMC: vios1[\s\S]*exit 0$/,
  },
  {
    failure: 'samples that grow old',
    set: async (props) => ({
      receivers: await powervm(props, {
        scenarioStart: Date.now() - 600_000,
        scenario: { events: [{ at: 0, no_samples: { lasts: 7_200_000 } }] },
      }),
    }),
    log: /"severity":"(warn|error)".*(no sample|old)/,
    metric: /^powervm_receiver_sample_age\w*\{[^}]*\} [5-9]\d\d/m,
    alert: /PowerVmSamplesLate/,
    health: /^receiver:powervm StatusRecoverableError .*sample/m,
    page: /No sample of frame-01 for 1\d minutes/,
    doctor: /✗ samples of frame-01 [\s\S]*exit 5$/,
  },
];
