/** A server that answers everything with one large text over TLS, in a process of its own, so that its work is not measured. */
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import { selfSignedIdentity } from '../../src/simulator/http/certificate.ts';

const [bytes = '1700000'] = process.argv.slice(2);
const body = Buffer.alloc(Number(bytes), '{"timeStamp":"2026-03-04T12:00:00+0000","utilizedProcCycles":123456789},');
const { key, cert } = selfSignedIdentity('127.0.0.1', Date.now());
const server = https.createServer({ key, cert, keepAliveTimeout: 60_000 }, (_request, response) => {
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': body.length }).end(body);
});
server.listen(0, '127.0.0.1', () => {
  process.send?.({ url: `https://127.0.0.1:${(server.address() as AddressInfo).port}/`, ca: cert });
});
