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

/** A bar for a share of something; marked when it is more than all of it. Its text says the same. */
export function bar(ratio: number | undefined): HTMLElement {
  const filling = element('span');
  filling.style.width = `${Math.min(100, Math.max(0, (ratio ?? 0) * 100))}%`;
  return element(
    'span',
    { class: ratio !== undefined && ratio > 1 ? 'bar over' : 'bar', 'aria-hidden': 'true' },
    filling,
  );
}
