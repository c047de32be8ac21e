import { type Command, Option } from 'commander';

/** The options by which a verb reaches a console, or the consoles of a configuration. */
export interface ConnectionArguments {
  readonly endpoint?: string;
  readonly username?: string;
  /** Refused: others could read it. */
  readonly password?: string;
  readonly passwordFile?: string;
  readonly allowClearText?: boolean;
  readonly caFile?: string;
  /** SHA-256 of the certificate. */
  readonly fingerprint?: string;
  /** The name that the certificate must carry. */
  readonly serverName?: string;
  readonly minTls?: '1.0' | '1.1' | '1.2' | '1.3';
  readonly insecureSkipVerify?: boolean;
  readonly config?: readonly string[];
  /** `KEY=VALUE`, of the configuration. */
  readonly set?: readonly string[];
  /** Id of a receiver in the configuration. */
  readonly receiver?: string;
}

export function addConnectionOptions(command: Command): Command {
  return command
    .option('--endpoint <url>', 'the console: host[:port]; without a port 443 and then 12443 are tried')
    .option('--username <name>', 'user of the console; without it the file authentication of NovaLink is used')
    .option(
      '--password-file <file>',
      'file with the password; otherwise OTEL_POWERVM_PASSWORD gives it, or it is asked for',
    )
    .addOption(new Option('--password <text>').hideHelp())
    .option('--ca-file <file>', 'certificate authority or self-signed certificate of the console, PEM')
    .option('--fingerprint <sha256>', 'accept exactly the certificate with this SHA-256 fingerprint; doctor shows it')
    .option('--server-name <name>', 'name that the certificate must carry, when it is not that of the address')
    .addOption(
      new Option('--min-tls <version>', 'oldest version of TLS; default 1.2').choices(['1.0', '1.1', '1.2', '1.3']),
    )
    .option('--insecure-skip-verify', 'accept any certificate: whoever sits in between reads the password')
    .option('--allow-clear-text', 'http:// to another machine: whoever sits in between reads the password')
    .option(
      '--config <file>',
      'instead of all these: the consoles of a configuration file; may be given again',
      collected,
    )
    .option('--set <key=value>', 'one value of that configuration', collected)
    .option('--receiver <id>', 'which receiver of the configuration: powervm/NAME');
}

/** For an option that may be given several times. */
export function collected(text: string, before: readonly string[] = []): readonly string[] {
  return [...before, text];
}
