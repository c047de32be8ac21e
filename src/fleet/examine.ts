import { clockOffsetWords } from '../base/clock/timestamp.ts';
import { describeError, PowerVmError } from '../base/errors/errors.ts';
import type { ProbeResult } from '../base/probe.ts';
import type { Fleet } from './fleet.ts';
import { type MemberStatus, readStatuses } from './members/member-status.ts';
import { readView } from './view.ts';

/** Members report themselves every ten seconds. */
const LISTEN = 11_000;
/** Leases do not depend on it; what people compare in logs and on the page does. */
const NOTABLE_SKEW = 2_000;
const MEBIBYTE = 1024 * 1024;

/** What a fleet depends on, tried without changing anything. Never rejects. */
export async function examineFleet(fleet: Fleet): Promise<readonly ProbeResult[]> {
  const members = await examineEtcdMembers(fleet);
  if (members.every(({ error }) => error !== undefined)) return members;
  return [
    ...members,
    ...(await guarded('alarms', () => alarms(fleet))),
    ...(await guarded('rights', () => rights(fleet))),
  ];
}

/** The members of the fleet: whose clocks differ from ours, and who has said nothing. Takes eleven seconds. */
export async function examineMembers(fleet: Fleet): Promise<readonly ProbeResult[]> {
  return guarded('members', async () => {
    const heard = await listen(fleet);
    const { keys, revision } = await fleet.client.list(fleet.keys.live);
    const { members, owners } = readView(fleet.keys, keys, revision);
    if (members.size === 0) return [{ text: 'no collector is in the fleet at present' }];
    return [...members.keys()].map((name) => {
      const groups = [...owners.values()].filter(({ member }) => member === name).length;
      const skew = heard.get(name);
      const text = `member ${name} reads ${groups} groups of consoles`;
      if (skew === undefined) return { text, remark: `It has reported nothing for ${LISTEN / 1000} s.` };
      const seconds = Math.round(skew / 1000);
      if (Math.abs(skew) < NOTABLE_SKEW) return { text: `${text}; its clock agrees with ours` };
      return {
        text: `${text}; its clock is ${clockOffsetWords(seconds)} ours`,
        remark: 'Let both follow a time server. Leases do not depend on it, but times in logs and pages do.',
      };
    });
  });
}

async function examineEtcdMembers(fleet: Fleet): Promise<readonly ProbeResult[]> {
  const statuses = await fleet.client.statuses();
  return statuses.map((status) => {
    if (status.status === 'rejected') return { text: 'does not work', error: status.reason };
    const { endpoint, version, hasLeader, databaseSize, errors } = status.value;
    const text = `etcd ${version} at ${endpoint} answers; its database has ${Math.ceil(databaseSize / MEBIBYTE)} MiB`;
    if (!hasLeader) {
      return { text, error: new PowerVmError('POWERVM_ETCD_UNAVAILABLE', `etcd at ${endpoint} has no leader`) };
    }
    if (isTooOld(version)) {
      return {
        text,
        error: new PowerVmError('POWERVM_ETCD_ANSWER', `etcd at ${endpoint} is ${version}; 3.4 is needed`),
      };
    }
    return errors.length > 0 ? { text, remark: `It says: ${errors.join('; ')}` } : { text };
  });
}

async function alarms(fleet: Fleet): Promise<readonly ProbeResult[]> {
  const raised = (await fleet.client.alarms()).filter((alarm) => alarm !== 'NONE');
  if (raised.length === 0) return [];
  const code = raised.includes('NOSPACE') ? 'POWERVM_ETCD_NO_SPACE' : 'POWERVM_ETCD_UNAVAILABLE';
  return [{ text: 'takes nothing new', error: new PowerVmError(code, `etcd has raised ${raised.join(', ')}`) }];
}

/** A transaction whose guard cannot hold: rights are looked at, and nothing is written. */
async function rights(fleet: Fleet): Promise<readonly ProbeResult[]> {
  const key = fleet.keys.member('doctor');
  await fleet.client.commit([{ key, createRevision: '1' }], [{ put: key, value: '' }]);
  return [{ text: `the prefix ${fleet.keys.prefix} may be read and written` }];
}

/** Milliseconds that the clock of each member is ahead, as far as it has reported meanwhile. */
async function listen(fleet: Fleet): Promise<ReadonlyMap<string, number>> {
  const skews = new Map<string, number>();
  const enough = new AbortController();
  const timer = setTimeout(() => enough.abort(new Error('enough')), LISTEN);
  const note = ({ name, now }: MemberStatus) => skews.set(name, now - fleet.clock.now());
  await fleet.client
    .watch(
      fleet.keys.statuses,
      (changes) =>
        readStatuses(
          fleet.keys,
          changes.filter(({ type }) => type === 'PUT').map(({ kv }) => kv),
        ).forEach(note),
      enough.signal,
    )
    .catch(() => undefined);
  clearTimeout(timer);
  return skews;
}

async function guarded(subject: string, work: () => Promise<readonly ProbeResult[]>): Promise<readonly ProbeResult[]> {
  try {
    return await work();
  } catch (error) {
    return [{ text: `${subject}: ${describeError(error)}`, error }];
  }
}

function isTooOld(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major < 3 || (major === 3 && minor < 4);
}
