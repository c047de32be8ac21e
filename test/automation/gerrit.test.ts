import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { freePort } from '../helpers/free-port.ts';
import { BreakableConnection } from './breakable-connection.ts';
import { CI_PASSWORD, GerritSite, newChangeId } from './gerrit/gerrit-site.ts';
import { GERRIT_JARS } from './gerrit/jars.ts';
import { missingPrograms } from './missing-programs.ts';
import { ServerProcess } from './server-process.ts';
import { STEPS } from './steps.ts';

const missing = missingPrograms();
const directory = mkdtempSync(path.join(os.tmpdir(), 'otel-powervm-automation-'));
const site = new GerritSite(GERRIT_JARS);
let port = 0;
let server: ServerProcess;
const cut = new BreakableConnection();

function configurationFile(name: string): string {
  const file = path.join(directory, `${name}.yaml`);
  writeFileSync(path.join(directory, 'password'), `${CI_PASSWORD}\n`);
  writeFileSync(
    file,
    `
name: PowerVM CI
contact: https://example.com/powervm-ci
state: ${directory}/state
listen: 127.0.0.1:${port}
public_url: http://127.0.0.1:${port}
catch_up_interval: 60s
retry_pause: 1s
drain_time: 20s
gerrit:
  url: ${site.url}
  ssh: 127.0.0.1:${cut.port}
  ssh_host_key: ${site.hostKey}
  ssh_key_file: ${site.keyFile}
  user: voter
  password: \${file:${directory}/password}
  projects: [demo]
  branches: [master]
suites:
  - name: powervm-unit
    test: sh ./test.sh
    artifacts: [junit.xml]
sandbox:
  first_uid: 63000
  test_time: 6s
  memory_mib: 200
  disk_mib: 20
  processes: 40
`,
  );
  return file;
}

async function eventually<T>(look: () => Promise<T | undefined>, seconds = 60): Promise<T> {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (Date.now() > end) throw new Error(`it did not happen:\n${server.output.slice(-3000)}`);
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
}

/** With a comment, and with the vote that its words speak of. */
const voted = (number: number) =>
  eventually(async () => {
    const seen = await site.look(number);
    const [comment = ''] = seen.comments;
    return comment !== '' && (seen.vote !== undefined || comment.includes('This is no vote')) ? seen : undefined;
  });
const status = async () =>
  (await (await fetch(`http://127.0.0.1:${port}/status.json`)).json()) as {
    readonly queued: readonly unknown[];
    readonly running: readonly unknown[];
  };
const settled = () => new Promise((resolve) => setTimeout(resolve, 4_000));

function consoleOf(comment: string | undefined): string {
  const [, id = ''] = /\/logs\/([\w-]+)\//.exec(comment ?? '') ?? [];
  return readFileSync(path.join(directory, 'state/logs', id, 'console.txt'), 'utf8');
}

