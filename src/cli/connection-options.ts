import type { Command } from 'commander';

/** The options by which a verb reaches a console, or the consoles of a configuration. */
export interface ConnectionArguments {
  readonly endpoint?: string;
  readonly username?: string;
  readonly passwordFile?: string;
  readonly caFile?: string;
  readonly insecureSkipVerify?: boolean;
  readonly config?: string;
  /** Id of a receiver in the configuration. */
  readonly receiver?: string;
}

export function addConnectionOptions(command: Command): Command {
  return command
    .option('--endpoint <url>', 'the console: https://host[:port]; without a port 443 and then 12443 are tried')
    .option('--username <name>', 'user of the console; without it the file authentication of NovaLink is used')
    .option('--password-file <file>', 'file with the password; otherwise OTEL_POWERVM_PASSWORD gives it')
    .option('--ca-file <file>', 'certificate authority or self-signed certificate of the console, PEM')
    .option('--insecure-skip-verify', 'accept any certificate: whoever sits in between reads the password')
    .option('--config <file>', 'instead of all these: the consoles of a configuration file')
    .option('--receiver <id>', 'which receiver of the configuration: powervm/NAME');
}
