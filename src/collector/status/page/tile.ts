import { element } from './elements.ts';

export type Mark = 'good' | 'bad' | 'unknown';

/** One part of the collector, and how it is doing. */
export function tile(
  kind: string,
  name: string,
  mark: Mark,
  state: string,
  details: readonly (string | undefined)[],
  ...more: readonly Node[]
): Node {
  return element(
    'article',
    { class: `tile ${mark}` },
    element('p', { class: 'kind' }, kind),
    element('h3', {}, name),
    element('p', { class: 'state' }, state),
    element('p', { class: 'muted' }, details.filter((detail) => detail !== undefined).join(' · ')),
    ...more,
  );
}
