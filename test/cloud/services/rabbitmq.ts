import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { runCommand } from './command.ts';
import { isListening } from './ports.ts';
import { Service } from './service.ts';
import { BROKER_USER, type CloudSettings, PASSWORD } from './settings.ts';

/** The broker, with the port mapper that Erlang programs find each other by. */
export class RabbitMq {
  readonly server: Service;
  readonly portMapper: Service;
  readonly #port: number;
  readonly #environment: Readonly<Record<string, string>>;

  constructor({ directory, ports }: CloudSettings) {
    this.#port = ports.amqp;
    const home = path.join(directory, 'rabbitmq');
    const portMapperPort = String(ports.erlangPortMapper);
    this.#environment = {
      HOME: home, // Erlang's cookie lies here.
      RABBITMQ_NODENAME: 'cloudtest@localhost',
      RABBITMQ_CONFIG_FILE: path.join(home, 'rabbitmq'),
      RABBITMQ_CONF_ENV_FILE: path.join(home, 'environment'),
      RABBITMQ_ENABLED_PLUGINS_FILE: path.join(home, 'enabled_plugins'),
      RABBITMQ_MNESIA_BASE: path.join(home, 'mnesia'),
      RABBITMQ_LOG_BASE: path.join(directory, 'log'),
      ERL_EPMD_PORT: portMapperPort,
      ERL_EPMD_ADDRESS: '127.0.0.1',
    };
    this.portMapper = new Service({
      name: 'epmd',
      directory,
      command: ['epmd', '-address', '127.0.0.1', '-port', portMapperPort],
      isReady: () => isListening(ports.erlangPortMapper),
    });
    this.server = new Service({
      name: 'rabbitmq',
      directory,
      command: ['/usr/lib/rabbitmq/bin/rabbitmq-server'],
      environment: {
        ...this.#environment,
        RABBITMQ_DIST_PORT: String(ports.erlangDistribution),
        RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: '-kernel inet_dist_use_interface {127,0,0,1}',
      },
      isReady: () => isListening(ports.amqp),
    });
  }

  async prepare(): Promise<void> {
    const { HOME = '' } = this.#environment;
    await mkdir(HOME);
    await writeFile(path.join(HOME, 'environment'), '');
    await writeFile(path.join(HOME, 'enabled_plugins'), '[].\n');
    await writeFile(
      path.join(HOME, 'rabbitmq.conf'),
      `listeners.tcp.1 = 127.0.0.1:${this.#port}
default_user = ${BROKER_USER}
default_pass = ${PASSWORD}
log.console = false
disk_free_limit.absolute = 50MB
`,
    );
  }

  /** What an operator types after `rabbitmqctl`. */
  async control(...words: readonly string[]): Promise<string> {
    const { stdout } = await runCommand('/usr/lib/rabbitmq/bin/rabbitmqctl', ['-q', ...words], {
      environment: this.#environment,
    });
    return stdout;
  }
}
