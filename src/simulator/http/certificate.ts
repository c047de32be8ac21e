import { generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import type { ServerIdentity } from './server.ts';

/**
 * A self-signed certificate for this machine, created at each start. Node can read certificates and not make
 * them, and the libraries that can bring a dozen packages into every installation of the product, for a simulator:
 * so the few DER structures of one fixed certificate (RFC 5280) are put together here.
 */
export function selfSignedIdentity(host: string, now: number): ServerIdentity {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  return {
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    cert: certificate(host, privateKey, publicKey, now - DAY, now + 3_650 * DAY),
    expiredCert: certificate(host, privateKey, publicKey, now - 30 * DAY, now - DAY),
  };
}

function certificate(host: string, privateKey: KeyObject, publicKey: KeyObject, from: number, to: number): string {
  const name = sequence(set(sequence(objectId('55 04 03'), utf8('PowerVM simulator'))));
  const content = sequence(
    tagged(0xa0, integer(Buffer.from([2]))),
    integer(Buffer.concat([Buffer.from([0x01]), randomBytes(8)])),
    ECDSA_WITH_SHA256,
    name,
    sequence(time(from), time(to)),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    tagged(0xa3, sequence(extension('55 1d 13', sequence(TRUE)), extension('55 1d 11', alternativeNames(host)))),
  );
  const signature = tagged(0x03, Buffer.from([0]), sign('sha256', content, privateKey));
  return pem(sequence(content, ECDSA_WITH_SHA256, signature));
}

const DAY = 86_400_000;
const TRUE = tagged(0x01, Buffer.from([0xff]));
const ECDSA_WITH_SHA256 = sequence(objectId('2a 86 48 ce 3d 04 03 02'));

/** The names under which a simulator is reached on its own machine, and the address that it listens on. */
function alternativeNames(host: string): Buffer {
  const address = host.split('.').map(Number);
  const isIpv4 = address.length === 4 && address.every((byte) => byte >= 0 && byte <= 255);
  return sequence(
    tagged(0x82, Buffer.from('localhost')),
    tagged(0x87, Buffer.from([127, 0, 0, 1])),
    tagged(0x87, Buffer.from([...Array(15).fill(0), 1])),
    ...(isIpv4 && host !== '127.0.0.1' ? [tagged(0x87, Buffer.from(address))] : []),
  );
}

function tagged(tag: number, ...contents: readonly Buffer[]): Buffer {
  const content = Buffer.concat(contents);
  const { length } = content;
  const size =
    length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, Math.floor(length / 0x100), length % 0x100];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
}

function sequence(...contents: readonly Buffer[]): Buffer {
  return tagged(0x30, ...contents);
}

function set(content: Buffer): Buffer {
  return tagged(0x31, content);
}

function integer(bytes: Buffer): Buffer {
  return tagged(0x02, bytes);
}

function objectId(hex: string): Buffer {
  return tagged(0x06, Buffer.from(hex.replaceAll(' ', ''), 'hex'));
}

function utf8(text: string): Buffer {
  return tagged(0x0c, Buffer.from(text));
}

/** GeneralizedTime: `20261124101500Z` */
function time(milliseconds: number): Buffer {
  const text = new Date(milliseconds).toISOString().replaceAll(/[-:T]/g, '').slice(0, 14);
  return tagged(0x18, Buffer.from(`${text}Z`));
}

function extension(id: string, value: Buffer): Buffer {
  return sequence(objectId(id), tagged(0x04, value));
}

function pem(der: Buffer): string {
  const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}
