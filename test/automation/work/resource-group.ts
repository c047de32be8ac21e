import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';

export interface ResourceLimits {
  /** Bytes. */
  readonly memory: number;
  readonly processes: number;
  readonly cpus: number;
}

const ROOT = '/sys/fs/cgroup';
const PREFIX = 'otel-powervm-automation-';
const CPU_PERIOD = 100_000;
const REMOVAL_TRIES = 50;
const REMOVAL_PAUSE = 20;

/**
 * A control group for what one sandbox runs, version 1 or 2. Where the machine gives none, limits of each process
 * (prlimit) and the number of processes are all that holds; {@link isEnforced} says so, and so does the log.
 */
export class ResourceGroup {
  readonly #directories: readonly string[];

  private constructor(directories: readonly string[]) {
    this.#directories = directories;
  }

  static create(name: string, { memory, processes, cpus }: ResourceLimits): ResourceGroup {
    const isVersion2 = existsSync(path.join(ROOT, 'cgroup.controllers'));
    const quota = String(Math.round(cpus * CPU_PERIOD));
    const settings: readonly (readonly [controller: string, file: string, value: string])[] = isVersion2
      ? [
          ['', 'memory.max', String(memory)],
          ['', 'memory.swap.max', '0'],
          ['', 'pids.max', String(processes)],
          ['', 'cpu.max', `${quota} ${CPU_PERIOD}`],
        ]
      : [
          ['memory', 'memory.limit_in_bytes', String(memory)],
          ['pids', 'pids.max', String(processes)],
          ['cpu', 'cpu.cfs_period_us', String(CPU_PERIOD)],
          ['cpu', 'cpu.cfs_quota_us', quota],
        ];
    const made = new Set<string>();
    for (const [controller, file, value] of settings) {
      const directory = path.join(ROOT, controller, `${PREFIX}${name}`);
      try {
        if (!made.has(directory)) mkdirSync(directory);
        made.add(directory);
        writeFileSync(path.join(directory, file), value);
      } catch {
        // Not ours to set on this machine.
      }
    }
    return new ResourceGroup([...made]);
  }

  /** Empty groups of a server that was killed. One that still has processes stays for another time. */
  static removeLeftovers(): void {
    for (const controller of ['', 'memory', 'pids', 'cpu']) {
      const parent = path.join(ROOT, controller);
      const names = existsSync(parent) ? readdirSync(parent).filter((name) => name.startsWith(PREFIX)) : [];
      for (const name of names) {
        try {
          rmdirSync(path.join(parent, name));
        } catch {
          // In use, by another server of this machine perhaps.
        }
      }
    }
  }

  get isEnforced(): boolean {
    return this.#directories.length > 0;
  }

  /** Files that a process writes `0` to, in order to join. */
  get joinFiles(): readonly string[] {
    return this.#directories.map((directory) => path.join(directory, 'cgroup.procs'));
  }

  /** Whether the kernel has ended a process of the group for want of memory. */
  get ranOutOfMemory(): boolean {
    return this.#says(['memory.oom_control', 'memory.events'], /^oom_kill [1-9]/m);
  }

  /** Whether the kernel has refused a process to the group. */
  get ranOutOfProcesses(): boolean {
    return this.#says(['pids.events'], /^max [1-9]/m);
  }

  /** The last process may still be on its way out: tried for a while. */
  async remove(): Promise<void> {
    for (const directory of this.#directories) {
      for (let tries = 0; existsSync(directory) && tries < REMOVAL_TRIES; tries += 1) {
        try {
          rmdirSync(directory);
        } catch {
          await new Promise((resolve) => setTimeout(resolve, REMOVAL_PAUSE));
        }
      }
    }
  }

  #says(files: readonly string[], pattern: RegExp): boolean {
    const places = this.#directories.flatMap((directory) => files.map((file) => path.join(directory, file)));
    return places.some((place) => existsSync(place) && pattern.test(readFileSync(place, 'utf8')));
  }
}
