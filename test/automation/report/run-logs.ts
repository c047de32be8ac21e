import { copyFile, mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Run } from '../run.ts';
import { plainFile } from '../work/workspace.ts';
import { ConsoleLog } from './console-log.ts';
import { coverageLine } from './coverage.ts';
import { runPage } from './pages.ts';

export interface RunLogsOptions {
  readonly directory: string;
  readonly secrets: readonly string[];
  readonly maxConsoleBytes: number;
  readonly maxArtifactBytes: number;
}

/** A folder for each run: console.txt, environment.json, what its suites leave, and an index. */
export class RunLogs {
  readonly #options: RunLogsOptions;

  constructor(options: RunLogsOptions) {
    this.#options = options;
  }

  /** Of this run, from its beginning: what an attempt before a crash wrote is gone. */
  async open(id: string): Promise<ConsoleLog> {
    await rm(this.#folder(id), { recursive: true, force: true });
    await mkdir(this.#folder(id), { recursive: true, mode: 0o755 });
    const { secrets, maxConsoleBytes } = this.#options;
    return new ConsoleLog(path.join(this.#folder(id), 'console.txt'), secrets, maxConsoleBytes);
  }

  async write(id: string, name: string, content: unknown): Promise<void> {
    await writeFile(path.join(this.#folder(id), name), `${JSON.stringify(content, undefined, 2)}\n`);
  }

  /** Copies a file out of the workspace when it is a plain one. @returns whether it was there */
  async collect(id: string, suite: string, workspace: string, relative: string): Promise<boolean> {
    const file = await plainFile(workspace, relative);
    if (file === undefined || (await stat(file)).size > this.#options.maxArtifactBytes) return false;
    await copyFile(file, path.join(this.#folder(id), `${suite}-${relative.replace(/[^\w.-]+/g, '_')}`));
    return true;
  }

  async finish(run: Run): Promise<void> {
    const folder = this.#folder(run.id);
    const files = (await readdir(folder)).filter((name) => name !== 'index.html').sort();
    const coverage: string[] = [];
    for (const name of files.filter((file) => file.endsWith('coverage-summary.json'))) {
      const line = coverageLine(await readFile(path.join(folder, name), 'utf8'));
      if (line !== undefined) coverage.push(`${name}: ${line}`);
    }
    await writeFile(path.join(folder, 'index.html'), runPage(run, files, coverage));
  }

  /** Whatever no one has written to since `time`, also of runs by hand and of a queue that was lost. */
  async removeBefore(time: number): Promise<void> {
    for (const name of await readdir(this.#options.directory)) {
      const folder = path.join(this.#options.directory, name);
      const found = await stat(folder).catch(() => undefined);
      if (found?.isDirectory() && found.mtimeMs < time) await rm(folder, { recursive: true, force: true });
    }
  }

  /** `undefined` when there is no such file, or when the names are not of the kind that we give. */
  async read(id: string, name: string): Promise<Buffer | undefined> {
    if (!/^[\w-]+$/.test(id) || !/^[\w-][\w.-]*$/.test(name)) return undefined;
    const file = await plainFile(this.#options.directory, `${id}/${name}`);
    return file === undefined ? undefined : await readFile(file);
  }

  #folder(id: string): string {
    return path.join(this.#options.directory, id);
  }
}
