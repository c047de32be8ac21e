import { readFile, writeFile } from 'node:fs/promises';
import http from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { selfSignedIdentity } from '../../../src/simulator/http/certificate.ts';
import { afterThisTest } from '../../helpers/console.ts';
import { publisherOf } from '../../helpers/publishers.ts';
import { sampleOf } from '../../helpers/samples.ts';
import { temporaryDirectory } from '../../helpers/temporary-directory.ts';

interface Received {
  readonly body: unknown;
  readonly headers: http.IncomingHttpHeaders;
  readonly url: string | undefined;
}

/** Keeps what it is sent; answers with the statuses in turn, then 200. */
async function listen(statuses: number[] = [], tls?: https.ServerOptions) {
  const received: Received[] = [];
  const listener: http.RequestListener = (request, response) => {
    let text = '';
    request.on('data', (chunk) => {
      text += chunk;
    });
    request.on('end', () => {
      received.push({ body: JSON.parse(text), headers: request.headers, url: request.url });
      response.writeHead(statuses.shift() ?? 200).end();
    });
  };
  const server = tls ? https.createServer(tls, listener) : http.createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  afterThisTest(() => new Promise((resolve) => server.close(() => resolve())));
  return { received, address: `127.0.0.1:${(server.address() as AddressInfo).port}` };
}

const samples = [sampleOf({ volume: 1 }), sampleOf({ volume: 2 }), sampleOf({ volume: 3 })];

