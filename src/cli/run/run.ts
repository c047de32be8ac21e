import { DiagLogLevel, diag } from '@opentelemetry/api';
import { setGlobalErrorHandler } from '@opentelemetry/core';
import pino, { type DestinationStream } from 'pino';
import { acceleratedClock } from '../../base/clock/accelerated-clock.ts';
import { describeError } from '../../base/errors/errors.ts';
import type { Logger } from '../../base/logger.ts';
import { Collector, type CollectorOptions, emptyHandover, loadConfig, parseDuration } from '../../collector/index.ts';
import { type ConfigurationArguments, configurationFiles } from '../configuration-files.ts';
import { onClosedOutput } from '../terminal/closed-output.ts';
import { type ExitCode, exitCodes } from '../terminal/exit-code.ts';
import { untilInterrupted } from '../terminal/interruption.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { RunningCollector } from './collector-supervisor.ts';
import { ConfigurationReload } from './configuration-reload.ts';
import { type LogStyle, styledLog } from './log-lines.ts';
import { logStyle, openLogOutput } from './log-output.ts';
import { ServiceManager } from './service-manager.ts';

export interface RunArguments extends ConfigurationArguments {
  /** For tests of long times: how much faster than the world the clock goes, from an epoch that others share. */
  readonly clockRate?: number;
  /** Milliseconds since 1970. */
  readonly clockEpoch?: number;
}

/**
 * The collector, until it is stopped; SIGHUP has it read its file again. Logs go to standard error, a line each.
 */
export async function run(options: RunArguments, terminal: Terminal): Promise<ExitCode> {
  const { clockRate, clockEpoch } = options;
  const files = configurationFiles(options);
  const file = options.config.join(', ');
  const config = loadConfig(files, terminal.environment);
  const log = openLogOutput();
  const { level, encoding } = config.service.telemetry.logs;
  const logger = pino(
    {
      level,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (severity, level) => ({ level, severity }) },
    },
    styledStream(log.stream, logStyle(encoding, terminal.environment)),
  );
  bridgeOpenTelemetry(logger);
  const componentContext: CollectorOptions = {
    logger,
    print: terminal.print,
    handover: emptyHandover(),
    ...(clockRate === undefined ? {} : { clock: acceleratedClock(clockRate, clockEpoch ?? Date.now()) }),
  };
  const collector = await Collector.create(config, componentContext);
  const interrupted = untilInterrupted();
  const outputClosed = new Promise<undefined>((resolve) => onClosedOutput(() => resolve(undefined)));
  const serviceManager = new ServiceManager(terminal.environment, logger);
  const running = new RunningCollector(collector, config, componentContext, () => serviceManager.ready());
  const reload = new ConfigurationReload(files, file, () => running.config, terminal.environment, logger);
  let replacing: Promise<void> = Promise.resolve();
  let exitCode: ExitCode = exitCodes.done;
  try {
    running.start(file);
    for (;;) {
      const next = await Promise.race([interrupted, outputClosed, running.failure, reload.next()]);
      if (typeof next === 'string') {
        logger.info({ signal: next }, 'stopping');
        break;
      }
      if (next === undefined) {
        // The reader of standard output is required: when it closes, the command fails with a message.
        logger.error({}, 'nobody reads the standard output any more; stopping');
        exitCode = exitCodes.failed;
        break;
      }
      replacing = replacing.then(() => running.replace(next, file));
    }
  } finally {
    reload.stop();
    const timeout = parseDuration(running.config.service.shutdown_timeout) ?? 0;
    const lastResort = setTimeout(() => exitImmediately(logger, timeout), timeout + LAST_GRACE_MS);
    await serviceManager.stopping();
    await running.stop();
    await replacing;
    clearTimeout(lastResort);
    logger.info({}, 'stopped');
    await log.end();
    // What did not end in time, such as a hanging request, must not keep the process alive, also after a start
    // that failed. By then the exit code of this verb is set.
    setTimeout(() => process.exit(), LAST_GRACE_MS).unref();
  }
  return exitCode;
}

/** Time beyond `shutdown_timeout` for what the collector itself has no hand on. */
const LAST_GRACE_MS = 500;

function exitImmediately(logger: Logger, timeout: number): never {
  logger.error({ shutdown_timeout: `${timeout} ms` }, 'the end took too long; ending at once');
  process.exit(exitCodes.failed);
}

/** What the OpenTelemetry packages have to say goes where our own log goes. Only a program may set these globals. */
function bridgeOpenTelemetry(logger: Logger): void {
  const logDiagnostics =
    (level: 'debug' | 'info' | 'warn' | 'error') =>
    (message: string, ...details: unknown[]) =>
      logger[level]({ component: 'opentelemetry', details: details.map(describeError) }, message);
  diag.setLogger(
    {
      verbose: logDiagnostics('debug'),
      debug: logDiagnostics('debug'),
      info: logDiagnostics('info'),
      warn: logDiagnostics('warn'),
      error: logDiagnostics('error'),
    },
    { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true },
  );
  setGlobalErrorHandler((error) => logger.error({ component: 'opentelemetry', reason: describeError(error) }, 'error'));
}

function styledStream(log: DestinationStream, style: LogStyle): DestinationStream {
  return { write: (lines) => log.write(styledLog(lines, style)) };
}
