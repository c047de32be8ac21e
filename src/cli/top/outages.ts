import type { Condition } from '../../base/condition.ts';
import type { ReceiverStatistics } from '../../receiver/index.ts';

/** What does not work at present: what, since when, why, and what to do about it. */
export function outagesOf(
  { consoles, systems }: Pick<ReceiverStatistics, 'consoles' | 'systems'>,
  now: number,
): readonly string[] {
  const reported = consoles.flatMap(({ address, condition }) =>
    outage(condition, `${address} ${condition?.state === 'refused' ? 'refused the logon' : 'does not work'}`, now),
  );
  // What is reported of a console is not repeated for every system behind it.
  const reasons = new Set(consoles.map(({ condition }) => condition?.reason));
  return [
    ...reported,
    ...systems.flatMap(({ name, systemId, condition }) =>
      reasons.has(condition?.reason) ? [] : outage(condition, `${name ?? systemId} cannot be read`, now),
    ),
  ];
}

function outage(condition: Condition | undefined, what: string, now: number): readonly string[] {
  if (!condition || condition.state === 'working') return [];
  const { seconds, reason = 'the reason is not known', remedy } = condition;
  const since = new Date(now - seconds * 1000).toISOString().slice(11, 19);
  const text = `${what} since ${since}Z (${duration(seconds)}): ${sentence(reason)}`;
  return [remedy === undefined ? text : `${text} ${remedy}`];
}

/** `40 s`, `12 min`, `3 h` */
export function duration(seconds: number): string {
  if (seconds < 120) return `${Math.round(seconds)} s`;
  return seconds < 7200 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds / 3600)} h`;
}

function sentence(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}
