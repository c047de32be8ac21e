import path from 'node:path';
import { afterThisTest } from '../../helpers/console.ts';
import { freePort } from '../../helpers/free-port.ts';
import { temporaryDirectory } from '../../helpers/temporary-directory.ts';
import { PeerProcess } from './peer-process.ts';
import type { StoredSeries } from './prometheus.ts';

/**
 * The part of a value that may be lost: it cuts off what is less than 1e-12 of the value (`conversionPrecision` of its
 * lib/decimal), and takes every sample of a block to one scale, which costs a wide block a digit more. Measured at 59,190
 * points: 0.9998e-12 at most, so that a bound of 1e-12 falls to the rounding of the last bit.
 */
export const RELATIVE_TOLERANCE = 1e-11;

/** A single-node VictoriaMetrics; takes OTLP where the version knows it, and remote write. */
export class VictoriaMetrics {
  readonly url: string;
  readonly process: PeerProcess;

  private constructor(url: string, process: PeerProcess) {
    this.url = url;
    this.process = process;
  }

  static async start(executable: string, flags: readonly string[] = []): Promise<VictoriaMetrics> {
    const directory = await temporaryDirectory();
    const port = await freePort();
    const url = `http://127.0.0.1:${port}`;
    const process = new PeerProcess({
      command: [
        executable,
        `-storageDataPath=${path.join(directory, 'data')}`,
        `-httpListenAddr=127.0.0.1:${port}`,
        '-memory.allowedBytes=256MB',
        ...flags,
      ],
      logFile: path.join(directory, 'victoria-metrics.log'),
      readyUrl: `${url}/health`,
    });
    await process.start();
    afterThisTest(() => process.stop('SIGKILL'));
    return new VictoriaMetrics(url, process);
  }

  /** Every sample of every series that the selector finds. */
  async samples(selector: string): Promise<readonly StoredSeries[]> {
    // What came last is searched only after it was written out of the buffers.
    await fetch(`${this.url}/internal/force_flush`);
    const response = await fetch(`${this.url}/api/v1/export`, {
      method: 'POST',
      body: new URLSearchParams({ 'match[]': selector, reduce_mem_usage: '1' }),
    });
    const lines = (await response.text()).split('\n').filter((line) => line !== '');
    return lines.map((line) => {
      const { metric, values, timestamps } = JSON.parse(line) as {
        metric: Record<string, string>;
        values: number[];
        timestamps: number[];
      };
      return { labels: metric, samples: timestamps.map((time, index) => [time, values[index] ?? Number.NaN] as const) };
    });
  }
}
