import { DiagLogLevel, diag } from '@opentelemetry/api';
import { setGlobalErrorHandler } from '@opentelemetry/core';
import pino from 'pino';
import { describeError } from '../base/errors.ts';
import type { Logger } from '../base/logger.ts';
import { Collector, loadConfig } from '../collector/index.ts';
import { type ExitCode, exitCodes } from './exit-code.ts';
import { untilInterrupted } from './interruption.ts';
import type { Terminal } from './terminal.ts';

export interface RunArguments {
  readonly config: string;
}

/** The collector, until it is told to stop. Logs go to standard error, one JSON object a line. */
export async function run({ config: file }: RunArguments, terminal: Terminal): Promise<ExitCode> {
  const config = loadConfig(file, terminal.environment);
  const logger = pino({ level: config.service.telemetry.logs.level }, pino.destination({ fd: 2, sync: true }));
  bridgeOpenTelemetry(logger);
  const collector = await Collector.create(config, { logger, print: terminal.print });
  const interrupted = untilInterrupted();
  // A console that takes its time must not keep an operator from stopping the collector.
  const started = collector.start().then(() => logger.info({ config: file }, 'ready'));
  try {
    const signal = await Promise.race([interrupted, started.then(() => interrupted)]);
    logger.info({ signal }, 'stopping');
  } finally {
    await collector.stop();
  }
  await started;
  logger.info({}, 'stopped');
  return exitCodes.done;
}

/** What the OpenTelemetry packages have to say goes where our own log goes. Only a program may set these globals. */
function bridgeOpenTelemetry(logger: Logger): void {
  const tell =
    (level: 'debug' | 'info' | 'warn' | 'error') =>
    (message: string, ...details: unknown[]) =>
      logger[level]({ component: 'opentelemetry', details: details.map(describeError) }, message);
  diag.setLogger(
    { verbose: tell('debug'), debug: tell('debug'), info: tell('info'), warn: tell('warn'), error: tell('error') },
    { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true },
  );
  setGlobalErrorHandler((error) => logger.error({ component: 'opentelemetry', reason: describeError(error) }, 'error'));
}