describe.skipIf(missing !== '')(
  `votes on changes of a real Gerrit${missing === '' ? '' : ` (skipped: needs ${missing})`}`,
  () => {
    beforeAll(async () => {
      // The user of the sandbox has to reach its workspace.
      chmodSync(directory, 0o711);
      await site.create();
      site.seed({ 'test.sh': 'echo all is well\n' });
      port = await freePort();
      await cut.start(site.ssh);
      server = new ServerProcess(configurationFile('automation'));
      await server.start();
    });

    afterAll(async () => {
      await server.end('SIGTERM');
      await site.stop();
      site.remove();
      rmSync(directory, { recursive: true, force: true });
    });

    test('a change whose tests pass gets +1, with one line per job, its log and how to rerun it', async () => {
      const number = site.push('Good', { 'test.sh': 'echo fine; echo "<testsuite/>" > junit.xml\n' });
      const { vote, comments } = await voted(number);
      expect(vote).toBe(1);
      expect(comments[0]).toMatch(/Build succeeded\..*\n\n- powervm-unit http:\S+\/logs\/\S+ : SUCCESS in 0m \d\ds/);
      expect(comments[0]).toContain('recheck');
      const [, address = ''] = /(http:\S+)/.exec(comments[0] ?? '') ?? [];
      const page = await fetch(address);
      expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
      expect(await page.text()).toContain('powervm-unit-junit.xml');
      expect((await fetch(`${address}powervm-unit-junit.xml`)).headers.get('content-type')).toBe(
        'text/plain; charset=utf-8',
      );
      expect(await (await fetch(`${address}console.txt`)).text()).toContain('| fine');
    });

    test('a change that breaks a test gets -1', async () => {
      expect((await voted(site.push('Bad', { 'test.sh': 'echo broken; exit 1\n' }))).vote).toBe(-1);
    });

    test('a change that hangs gets -1 after the time limit, even when it ignores signals', async () => {
      const number = site.push('Hang', { 'test.sh': "trap '' TERM INT HUP; while :; do sleep 1; done\n" });
      const { vote, comments } = await voted(number);
      expect(vote).toBe(-1);
      expect(comments[0]).toContain('took longer than 6 s');
    });

    test('a failure of the test system produces a comment without a vote, and the run is retried', async () => {
      const number = site.push('Odd', { 'test.sh': 'exit 255\n' });
      const { vote, comments } = await eventually(async () => {
        const seen = await site.look(number);
        return seen.comments.length === 3 ? seen : undefined;
      });
      expect(vote).toBeUndefined();
      expect(comments[0]).toContain('tried again');
      expect(comments[2]).toContain('ended with exit code 255');
    });

    test('a change that does not merge gets a comment without a vote', async () => {
      const id = newChangeId();
      const number = site.push('Conflict', { 'conflict.txt': 'mine\n' }, id);
      await voted(number);
      site.seed({ 'conflict.txt': 'theirs\n' });
      await site.comment(number, 'recheck');
      const { comments } = await eventually(async () => {
        const seen = await site.look(number);
        return seen.comments.length === 2 ? seen : undefined;
      });
      expect(comments[1]).toContain('does not merge');
    });

    test('a recheck comment reruns the change, and only with the exact words', async () => {
      const number = site.push('Again', { 'test.sh': 'exit 0\n' });
      await voted(number);
      await site.comment(number, 'please do not recheck this');
      await settled();
      expect((await site.look(number)).comments).toHaveLength(1);
      await site.comment(number, 'recheck powervm');
      await eventually(async () => ((await site.look(number)).comments.length === 2 ? true : undefined));
    });

    test('a patch set that was superseded is cancelled and gets no vote', async () => {
      const id = newChangeId();
      const number = site.push('Slow', { 'test.sh': 'sleep 5; exit 1\n' }, id);
      await eventually(async () => (server.output.includes(`"change":${number},`) ? true : undefined));
      site.push('Slow', { 'test.sh': 'exit 0\n' }, id);
      expect((await voted(number)).vote).toBe(1);
      await settled();
      expect((await site.look(number)).comments).toHaveLength(1);
    });

    test('a change that attacks its workspace gets -1 and does no harm', async () => {
      process.env.PLANTED_SECRET = 'planted-in-the-environment';
      const witness = http.createServer((_request, response) => response.end('the host was reached'));
      await new Promise<void>((resolve) => witness.listen(0, '127.0.0.1', resolve));
      onTestFinished(() => void witness.close());
      const address = witness.address();
      const witnessPort = typeof address === 'object' ? address?.port : 0;
      const outside = path.join(directory, 'outside.txt');
      writeFileSync(outside, 'untouched');
      const attack = `
env; id
cat ${directory}/password ${site.keyFile} ~/.ssh/* /root/.ssh/* /etc/shadow
ls /proc | grep -c '^[0-9]' | sed 's/^/processes seen: /'
cat /proc/1/environ /proc/*/environ | tr '\\0' '\\n'
echo harmed > ${outside}; echo harmed > /usr/harmed; echo harmed > /etc/harmed
node -e 'fetch("http://127.0.0.1:${witnessPort}").then((r) => r.text()).then(console.log, () => console.log("no host"))'
ln -s /etc/shadow junit.xml
printf '\\033]0;title\\007\\033[2Jcleared </script><script>alert(1)</script>\\n'
dd if=/dev/zero of=big bs=1M count=500; dd if=/dev/zero of=/tmp/big bs=1M count=500
trap '' TERM
(sleep 1000 & setsid sleep 2000 &)
(for i in $(seq 200); do sleep 3000 & done)
kill -9 -1
exit 1
`;
      const { vote, comments } = await voted(site.push('Attack', { 'test.sh': attack }));
      expect(vote).toBe(-1);
      const log = consoleOf(comments[0]);
      expect(readFileSync(outside, 'utf8')).toBe('untouched');
      expect(existsSync('/usr/harmed') || existsSync('/etc/harmed')).toBe(false);
      for (const secret of [
        CI_PASSWORD,
        'planted-in-the-environment',
        'PRIVATE KEY',
        'root:',
        'the host was reached',
        '\u001b',
      ])
        expect(log).not.toContain(secret);
      expect(log).toContain('no host');
      expect(log).toMatch(/processes seen: \d\b/);
      expect(log).toContain('No space left on device');
      const left = readFileSync('/proc/mounts', 'utf8');
      expect(left).not.toContain(`${directory}/state/work/`);
      const { execFileSync } = await import('node:child_process');
      const processes = execFileSync('ps', ['-eo', 'uid,args'], { encoding: 'utf8' });
      expect(processes).not.toMatch(/sleep [123]000/);
    });

    test('killed at each of the ten steps of a run, the server votes exactly once on the change', async () => {
      await server.end('SIGTERM');
      server = new ServerProcess(configurationFile('automation'), { killedSteps: mkdtempSync(`${directory}/killed-`) });
      await server.start();
      const numbers: number[] = [];
      for (const step of STEPS) {
        const number = site.push(`Killed when ${step}`, { 'test.sh': 'exit 0\n' });
        expect(await server.ended, step).toBe('SIGKILL');
        await server.start();
        expect((await voted(number)).vote, step).toBe(1);
        numbers.push(number);
      }
      await eventually(async () => {
        const { queued, running } = await status();
        return queued.length + running.length === 0 ? true : undefined;
      });
      for (const number of numbers) expect((await site.look(number)).comments).toHaveLength(1);
    });

    test('events lost while the stream is interrupted are recovered', async () => {
      cut.break();
      const lost = site.push('Lost event', { 'test.sh': 'exit 0\n' });
      await settled();
      expect((await site.look(lost)).comments).toHaveLength(0);
      cut.mend();
      expect((await voted(lost)).vote).toBe(1);
      const received = site.push('Heard again', { 'test.sh': 'exit 1\n' });
      expect((await voted(received)).vote).toBe(-1);
    });

    // A busy machine takes seconds for each.
    test('200 simultaneous changes run in order, one at a time', async () => {
      const before = server.output.length;
      const first = site.pushChain(200, (index) => ({ 'test.sh': 'exit 0\n', 'number.txt': `${index}\n` }));
      let mostRunning = 0;
      await eventually(async () => {
        const { queued, running } = await status();
        mostRunning = Math.max(mostRunning, running.length);
        const ended = server.output.slice(before).match(/"msg":"ended"/g)?.length ?? 0;
        return queued.length + running.length === 0 && ended >= 200 ? true : undefined;
      }, 580);
      const ended = [
        ...server.output.slice(before).matchAll(/"run":"(\d+)-1-\d+","outcome":"success","result":"reported"/g),
      ];
      expect(ended.map((match) => Number(match[1]))).toEqual(
        Array.from({ length: 200 }, (_none, index) => first + index),
      );
      // One that runs, and one whose vote is on its way.
      expect(mostRunning).toBeLessThanOrEqual(3);
      expect((await site.look(first + 199)).vote).toBe(1);
    }, 600_000);

    test('changes that arrive while the server or Gerrit is down get their votes', async () => {
      await server.end('SIGTERM');
      const away = site.push('While away', { 'test.sh': 'exit 0\n' });
      await server.start();
      expect((await voted(away)).vote).toBe(1);
      const during = site.push('Over a restart', { 'test.sh': 'sleep 4; exit 1\n' });
      await eventually(async () => (server.output.includes(`"change":${during},`) ? true : undefined));
      await site.stop();
      await site.start();
      expect((await voted(during)).vote).toBe(-1);
      const after = site.push('After the restart', { 'test.sh': 'exit 0\n' });
      expect((await voted(after)).vote).toBe(1);
    });
  },
);
