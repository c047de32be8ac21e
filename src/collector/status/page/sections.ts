import type { FrameStatus, StatusReport } from '../status-model.ts';
import { bar, element } from './elements.ts';
import { ago, bytes, count, decimal, percent, words } from './format.ts';

/** What is wrong, in plain words; nothing where all is well. */
export function troubleList({ troubles }: StatusReport): readonly Node[] {
  if (troubles.length === 0) return [];
  return [element('ul', {}, ...troubles.map(({ severity, text }) => element('li', { class: severity }, text)))];
}

export function frameCards({ frames, time }: StatusReport): readonly Node[] {
  return frames.map((frame) => frameCard(frame, time));
}

function frameCard({ name, mtms, sampleTime, processor, memory, powerWatts, pools }: FrameStatus, now: number): Node {
  const { configurable, unassigned } = memory;
  const assigned = configurable && unassigned !== undefined ? 1 - unassigned / configurable : undefined;
  return element(
    'article',
    { class: 'card' },
    element(
      'h3',
      {},
      name,
      ' ',
      element('span', { class: 'muted' }, [mtms, ago(sampleTime, now)].filter(Boolean).join(', ')),
    ),
    meter(
      'Processors',
      processor.utilization,
      `consumed ${decimal(processor.consumed)}, busy ${decimal(processor.busy)} of ${decimal(processor.configurable)}${notReporting(processor.busyWithout)}`,
    ),
    meter('Memory', assigned, `unassigned ${bytes(unassigned)} of ${bytes(configurable)}`),
    ...pools.map((pool) =>
      meter(
        pool.name ?? `Pool ${pool.id}`,
        pool.utilization,
        `consumed ${decimal(pool.consumed)} of ${decimal(pool.size)}`,
      ),
    ),
    ...(powerWatts === undefined ? [] : [element('p', { class: 'muted' }, `${count(powerWatts)} W`)]),
  );
}

function notReporting(names: readonly string[] | undefined): string {
  return names === undefined ? '' : `; ${names.join(', ')} ${names.length === 1 ? 'does' : 'do'} not report`;
}

function meter(label: string, ratio: number | undefined, detail: string): Node {
  return element(
    'div',
    { class: 'meter' },
    element('span', { class: 'label', title: label }, label),
    bar(ratio),
    element('span', { class: 'share' }, percent(ratio)),
    element('span', { class: 'detail' }, detail),
  );
}

const answers = { working: 'yes', failing: 'no', refused: 'refused the logon' } as const;

/** Consoles, receivers and exporters: how the collector is doing. */
export function collectorCards({ consoles, receivers, exporters }: StatusReport): readonly Node[] {
  return [
    card(
      'Consoles',
      ['Console', 'Answers', 'Requests', 'Clock'],
      consoles.map(({ address, state, requests, clockSkew }) => [
        address,
        words(state === undefined ? undefined : answers[state]),
        count(requests),
        clockSkew === undefined ? words(undefined) : clockSkew === 0 ? 'right' : `${Math.round(clockSkew)} s off`,
      ]),
    ),
    card(
      'Receivers',
      ['Receiver', 'Systems', 'Samples', 'Fetched again', 'Lost', 'Bad documents'],
      receivers.map(({ id, systems, samples, backfilled, lost, documentErrors }) => [
        id,
        ...[systems, samples, backfilled, lost, documentErrors].map(count),
      ]),
    ),
    card(
      'Exporters',
      ['Exporter', 'Points sent', 'Refused', 'Queue'],
      exporters.map(({ name, sent, failed, queueSize, queueCapacity }) => [
        name,
        count(sent),
        count(failed),
        `${queueSize} of ${queueCapacity}`,
      ]),
    ),
  ];
}

function card(title: string, headings: readonly string[], rows: readonly (readonly string[])[]): Node {
  const alignment = (index: number) => ({ class: index === 0 ? '' : 'number' });
  return element(
    'article',
    { class: 'card' },
    element('h3', {}, title),
    element(
      'div',
      { class: 'scroll' },
      element(
        'table',
        {},
        element(
          'thead',
          {},
          element(
            'tr',
            {},
            ...headings.map((text, index) => element('th', { scope: 'col', ...alignment(index) }, text)),
          ),
        ),
        element(
          'tbody',
          {},
          ...rows.map((cells) =>
            element('tr', {}, ...cells.map((text, index) => element('td', alignment(index), text))),
          ),
        ),
      ),
    ),
  );
}
