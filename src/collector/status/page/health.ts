import { count, counted } from '../../../base/text/counts.ts';
import type { StatusReport } from '../status-model.ts';
import { element } from './elements.ts';
import { type Mark, tile } from './tile.ts';

/** More than these at once hide what stands below. */
const ISSUES_AT_ONCE = 6;

/** What is wrong, in plain words, or that nothing is. */
export function issueList({ issues, frames, consoles }: StatusReport): readonly Node[] {
  if (issues.length === 0) {
    const isWaiting = frames.every(({ sampleTime }) => sampleTime === undefined);
    if (consoles.length === 0 || isWaiting) return [];
    return [element('p', { class: 'well' }, 'All is well.')];
  }
  const items = issues.map(({ severity, text }) =>
    element('li', { class: severity }, element('b', {}, severity === 'error' ? 'Error ' : 'Warning '), text),
  );
  const rest = items.slice(ISSUES_AT_ONCE);
  if (rest.length === 0) return [element('ul', {}, ...items)];
  const more = element('summary', {}, `and ${counted(rest.length, 'more', 'more')}`);
  return [
    element('ul', {}, ...items.slice(0, ISSUES_AT_ONCE)),
    element('details', {}, more, element('ul', {}, ...rest)),
  ];
}

type State = 'working' | 'failing' | 'refused' | undefined;

/** Consoles, receivers, destinations: how the collector is doing, each in a tile. */
export function collectorTiles({
  consoles,
  receivers,
  exporters,
  extensions,
  fleets = [],
}: StatusReport): readonly Node[] {
  if (consoles.length === 0 && fleets.length === 0) {
    return [element('p', { class: 'empty' }, 'No console is configured: name one under receivers.powervm.consoles.')];
  }
  return [
    ...consoles.map(({ address, state, requests, clockSkew }) =>
      tile('Console', address, markOf(state), consoleWords(state), [
        counted(requests, 'request'),
        clockWords(clockSkew),
      ]),
    ),
    ...receivers.map(({ id, systems, samples, backfilled, lost, documentErrors }) =>
      tile('Receiver', id, samples > 0 ? 'good' : 'unknown', counted(samples, 'sample'), [
        counted(systems, 'frame'),
        `${count(backfilled)} fetched again`,
        `${count(lost)} lost`,
        counted(documentErrors, 'bad document'),
      ]),
    ),
    ...exporters.map(({ name, state, sent, failed, queueSize, queueCapacity }) =>
      tile('Destination', name, markOf(state), destinationWords(state), [
        `${counted(sent, 'point')} sent`,
        `${count(failed)} refused`,
        `queue ${count(queueSize)} of ${count(queueCapacity)}`,
      ]),
    ),
    ...extensions.map(({ name, state }) =>
      tile('Extension', name, markOf(state), state === 'working' ? 'answers' : 'does not answer', []),
    ),
  ];
}

function markOf(state: State): Mark {
  if (state === undefined) return 'unknown';
  return state === 'working' ? 'good' : 'bad';
}

function consoleWords(state: State): string {
  if (state === undefined) return 'not asked yet';
  return { working: 'answers', failing: 'does not work', refused: 'refused the logon' }[state];
}

function destinationWords(state: State): string {
  if (state === undefined) return 'nothing sent yet';
  return { working: 'takes what it gets', failing: 'does not take it', refused: 'refuses it' }[state];
}

function clockWords(skew: number | undefined): string | undefined {
  if (skew === undefined) return undefined;
  const seconds = Math.round(skew);
  if (seconds === 0) return 'clock right';
  return `clock ${count(Math.abs(seconds))} s ${seconds > 0 ? 'ahead' : 'behind'}`;
}
