import { promisify } from 'node:util';

export type OtlpCompression = 'none' | 'gzip' | 'zstd';

/** How the body of a request is made smaller. */
export interface BodyCompression {
  /** `Content-Encoding`; undefined without compression. */
  readonly contentEncoding: 'gzip' | 'zstd' | undefined;
  compress(body: Uint8Array): Promise<Uint8Array>;
}

type Compress = (body: Uint8Array, callback: (error: Error | null, compressed: Buffer) => void) => void;

/** Node has it since 22.15 and 23.8. */
function zstdOf(library: object): Compress | undefined {
  const compress: unknown = Reflect.get(library, 'zstdCompress');
  return typeof compress === 'function' ? (compress as Compress) : undefined;
}

/**
 * @param library where the functions are; `node:zlib` of the running Node
 * @returns gzip where zstd was asked for and is not there
 */
export function bodyCompression(
  name: OtlpCompression,
  library: object = process.getBuiltinModule('node:zlib'),
): BodyCompression {
  const zstd = name === 'zstd' ? zstdOf(library) : undefined;
  if (zstd) return { contentEncoding: 'zstd', compress: promisify(zstd) };
  if (name === 'none') return { contentEncoding: undefined, compress: async (body) => body };
  return {
    contentEncoding: 'gzip',
    compress: promisify<Uint8Array, Buffer>(process.getBuiltinModule('node:zlib').gzip),
  };
}
