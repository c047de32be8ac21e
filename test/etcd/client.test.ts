import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { Secret } from '../../src/base/secrets/secret.ts';
import { EtcdClient, type EtcdOptions, type KeyChange } from '../../src/etcd/index.ts';
import { afterThisTest } from '../helpers/console.ts';
import { hasEtcd, startEtcd, withoutEtcd } from '../helpers/etcd.ts';
import { freePort } from '../helpers/free-port.ts';
import { temporaryDirectory } from '../helpers/temporary-directory.ts';

function clientOf(options: EtcdOptions): EtcdClient {
  const client = new EtcdClient(options);
  afterThisTest(async () => client.close());
  return client;
}

async function startClient(): Promise<EtcdClient> {
  const members = await startEtcd();
  return clientOf({ endpoints: members.map(({ endpoint }) => endpoint) });
}

async function codeOf(work: Promise<unknown>): Promise<string> {
  const error = await work.then(
    () => 'done',
    (reason) => reason,
  );
  return error.code ?? String(error);
}

async function eventually(check: () => boolean): Promise<void> {
  while (!check()) await new Promise((resolve) => setTimeout(resolve, 20));
}

describe.skipIf(!hasEtcd)(`etcd (skipped without it: ${withoutEtcd})`, () => {
  test('keeps values under keys, and lists those of a prefix and no others', async () => {
    const client = await startClient();
    await client.commit(
      [],
      [
        { put: 'fleet/a', value: 'größer' },
        { put: 'fleet/b', value: '2' },
        { put: 'fleet0', value: 'beside' },
      ],
    );
    const { keys } = await client.list('fleet/');
    expect(keys.map(({ key, value }) => [key, value])).toEqual([
      ['fleet/a', 'größer'],
      ['fleet/b', '2'],
    ]);
    expect(await client.get('fleet/c')).toBeUndefined();
    await client.commit([], [{ remove: 'fleet/a' }]);
    expect((await client.list('fleet/')).keys.length).toBe(1);
  });

  test('gives a key to one of those who want it at the same time, and reports the owner to the others', async () => {
    const client = await startClient();
    const free = [{ key: 'owner', createRevision: '0' }];
    const results = await Promise.all(
      ['one', 'two', 'three'].map((value) => client.commit(free, [{ put: 'owner', value }])),
    );
    expect(results.filter(({ succeeded }) => succeeded).length).toBe(1);
    const winner = (await client.get('owner'))?.value;
    for (const { succeeded, found } of results) if (!succeeded) expect(found[0]?.value).toBe(winner);
  });

  test('refuses the late write of an owner whose lease ended and whose key another one has made since', async () => {
    const client = await startClient();
    const lease = await client.grantLease(2);
    const free = [{ key: 'owner', createRevision: '0' }];
    const { revision } = await client.commit(free, [{ put: 'owner', value: 'old', lease: lease.id }]);
    const guard = [{ key: 'owner', createRevision: revision }];
    expect((await client.commit(guard, [{ put: 'cursor', value: '1' }])).succeeded).toBe(true);
    expect(await client.keepAlive(lease.id)).toBe(lease.ttl);
    const gone: KeyChange[] = [];
    const stop = new AbortController();
    afterThisTest(async () => stop.abort(new Error('the test is over')));
    client.watch('owner', (changes) => gone.push(...changes), stop.signal).catch(() => undefined);
    await eventually(() => gone.some(({ type }) => type === 'DELETE'));
    expect(await codeOf(client.keepAlive(lease.id))).toBe('POWERVM_ETCD_LEASE_LOST');
    expect((await client.commit(free, [{ put: 'owner', value: 'new' }])).succeeded).toBe(true);
    expect((await client.commit(guard, [{ put: 'cursor', value: '2' }])).succeeded).toBe(false);
    expect((await client.get('cursor'))?.value).toBe('1');
    const late = client.commit([], [{ put: 'owner', value: 'old', lease: lease.id }]);
    expect(await codeOf(late)).toBe('POWERVM_ETCD_LEASE_LOST');
  });

  test('deletes the keys of a lease that is revoked', async () => {
    const client = await startClient();
    const { id } = await client.grantLease(60);
    await client.commit([], [{ put: 'member', value: 'x', lease: id }]);
    await client.revokeLease(id);
    expect(await client.get('member')).toBeUndefined();
  });

  test('reports changes as they come, and an ended watch is an error', async () => {
    const [member] = await startEtcd();
    const client = clientOf({ endpoints: [member?.endpoint ?? ''] });
    const seen: string[] = [];
    let isStarted = false;
    const watching = client.watch(
      'live/',
      (changes) => seen.push(...changes.map(({ type, kv }) => `${type} ${kv.key} ${kv.value}`)),
      new AbortController().signal,
      () => {
        isStarted = true;
      },
    );
    const code = codeOf(watching);
    await eventually(() => isStarted);
    await client.commit(
      [],
      [
        { put: 'live/a', value: '1' },
        { put: 'state/a', value: '1' },
      ],
    );
    await client.commit([], [{ remove: 'live/a' }]);
    await eventually(() => seen.length === 2);
    expect(seen).toEqual(['PUT live/a 1', 'DELETE live/a ']);
    await member?.kill();
    expect(['POWERVM_ETCD_UNREACHABLE', 'POWERVM_ETCD_UNAVAILABLE']).toContain(await code);
  });

  test('continues with the others when a member of three dies, and reports when too few are left', async () => {
    const members = await startEtcd(3);
    const client = clientOf({ endpoints: members.map(({ endpoint }) => endpoint), timeout: 2_000 });
    const write = (value: string) => client.commit([], [{ put: 'k', value }]);
    for (let tries = 0; (await codeOf(write('1'))) !== 'done'; tries += 1) expect(tries).toBeLessThan(30);
    await members[0]?.kill();
    for (let tries = 0; (await codeOf(write('2'))) !== 'done'; tries += 1) expect(tries).toBeLessThan(30);
    expect((await client.get('k'))?.value).toBe('2');
    const statuses = await client.statuses();
    expect(statuses.map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'fulfilled']);
    await members[1]?.kill();
    expect(['POWERVM_ETCD_UNREACHABLE', 'POWERVM_ETCD_UNAVAILABLE']).toContain(await codeOf(write('3')));
  }, 60_000);

  test('authenticates with user and password, again when the token has expired, and reports missing rights', async () => {
    const [member] = await startEtcd(1, { arguments: ['--auth-token-ttl', '1'] });
    const endpoint = member?.endpoint ?? '';
    const etcdctl = (...words: string[]) =>
      execFileSync('etcdctl', ['--endpoints', endpoint, ...words], { env: { ...process.env, ETCDCTL_API: '3' } });
    etcdctl('user', 'add', 'root:r00t');
    etcdctl('user', 'add', 'fleet:s3cret');
    etcdctl('role', 'add', 'fleet');
    etcdctl('role', 'grant-permission', 'fleet', '--prefix=true', 'readwrite', 'fleet/');
    etcdctl('user', 'grant-role', 'root', 'root');
    etcdctl('user', 'grant-role', 'fleet', 'fleet');
    etcdctl('auth', 'enable');
    const client = clientOf({ endpoints: [endpoint], username: 'fleet', password: new Secret('s3cret') });
    expect((await client.commit([], [{ put: 'fleet/a', value: '1' }])).succeeded).toBe(true);
    // etcd forgets a token that was not used for its time.
    await new Promise((resolve) => setTimeout(resolve, 3_500));
    expect((await client.get('fleet/a'))?.value).toBe('1');
    expect(await codeOf(client.get('others'))).toBe('POWERVM_ETCD_DENIED');
    const wrong = clientOf({ endpoints: [endpoint], username: 'fleet', password: new Secret('wr0ng') });
    const refused = await wrong.get('fleet/a').catch((error) => error);
    expect(refused.code).toBe('POWERVM_ETCD_DENIED');
    expect(refused.message).not.toContain('wr0ng');
    expect(await codeOf(clientOf({ endpoints: [endpoint] }).get('fleet/a'))).toBe('POWERVM_ETCD_DENIED');
  }, 60_000);

  test('uses TLS with a client certificate, and trusts no other authority', async () => {
    const directory = await temporaryDirectory();
    const openssl = (...words: string[]) => execFileSync('openssl', words, { cwd: directory, stdio: 'pipe' });
    const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2', '-x509'];
    openssl('req', ...key, '-keyout', 'ca.key', '-out', 'ca.pem', '-subj', '/CN=test authority');
    for (const name of ['server', 'client']) {
      const names = ['-addext', 'subjectAltName=IP:127.0.0.1', '-addext', 'basicConstraints=critical,CA:FALSE'];
      const signed = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-subj', `/CN=${name}`, ...names];
      openssl('req', ...key, '-keyout', `${name}.key`, '-out', `${name}.pem`, ...signed);
    }
    const file = (name: string) => path.join(directory, name);
    const [member] = await startEtcd(1, {
      scheme: 'https',
      arguments: [
        ...['--cert-file', file('server.pem'), '--key-file', file('server.key')],
        ...['--client-cert-auth', '--trusted-ca-file', file('ca.pem')],
      ],
    });
    const endpoints = [member?.endpoint ?? ''];
    const tls = { caFile: file('ca.pem'), certFile: file('client.pem'), keyFile: file('client.key') };
    expect(await clientOf({ endpoints, tls }).get('x')).toBeUndefined();
    expect(await codeOf(clientOf({ endpoints }).get('x'))).toBe('POWERVM_TLS_UNTRUSTED');
    const withoutCertificate = clientOf({ endpoints, tls: { caFile: file('ca.pem') } });
    expect(await codeOf(withoutCertificate.get('x'))).toBe('POWERVM_ETCD_UNREACHABLE');
  }, 60_000);

  test('that is full is reported with a code of its own and the alarm that it has raised', async () => {
    const [member] = await startEtcd(1, { arguments: ['--quota-backend-bytes', '200000'] });
    const client = clientOf({ endpoints: [member?.endpoint ?? ''] });
    const value = 'x'.repeat(40_000);
    let code = 'done';
    for (let index = 0; code === 'done' && index < 50; index += 1) {
      code = await codeOf(client.commit([], [{ put: `k${index}`, value }]));
    }
    expect(code).toBe('POWERVM_ETCD_NO_SPACE');
    expect(await client.alarms()).toContain('NOSPACE');
    expect((await client.get('k0'))?.value).toBe(value);
  });
});

test('an etcd that is not there, and what is no etcd, are distinguished', async () => {
  const away = clientOf({ endpoints: [`http://127.0.0.1:${await freePort()}`] });
  expect(await codeOf(away.get('x'))).toBe('POWERVM_ETCD_UNREACHABLE');
  const { createServer } = await import('node:http');
  const server = createServer((_request, response) => response.end('<html>hello</html>'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  afterThisTest(async () => {
    server.close();
  });
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const other = clientOf({ endpoints: [`http://127.0.0.1:${port}`] });
  expect(await codeOf(other.get('x'))).toBe('POWERVM_ETCD_ANSWER');
});
