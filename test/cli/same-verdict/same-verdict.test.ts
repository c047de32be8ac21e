import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { beforeAll, describe, expect, test } from 'vitest';
import { temporaryDirectory } from '../../helpers/temporary-directory.ts';
import { writeCorpus, writeCorpusFiles } from './corpus.ts';

interface Verdict {
  readonly code: number;
  readonly lines: readonly string[];
}

let files: readonly string[] = [];
const verdicts = { validate: new Map<string, Verdict>(), run: new Map<string, Verdict>() };
/** What the log of a run warned of, by file. */
const warned = new Map<string, string[]>();

beforeAll(async () => {
  const directory = await temporaryDirectory();
  files = writeCorpus(writeCorpusFiles(directory));
  const list = path.join(directory, 'list');
  writeFileSync(list, files.join('\n'));
  const child = spawn(process.execPath, ['--import', 'tsx', path.join(import.meta.dirname, 'both-verbs.ts'), list], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  createInterface(child.stdout).on('line', (line) => {
    const { file, verb, code, lines } = JSON.parse(line);
    if (verb === 'validate' || verb === 'run') verdicts[verb as 'run' | 'validate'].set(file, { code, lines });
  });
  let problem = '';
  createInterface(child.stderr).on('line', (line) => {
    if (!line.startsWith('{')) problem += `${line}\n`;
    else if (line.includes('"msg":"ready"')) child.kill('SIGTERM');
    else {
      const { msg } = JSON.parse(line);
      const file = files.find((one) => msg.startsWith(`${one}:`));
      if (file !== undefined) warned.set(file, [...(warned.get(file) ?? []), msg]);
    }
  });
  const [code] = await once(child, 'close');
  expect({ code, problem }).toEqual({ code: 0, problem: '' });
}, 180_000);

describe('validate and run', () => {
  test('agree on every file of a corpus: exit code and wording', () => {
    expect(files.length).toBeGreaterThanOrEqual(150);
    const name = (file: string) => path.basename(file);
    const differing = files.flatMap((file) => {
      const [left, right] = [verdicts.validate.get(file), verdicts.run.get(file)];
      const remarks = (left?.lines ?? []).filter((line) => left?.code !== 0 || line.startsWith('warning: '));
      const said = right?.code === 0 ? (warned.get(file) ?? []).map((line) => `warning: ${line}`) : right?.lines;
      const same = left?.code === right?.code && JSON.stringify(remarks) === JSON.stringify(said);
      return same ? [] : [{ file: name(file), validate: left, run: right, warned: warned.get(file) }];
    });
    expect(differing).toEqual([]);
    const refused = files.filter((file) => verdicts.validate.get(file)?.code !== 0).length;
    // Neither would prove anything that refuses all, or none.
    expect(refused).toBeGreaterThan(100);
    expect(files.length - refused).toBeGreaterThan(50);
  });

  test('place every problem in the file', () => {
    for (const file of files) {
      const { code = 0, lines = [] } = verdicts.validate.get(file) ?? {};
      if (code === 0) continue;
      expect(lines.length).toBeGreaterThan(0);
      for (const line of lines) expect(line).toMatch(/\.yaml:\d+:\d+ {2}/);
    }
  });

  test.each([
    ['a console that would get its password in clear text', 'POWERVM_CLEAR_TEXT_REFUSED'],
    ['a page that everybody could open', 'can be reached from other machines'],
    ['a password file that is not there', 'password_file: cannot read'],
    ['a certificate authority that is none', 'tls.ca_file: '],
    ['the key of another certificate', 'is not the key of'],
    ['a publisher whose directory is not there', 'of a publisher is not there'],
    ['a storage whose directory is not there and is not to be made', 'POWERVM_STORAGE_UNUSABLE'],
    ['a scenario that cannot be played', 'cannot be played'],
  ])('refuse %s', (_what, words) => {
    const all = [...verdicts.run.values()].flatMap(({ code, lines }) => (code === 0 ? [] : lines));
    expect(all.filter((line) => line.includes(words)).length).toBeGreaterThan(0);
  });

  test.each([
    ['what is used nowhere', 'is used nowhere'],
    ['an interval shorter than that of PCM', 'is shorter than 30s'],
    ['an interval longer than PCM keeps samples', 'is longer than 30m'],
    ['a path that is appended twice', 'it is there twice'],
    ['a console that is there twice', 'is the same console as one before'],
  ])('warn of %s', (_what, words) => {
    const all = [...verdicts.validate.values()].flatMap(({ code, lines }) => (code === 0 ? lines : []));
    expect(all.filter((line) => line.startsWith('warning: ') && line.includes(words)).length).toBeGreaterThan(0);
  });
});
