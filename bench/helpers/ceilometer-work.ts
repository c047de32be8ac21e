import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline/promises';
import type { CeilometerSample } from '../../src/ceilometer/index.ts';

/** What one round of work took and made. */
export interface Work {
  /** Milliseconds, user and system. */
  readonly cpu: number;
  readonly messages: number;
  readonly bytes: number;
}

/** Ceilometer's own Python, in a process of its own, with the same samples to work on. */
export class CeilometerWork {
  readonly #process: ChildProcess;
  readonly #answers: AsyncIterator<string>;
  readonly #directory: string;

  /** @param transportUrl where it publishes as well; default nowhere */
  constructor(samples: readonly CeilometerSample[], batchSize: number, secret: string, transportUrl?: string) {
    this.#directory = mkdtempSync(path.join(os.tmpdir(), 'otel-powervm-bench-'));
    const file = path.join(this.#directory, 'samples.json');
    writeFileSync(file, JSON.stringify(contentOf(samples)));
    const script = path.join(import.meta.dirname, 'ceilometer_work.py');
    const scriptArguments = [script, file, String(batchSize), secret, ...(transportUrl ? [transportUrl] : [])];
    // Debian's Python, which has Ceilometer, whatever else is in the path.
    this.#process = spawn('/usr/bin/python3', scriptArguments, { stdio: ['pipe', 'pipe', 'inherit'] });
    const { stdout } = this.#process;
    if (!stdout) throw new Error('Python has no standard output');
    this.#answers = createInterface(stdout)[Symbol.asyncIterator]();
  }

  async once(): Promise<Work> {
    this.#process.stdin?.write('\n');
    const { value, done } = await this.#answers.next();
    if (done) throw new Error('Python ended: it needs python3-ceilometer, which npm run test:openstack installs');
    const { cpu, ...made } = JSON.parse(value);
    return { cpu: cpu * 1000, ...made };
  }

  end(): void {
    this.#process.stdin?.end();
    rmSync(this.#directory, { recursive: true });
  }
}

/** Sorted as a polling agent meets them: by meter, with the instance as Nova's API describes it. */
function contentOf(samples: readonly CeilometerSample[]) {
  const instances: Record<string, unknown> = {};
  const pollsters: Record<string, unknown[]> = {};
  for (const sample of samples) {
    const { resource_metadata: metadata, name, type, unit, volume, resource_id } = sample;
    const instance = String(metadata.instance_id);
    instances[instance] ??= serverOf(sample);
    const extra = ['cpu_number', 'disk_name', 'vnic_name', 'mac', 'fref', 'parameters'].filter(
      (key) => key in metadata,
    );
    const own = Object.fromEntries(extra.map((key) => [key, metadata[key]]));
    const named = 'vnic_name' in metadata ? { ...own, name: metadata.name } : own;
    pollsters[name] ??= [];
    pollsters[name].push({ instance, name, type, unit, volume, resource_id, metadata: named });
  }
  return { instances, pollsters };
}

function serverOf({ resource_metadata: metadata, user_id, project_id }: CeilometerSample) {
  return {
    id: metadata.instance_id,
    name: metadata.display_name,
    flavor: metadata.flavor,
    hostId: metadata.host,
    status: metadata.status,
    image: metadata.image,
    metadata: {},
    user_id,
    tenant_id: project_id,
    'OS-EXT-SRV-ATTR:instance_name': 'instance-0000002a',
    'OS-EXT-SRV-ATTR:host': metadata.instance_host,
    'OS-EXT-STS:vm_state': metadata.state,
    'OS-EXT-STS:task_state': metadata.task_state,
    'OS-EXT-AZ:availability_zone': metadata['OS-EXT-AZ:availability_zone'],
  };
}
