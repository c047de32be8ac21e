import { ago } from './format.ts';
import type { Level } from './levels.ts';

/**
 * Makes an element. Texts are set as text, never as HTML: names of partitions come from other people.
 * @param content strings become text
 */
export function element<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  attributes: Readonly<Record<string, string>> = {},
  ...content: readonly (Node | string)[]
): HTMLElementTagNameMap[Name] {
  const made = document.createElement(name);
  for (const [attribute, value] of Object.entries(attributes)) made.setAttribute(attribute, value);
  made.append(...content);
  return made;
}

/** An element of the page that is there from the beginning. */
export function byId(id: string): HTMLElement {
  const found = document.getElementById(id);
  if (!found) throw new Error(`the page has no #${id}`);
  return found;
}

/** A bar for a share of something; marked when it is more than usual. Its text says the same. */
export function bar(ratio: number | undefined, { name }: Level): HTMLElement {
  const filling = element('span');
  filling.style.width = `${Math.min(100, Math.max(0, (ratio ?? 0) * 100))}%`;
  return element('span', { class: `bar ${name}`, 'aria-hidden': 'true' }, filling);
}

/** Words behind a number that is more than usual. */
export function remark({ name, words }: Level): readonly Node[] {
  return words === '' ? [] : [element('span', { class: `remark ${name}` }, words)];
}

/** Later than this a sample is late. */
const LATE = 150_000;
let clockOffset = 0;

/** The collector's clock counts: the reader's may be wrong. */
export function setClock(collectorTime: number): void {
  clockOffset = collectorTime - Date.now();
}

export function collectorNow(): number {
  return Date.now() + clockOffset;
}

/** How old something is; {@link tick} keeps it true. */
export function age(time: number): HTMLElement {
  const made = element('time', { 'data-time': String(time), datetime: new Date(time).toISOString() });
  showAge(made);
  return made;
}

/** Lets all ages that are shown continue. */
export function tick(): void {
  for (const shown of document.querySelectorAll<HTMLElement>('time[data-time]')) showAge(shown);
}

function showAge(shown: HTMLElement): void {
  const time = Number(shown.getAttribute('data-time'));
  shown.textContent = ago(time, collectorNow());
  shown.classList.toggle('late', collectorNow() - time > LATE);
}
