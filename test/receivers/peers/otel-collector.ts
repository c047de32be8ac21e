import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterThisTest } from '../../helpers/console.ts';
import { freePort } from '../../helpers/free-port.ts';
import { readJson } from '../../helpers/otlp-sink/json-reader.ts';
import { checkRequest, type ReceivedPoint } from '../../helpers/otlp-sink/rules.ts';
import { temporaryDirectory } from '../../helpers/temporary-directory.ts';
import { buildPeer } from './build-peer.ts';
import { PeerProcess } from './peer-process.ts';

/** The OpenTelemetry Collector: OTLP over HTTP and gRPC in, a file of JSON lines out. */
export class OtelCollector {
  readonly version: string;
  readonly httpUrl: string;
  readonly grpcAddress: string;
  readonly process: PeerProcess;
  readonly #telemetryUrl: string;
  readonly #output: string;
  readonly #configFile: string;

  private constructor(
    parts: Pick<OtelCollector, 'version' | 'httpUrl' | 'grpcAddress' | 'process'>,
    telemetryUrl: string,
    output: string,
    configFile: string,
  ) {
    this.version = parts.version;
    this.httpUrl = parts.httpUrl;
    this.grpcAddress = parts.grpcAddress;
    this.process = parts.process;
    this.#telemetryUrl = telemetryUrl;
    this.#output = output;
    this.#configFile = configFile;
  }

  /** @param memoryLimitMiB above it the `memory_limiter` refuses; no limiter without it */
  static async start(memoryLimitMiB?: number): Promise<OtelCollector> {
    const { executable, version } = await buildPeer('collector');
    const directory = await temporaryDirectory();
    const [http, grpc, telemetry] = [await freePort(), await freePort(), await freePort()];
    const output = path.join(directory, 'metrics.jsonl');
    const config = path.join(directory, 'collector.yaml');
    const limiter = `{ check_interval: 100ms, limit_mib: ${memoryLimitMiB}, spike_limit_mib: 1 }`;
    await writeFile(
      config,
      `
receivers:
  otlp:
    protocols:
      http: { endpoint: 127.0.0.1:${http} }
      grpc: { endpoint: 127.0.0.1:${grpc} }
processors: {${memoryLimitMiB === undefined ? '' : ` memory_limiter: ${limiter} `}}
exporters:
  file: { path: '${output}', append: true }
service:
  telemetry:
    logs: { level: warn }
    metrics: { level: normal, readers: [{ pull: { exporter: { prometheus: { host: 127.0.0.1, port: ${telemetry} } } } }] }
  pipelines:
    metrics: { receivers: [otlp], processors: [${memoryLimitMiB === undefined ? '' : 'memory_limiter'}], exporters: [file] }
`,
    );
    const telemetryUrl = `http://127.0.0.1:${telemetry}/metrics`;
    const process = new PeerProcess({
      command: [executable, `--config=file:${config}`],
      logFile: path.join(directory, 'collector.log'),
      readyUrl: telemetryUrl,
    });
    await process.start();
    afterThisTest(() => process.stop('SIGKILL'));
    return new OtelCollector(
      { version, httpUrl: `http://127.0.0.1:${http}`, grpcAddress: `127.0.0.1:${grpc}`, process },
      telemetryUrl,
      output,
      config,
    );
  }

  /** Starts it anew without its memory limiter. */
  async liftMemoryLimit(): Promise<void> {
    await this.process.stop();
    const text = await readFile(this.#configFile, 'utf8');
    await writeFile(
      this.#configFile,
      text.replace(/^processors: .*$/m, 'processors: {}').replace('[memory_limiter]', '[]'),
    );
    await this.process.start();
  }

  /** Its own count of the points that it took since it was started. */
  acceptedPoints(): Promise<number> {
    return this.#count('accepted');
  }

  /** Likewise of those that it did not take. */
  refusedPoints(): Promise<number> {
    return this.#count('refused');
  }

  async #count(what: 'accepted' | 'refused'): Promise<number> {
    const page = await (await fetch(this.#telemetryUrl)).text();
    const name = new RegExp(
      `^otelcol_receiver_${what}_metric_points(?:__datapoints_)?(?:_total)?(?:\\{[^}]*\\})? (\\S+)$`,
      'gm',
    );
    return [...page.matchAll(name)].reduce((sum, [, count]) => sum + Number(count), 0);
  }

  /** Everything that it wrote; whole only after it was stopped. */
  async points(): Promise<readonly ReceivedPoint[]> {
    const lines = (await readFile(this.#output, 'utf8')).split('\n').filter((line) => line !== '');
    return lines.flatMap((line) => checkRequest(readJson(JSON.parse(line))));
  }
}
