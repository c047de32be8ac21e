import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterThisTest } from '../../helpers/console.ts';
import { freePort } from '../../helpers/free-port.ts';
import { temporaryDirectory } from '../../helpers/temporary-directory.ts';
import { buildOnce, directoryOf, pinnedVersion } from './build-peer.ts';
import { PeerProcess } from './peer-process.ts';

const MODULE = 'github.com/infrawatch/sg-core';
/** Which it loads while it runs; built with a C compiler, since Go links them by it. */
const PLUGINS = ['transport/socket', 'handler/ceilometer-metrics', 'application/prometheus'];

export interface BuiltSgCore {
  readonly version: string;
  readonly executable: string;
  readonly plugins: string;
}

/**
 * Builds sg-core of Red Hat's Service Telemetry Framework with the plugins that take samples of Ceilometer.
 * @returns nothing where the module proxy does not have it, which is no word on the product
 * @throws {Error} with what Go said, for whatever else is wrong
 */
export async function buildSgCore(): Promise<BuiltSgCore | undefined> {
  try {
    return await build();
  } catch (error) {
    if (error instanceof Error && /reading https:.*: (403|404|410) /.test(error.message)) return undefined;
    throw error;
  }
}

async function build(): Promise<BuiltSgCore> {
  const folder = path.join(import.meta.dirname, 'sg-core');
  const version = await pinnedVersion(folder, MODULE);
  const plugins = await directoryOf('sg-core');
  const environment = { CGO_ENABLED: '1' };
  for (const plugin of PLUGINS) {
    const file = path.join(plugins, `${path.basename(plugin)}.so`);
    await buildOnce(folder, file, ['-buildmode=plugin', `${MODULE}/plugins/${plugin}`], environment);
  }
  const executable = path.join(plugins, 'sg-core');
  await buildOnce(folder, executable, [`${MODULE}/cmd`], environment);
  return { version, executable, plugins };
}

/** sg-core with a socket for Ceilometer's publishers and the page for Prometheus. */
export class SgCore {
  readonly port: number;
  readonly process: PeerProcess;
  readonly #page: string;

  private constructor(port: number, page: string, process: PeerProcess) {
    this.port = port;
    this.#page = page;
    this.process = process;
  }

  static async start({ executable, plugins }: BuiltSgCore, type: 'tcp' | 'udp'): Promise<SgCore> {
    const directory = await temporaryDirectory();
    const [port, pagePort] = [await freePort(), await freePort()];
    const file = path.join(directory, 'sg-core.yaml');
    await writeFile(
      file,
      `
pluginDir: ${plugins}
logLevel: debug
transports:
  - name: socket
    config: { type: ${type}, socketaddr: '127.0.0.1:${port}' }
    handlers: [{ name: ceilometer-metrics, config: { source: ${type} } }]
applications: [{ name: prometheus, config: { host: 127.0.0.1, port: ${pagePort} } }]
`,
    );
    const page = `http://127.0.0.1:${pagePort}/metrics`;
    const process = new PeerProcess({
      command: [executable, '-config', file],
      logFile: path.join(directory, 'sg-core.log'),
      readyUrl: page,
    });
    await process.start();
    afterThisTest(() => process.stop('SIGKILL'));
    return new SgCore(port, page, process);
  }

  async page(): Promise<string> {
    return (await fetch(this.#page)).text();
  }
}
