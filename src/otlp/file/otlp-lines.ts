import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';

/** A line of a file, with its number from 1. */
export interface OtlpLine {
  readonly number: number;
  readonly text: string;
}

/**
 * The lines of a file that an OTLP file exporter has written, one after the other; `.gz` is decompressed on the way.
 * @throws what the file system and the decompression throw
 */
export async function* readOtlpLines(file: string): AsyncGenerator<OtlpLine> {
  const source = createReadStream(file);
  let failure: unknown;
  let input: Readable = source;
  if (file.endsWith('.gz')) {
    const decompressed = createGunzip();
    source.once('error', (error) => decompressed.destroy(error));
    input = source.pipe(decompressed);
  }
  // The interface ends with its input, whyever that ended.
  input.once('error', (error) => {
    failure = error;
  });
  const lines = createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY });
  let number = 0;
  try {
    for await (const text of lines) {
      number += 1;
      if (text.trim() !== '') yield { number, text };
    }
  } finally {
    lines.close();
    source.destroy();
  }
  if (failure !== undefined) throw failure;
}
