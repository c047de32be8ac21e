import { rename, rm, stat } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { ExportError } from '../../base/errors/errors.ts';
import { LineFile } from '../../base/files/line-file.ts';
import { probeFile } from '../../base/files/probe-file.ts';
import { fileProblem } from '../../base/files/read-text-file.ts';
import { printableJson } from '../../base/text/printable.ts';
import type { CeilometerSample } from '../samples/sample.ts';
import type { Publisher } from './publisher.ts';
import { UrlOptions } from './url-options.ts';

/**
 * `file:///path?json&max_bytes=N&backup_count=N`: one JSON object a line, appended. With both numbers the file is
 * renamed to `.1` before it would grow beyond `max_bytes`, the one before to `.2`, and so on, as Ceilometer's own does.
 * Lines are JSON with and without `json`: the text form of Python objects is not supported. On a full disk the samples
 * of a try are all there or none of them.
 */
export class FilePublisher implements Publisher {
  readonly name: string;
  readonly #path: string;
  readonly #file: LineFile;
  readonly #maxBytes: number;
  readonly #backupCount: number;

  /** @throws {ConfigurationError} `POWERVM_CONFIG_INVALID` */
  constructor(url: URL) {
    const options = new UrlOptions(url);
    if (url.pathname === '' || url.host !== '') throw options.invalid('path', 'must be absolute: file:///path/of/file');
    this.#path = fileURLToPath(`file://${url.pathname}`);
    this.#file = new LineFile(this.#path);
    this.name = `file://${this.#path}`;
    this.#maxBytes = options.number('max_bytes', 0);
    this.#backupCount = options.number('backup_count', 0);
  }

  async publish(samples: readonly CeilometerSample[]): Promise<void> {
    if (samples.length === 0) return;
    // The file may be a terminal, or be looked at in one.
    const text = printableJson(samples.map((sample) => `${JSON.stringify(sample)}\n`).join(''));
    try {
      if (this.#maxBytes > 0 && this.#backupCount > 0) await this.#rotateFor(Buffer.byteLength(text));
      await this.#file.append(text);
    } catch (error) {
      throw new ExportError('POWERVM_EXPORT_FAILED', `cannot write ${this.#path}: ${fileProblem(error)}`, {
        cause: error,
        context: { file: this.#path },
      });
    }
  }

  async probe(): Promise<string> {
    try {
      const isThere = await probeFile(this.#path);
      return isThere
        ? 'the file can be appended to'
        : 'the directory can be written; the file comes with the first sample';
    } catch (error) {
      throw new ExportError('POWERVM_EXPORT_FAILED', `cannot write ${this.#path}: ${fileProblem(error)}`, {
        cause: error,
        context: { file: this.#path },
      });
    }
  }

  async close(): Promise<void> {}

  async #rotateFor(bytes: number): Promise<void> {
    const size = await stat(this.#path).then(
      (file) => file.size,
      () => 0,
    );
    if (size === 0 || size + bytes <= this.#maxBytes) return;
    this.#file.replaced();
    await rm(`${this.#path}.${this.#backupCount}`, { force: true });
    for (let number = this.#backupCount - 1; number >= 0; number -= 1) {
      const from = number === 0 ? this.#path : `${this.#path}.${number}`;
      await rename(from, `${this.#path}.${number + 1}`).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== 'ENOENT') throw error;
      });
    }
  }
}
