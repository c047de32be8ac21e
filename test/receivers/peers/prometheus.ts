import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterThisTest } from '../../helpers/console.ts';
import { freePort } from '../../helpers/free-port.ts';
import { temporaryDirectory } from '../../helpers/temporary-directory.ts';
import { PeerProcess } from './peer-process.ts';

/** One series as a Prometheus-like store gives it back. */
export interface StoredSeries {
  readonly labels: Readonly<Record<string, string>>;
  /** Milliseconds since 1970 and value, oldest first. */
  readonly samples: readonly (readonly [number, number])[];
}

/** A Prometheus that takes OTLP and remote write, samples of the last hours in any order. */
export class Prometheus {
  readonly url: string;
  readonly process: PeerProcess;

  private constructor(url: string, process: PeerProcess) {
    this.url = url;
    this.process = process;
  }

  /** @param configuration more of prometheus.yml */
  static async start(executable: string, configuration = '', flags: readonly string[] = []): Promise<Prometheus> {
    const directory = await temporaryDirectory();
    const port = await freePort();
    const file = path.join(directory, 'prometheus.yml');
    await writeFile(file, `storage: { tsdb: { out_of_order_time_window: 35m } }\n${configuration}\n`);
    const url = `http://127.0.0.1:${port}`;
    const process = new PeerProcess({
      command: [
        executable,
        `--config.file=${file}`,
        `--storage.tsdb.path=${path.join(directory, 'data')}`,
        `--web.listen-address=127.0.0.1:${port}`,
        ...flags,
      ],
      logFile: path.join(directory, 'prometheus.log'),
      readyUrl: `${url}/-/ready`,
    });
    await process.start();
    afterThisTest(() => process.stop('SIGKILL'));
    return new Prometheus(url, process);
  }

  /** Every sample of every series that the selector finds, of the hours before `time`. */
  async samples(selector: string, time: number, hours = 6): Promise<readonly StoredSeries[]> {
    const { result } = await this.#query(`${selector}[${hours}h]`, time);
    return (result as readonly { metric: Record<string, string>; values: readonly [number, string][] }[]).map(
      ({ metric, values }) => ({
        labels: metric,
        samples: values.map(([seconds, value]) => [Math.round(seconds * 1000), Number(value)] as const),
      }),
    );
  }

  /** The value of an expression at a time, by labels. */
  async evaluate(expression: string, time: number): Promise<readonly StoredSeries[]> {
    const { result } = await this.#query(expression, time);
    return (result as readonly { metric: Record<string, string>; value: readonly [number, string] }[]).map(
      ({ metric, value: [seconds, value] }) => ({
        labels: metric,
        samples: [[Math.round(seconds * 1000), Number(value)] as const],
      }),
    );
  }

  async #query(query: string, time: number): Promise<{ readonly result: unknown }> {
    const response = await fetch(`${this.url}/api/v1/query`, {
      method: 'POST',
      body: new URLSearchParams({ query, time: String(time / 1000) }),
    });
    const body = (await response.json()) as { status: string; error?: string; data: { result: unknown } };
    if (body.status !== 'success') throw new Error(`${query}: ${body.error}`);
    return body.data;
  }
}
