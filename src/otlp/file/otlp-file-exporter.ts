import { existsSync } from 'node:fs';
import path from 'node:path';
import type { ResourceMetrics } from '@opentelemetry/sdk-metrics';
import { type Clock, systemClock } from '../../base/clock/clock.ts';
import { ExportError } from '../../base/errors/errors.ts';
import { LineFile } from '../../base/files/line-file.ts';
import { makeDirectories } from '../../base/files/make-directories.ts';
import { probeDirectory, probeFile } from '../../base/files/probe-file.ts';
import { fileProblem } from '../../base/files/read-text-file.ts';
import type { ProbeResult } from '../../base/probe.ts';
import { EncodedRequest, requestEncoding } from '../encoding/request-encoding.ts';
import { countPoints, DEFAULT_MAX_REQUEST_BYTES, packRequests } from '../encoding/request-packing.ts';
import { FileRotation, type FileRotationOptions } from './file-rotation.ts';

/** Which file, how long its lines are, and when it is rotated. */
export interface OtlpFileExporterOptions {
  readonly path: string;
  /** Default: it grows without bound. */
  readonly rotation?: FileRotationOptions;
  /** Largest line, in bytes; a batch has as many lines as it needs. Default 4 MiB. */
  readonly maxLineBytes?: number;
  /** Called when a file that was quarantined could not be compressed or removed. Its lines are safe. */
  readonly onRotationError?: (error: unknown) => void;
  readonly clock?: Clock;
}

/**
 * OTLP JSON, one request a line: the format of the Collector's `file` exporter (OpenTelemetry protocol, "File exporter").
 * Lines are whole, and on a full disk those of a batch are all there or none. After a crash a batch may come again: the
 * same points at the same times.
 */
export class OtlpFileExporter {
  readonly #path: string;
  readonly #file: LineFile;
  readonly #rotation: FileRotation | undefined;
  readonly #maxLineBytes: number;
  readonly #encoding = requestEncoding('json');
  readonly #onRotationError: (error: unknown) => void;
  #writing: Promise<unknown> = Promise.resolve();

  constructor(options: OtlpFileExporterOptions) {
    this.#path = options.path;
    this.#file = new LineFile(options.path);
    this.#rotation = options.rotation && new FileRotation(options.path, options.rotation, options.clock ?? systemClock);
    this.#maxLineBytes = options.maxLineBytes ?? DEFAULT_MAX_REQUEST_BYTES;
    this.#onRotationError = options.onRotationError ?? (() => undefined);
  }

  /**
   * Appends a batch. Calls run one after the other.
   * @throws {ExportError} `POWERVM_EXPORT_FAILED`: nothing of the batch is in the file
   */
  exportBatch(resources: readonly ResourceMetrics[]): Promise<{ readonly points: number }> {
    const written = this.#writing.then(() => this.#write(resources));
    this.#writing = written.catch(() => undefined);
    return written;
  }

  /** Whether the file can be appended to, or made with its directories, and put aside where it rotates. */
  async probe(): Promise<readonly ProbeResult[]> {
    const directory = path.dirname(this.#path);
    try {
      const isThere = await probeFile(this.#path, { makesDirectories: true });
      if (isThere && this.#rotation) await probeDirectory(directory);
      if (isThere) return [{ text: 'the file can be appended to' }];
      const what = existsSync(directory) ? 'the file comes' : `the file comes, and its directory ${directory},`;
      return [{ text: `${what} with the first sample` }];
    } catch (error) {
      const failure = this.#failure(error);
      return [{ text: failure.message, error: failure }];
    }
  }

  async shutdown(): Promise<void> {
    await this.#writing;
  }

  async #write(resources: readonly ResourceMetrics[]): Promise<{ readonly points: number }> {
    const requests = packRequests(resources, this.#encoding, this.#maxLineBytes);
    if (requests.length === 0) return { points: 0 };
    const lines = requests.flatMap((parts) => {
      const line = this.#encoding.serializer.serializeRequest(new EncodedRequest(parts));
      return line ? [line, LINE_END] : [];
    });
    const text = Buffer.concat(lines);
    try {
      await makeDirectories(path.dirname(this.#path), DIRECTORY_MODE);
      const backup = await this.#rotation?.makeRoomFor(text.length);
      if (backup !== undefined) this.#file.replaced();
      await this.#file.append(text);
      if (backup !== undefined) await this.#rotation?.tidyUp().catch(this.#onRotationError);
    } catch (error) {
      throw this.#failure(error);
    }
    return { points: countPoints(requests.flat()) };
  }

  #failure(cause: unknown): ExportError {
    return new ExportError('POWERVM_EXPORT_FAILED', `cannot write ${this.#path}: ${fileProblem(cause)}`, {
      cause,
      context: { file: this.#path },
    });
  }
}

const LINE_END = Buffer.from('\n');
/** Less the umask: someone else may carry the files away. */
const DIRECTORY_MODE = 0o777;
