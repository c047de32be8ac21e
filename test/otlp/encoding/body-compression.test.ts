import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import * as zlib from 'node:zlib';
import { DiagLogLevel, diag } from '@opentelemetry/api';
import { expect, test } from 'vitest';
import { bodyCompression } from '../../../src/otlp/encoding/body-compression.ts';
import { OtlpBatchExporter } from '../../../src/otlp/index.ts';
import { afterThisTest } from '../../helpers/console.ts';
import { gauge, resourceMetrics } from '../../helpers/resource-metrics.ts';

const hasZstd = 'zstdCompress' in zlib;

/** `Content-Encoding` and first bytes of what an exporter with zstd sends. */
async function sentWithZstd() {
  const requests: { readonly encoding: string | undefined; readonly start: string }[] = [];
  const server = http.createServer((request, response) => {
    request.once('data', (chunk: Buffer) => {
      requests.push({ encoding: request.headers['content-encoding'], start: chunk.toString('hex', 0, 4) });
    });
    request.once('end', () => response.setHeader('content-type', 'application/x-protobuf').end());
    request.resume();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  afterThisTest(async () => void server.close());
  const { port } = server.address() as AddressInfo;
  const exporter = new OtlpBatchExporter({ endpoint: `http://127.0.0.1:${port}`, compression: 'zstd' });
  await exporter.exportBatch([resourceMetrics({}, [gauge('m', [{ time: 1, value: 1 }])])]);
  await exporter.shutdown();
  return requests;
}

test.skipIf(!hasZstd)('zstd is what is sent (skipped where Node has none)', async () => {
  expect(await sentWithZstd()).toEqual([{ encoding: 'zstd', start: '28b52ffd' }]);
});

test.skipIf(hasZstd)('gzip is sent, with a warning, where Node has no zstd (skipped where it has)', async () => {
  const warnings: string[] = [];
  const quiet = () => undefined;
  diag.setLogger(
    { verbose: quiet, debug: quiet, info: quiet, error: quiet, warn: (text) => warnings.push(text) },
    DiagLogLevel.WARN,
  );
  afterThisTest(async () => diag.disable());
  expect(await sentWithZstd()).toMatchObject([{ encoding: 'gzip', start: expect.stringMatching(/^1f8b/) }]);
  expect(warnings).toEqual([
    expect.stringMatching(/has no zstd \(22\.15 and later do\): OTLP is compressed with gzip/),
  ]);
});

test('zstd is taken from a library that has it, and gzip from one that has not', async () => {
  const zstdCompress = (body: Uint8Array, callback: (error: null, compressed: Buffer) => void) =>
    callback(null, Buffer.from(`zstd of ${body.length}`));
  const zstd = bodyCompression('zstd', { zstdCompress });
  expect(zstd.contentEncoding).toBe('zstd');
  expect(String(await zstd.compress(new Uint8Array(3)))).toBe('zstd of 3');
  expect(bodyCompression('zstd', {}).contentEncoding).toBe('gzip');
  expect(bodyCompression('none').contentEncoding).toBeUndefined();
});