describe('file://', () => {
  test('appends one JSON object per line, with and without json', async () => {
    const file = path.join(await temporaryDirectory(), 'samples with é.jsonl');
    await publisherOf(`file://${file}`).publish(samples);
    await publisherOf(`file://${file}?json`).publish([sampleOf({ volume: 4 })]);
    const lines = (await readFile(file, 'utf8')).trim().split('\n');
    expect(lines.map((line) => JSON.parse(line).volume)).toEqual([1, 2, 3, 4]);
    expect(JSON.parse(lines[0] ?? '')).toEqual(samples[0]);
  });

  test('rotates before the file grows too large, when both limits are set', async () => {
    const file = path.join(await temporaryDirectory(), 'samples.jsonl');
    const publisher = publisherOf(`file://${file}?max_bytes=500&backup_count=2`);
    for (const volume of [1, 2, 3, 4]) await publisher.publish([sampleOf({ volume })]);
    const volumes = await Promise.all(
      [file, `${file}.1`, `${file}.2`].map(async (name) => JSON.parse(await readFile(name, 'utf8')).volume),
    );
    expect(volumes).toEqual([4, 3, 2]);
    await expect(readFile(`${file}.3`)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  test('that cannot be written is retryable', async () => {
    const publisher = publisherOf('file:///no/such/directory/samples');
    await expect(publisher.publish(samples)).rejects.toMatchObject({ code: 'POWERVM_EXPORT_FAILED', permanent: false });
  });
});

describe('http://', () => {
  test('posts one array, with basic authentication; other options stay in the URL', async () => {
    const { received, address } = await listen();
    await publisherOf(`http://user:geheim@${address}/samples?timeout=2&site=ams&batch=True`).publish(samples);
    expect(received).toHaveLength(1);
    expect(received[0]).toMatchObject({ url: '/samples?site=ams', body: samples });
    expect(received[0]?.headers['content-type']).toBe('application/json');
    expect(received[0]?.headers.authorization).toBe(`Basic ${Buffer.from('user:geheim').toString('base64')}`);
  });

  test('posts one object at a time with batch=false, and resumes after a failure', async () => {
    const { received, address } = await listen([200, 503]);
    const publisher = publisherOf(`http://${address}/?batch=false`);
    await expect(publisher.publish(samples)).rejects.toMatchObject({ permanent: false });
    await publisher.publish(samples);
    expect(received.map(({ body }) => (body as { volume: number }).volume)).toEqual([1, 2, 2, 3]);
  });

  test('loses only the rejected object with batch=false', async () => {
    const { received, address } = await listen([200, 400]);
    const publisher = publisherOf(`http://${address}/?batch=false`);
    await expect(publisher.publish(samples)).rejects.toMatchObject({ code: 'POWERVM_EXPORT_REFUSED' });
    expect(received).toHaveLength(3);
  });

  test.each([
    [503, 'POWERVM_EXPORT_FAILED'],
    [429, 'POWERVM_EXPORT_FAILED'],
    [400, 'POWERVM_EXPORT_REFUSED'],
    [413, 'POWERVM_EXPORT_REFUSED'],
    [401, 'POWERVM_EXPORT_DENIED'],
    [403, 'POWERVM_EXPORT_DENIED'],
    [404, 'POWERVM_EXPORT_DENIED'],
    [302, 'POWERVM_EXPORT_DENIED'],
  ])('explains response %s without showing a secret', async (status, code) => {
    const { address } = await listen([status]);
    const error: unknown = await publisherOf(`http://user:geheim@${address}/?token=geheim`)
      .publish(samples)
      .catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code, message: expect.stringContaining(`the answer was ${status}`) });
    expect(`${error}${JSON.stringify(error)}`).not.toContain('geheim');
  });

  test('without a listener is retryable', async () => {
    await expect(publisherOf('http://127.0.0.1:1/?max_retries=0').publish(samples)).rejects.toMatchObject({
      code: 'POWERVM_EXPORT_FAILED',
      message: expect.stringContaining('connection refused'),
    });
  });
});

describe('https://', () => {
  test('trusts the authorities named by verify_ssl, all with verify_ssl=False, and no others', async () => {
    const { key, cert } = selfSignedIdentity('127.0.0.1', Date.now());
    const file = path.join(await temporaryDirectory(), 'ca.pem');
    await writeFile(file, cert);
    const { received, address } = await listen([], { key, cert });
    await publisherOf(`https://${address}/?verify_ssl=${file}`).publish(samples);
    await publisherOf(`https://${address}/?verify_ssl=False`).publish(samples);
    expect(received).toHaveLength(2);
    await expect(publisherOf(`https://${address}/?max_retries=0`).publish(samples)).rejects.toMatchObject({
      code: 'POWERVM_EXPORT_FAILED',
      message: expect.stringContaining('self-signed'),
    });
  });
});

describe('a client certificate', () => {
  test('is sent to a server that asks for one', async () => {
    const server = selfSignedIdentity('127.0.0.1', Date.now());
    const client = selfSignedIdentity('127.0.0.1', Date.now());
    const directory = await temporaryDirectory();
    const [ca, clientcert, clientkey] = ['ca', 'cert', 'key'].map((name) => path.join(directory, `${name}.pem`));
    await writeFile(String(ca), server.cert);
    await writeFile(String(clientcert), client.cert);
    await writeFile(String(clientkey), client.key);
    const { received, address } = await listen([], { ...server, ca: client.cert, requestCert: true });
    const url = `https://${address}/?verify_ssl=${ca}&max_retries=0`;
    await publisherOf(`${url}&clientcert=${clientcert}&clientkey=${clientkey}`).publish(samples);
    expect(received).toMatchObject([{ url: '/' }]);
    await expect(publisherOf(url).publish(samples)).rejects.toMatchObject({ code: 'POWERVM_EXPORT_FAILED' });
  });
});

describe('a URL', () => {
  test.each([
    ['ftp://user:geheim@host/', /must be the URL of a publisher/],
    ['file://host/path?password=geheim', /must be absolute/],
    ['file:///x?max_bytes=geheim1', /max_bytes must be a number/],
    ['http://user:geheim@host/?timeout=soon', /timeout must be a number/],
    ['http://user:geheim@host/?batch=maybe', /batch must be true or false/],
    ['https://user:geheim@host/?clientcert=/no/such/file', /no\/such\/file/],
    ['notifier://', /needs a transport_url/],
    ['notifier://user:geheim@host/?policy=hope', /policy must be one of default, drop, queue/],
    ['notifier://user:geheim@host/?per_meter_topic=1', /needs a topic such as metering/],
  ])('that is invalid is a configuration error without a secret: %s', (url, message) => {
    expect(() => publisherOf(url)).toThrow(message);
    if (!url.includes('max_bytes')) expect(() => publisherOf(url)).not.toThrow(/geheim/);
  });
});
