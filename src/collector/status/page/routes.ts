import { element } from './elements.ts';

/** What the address of the page asks for. */
export type Route =
  | { readonly view: 'overview' }
  | { readonly view: 'frame' | 'partition' | 'vios'; readonly id: string };

/** Where the page lies, maybe behind a proxy. */
const root = new URL('.', import.meta.url);

export function currentRoute(): Route {
  const path = location.pathname.slice(root.pathname.length);
  const [, view, id] = /^(frame|partition|vios)\/([^/]+)$/.exec(path) ?? [];
  if (id === undefined) return { view: 'overview' };
  return { view: view as 'frame' | 'partition' | 'vios', id: decodeURIComponent(id) };
}

export function addressOf(route: Route): string {
  const path = route.view === 'overview' ? '' : `${route.view}/${encodeURIComponent(route.id)}`;
  return new URL(path, root).pathname;
}

export function partitionRoute({ id, type }: { readonly id: string; readonly type: string }): Route {
  return { view: type === 'vios' ? 'vios' : 'partition', id };
}

/** A link within the page; in a new tab it works as well. */
export function link(route: Route, text: string): HTMLAnchorElement {
  return element('a', { href: addressOf(route), 'data-route': '' }, text);
}

/** @param onChange whenever another address is shown, by a link or by Back */
export function followLinks(onChange: () => void): void {
  // What was a link to a partition before it had a page of its own.
  const old = /^#([0-9a-f-]{36})$/i.exec(location.hash)?.[1];
  if (old) history.replaceState(null, '', addressOf({ view: 'partition', id: old }));
  window.addEventListener('popstate', onChange);
  document.addEventListener('click', (event) => {
    const target = event.target instanceof Element ? event.target.closest('a[data-route]') : null;
    const isPlain = event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey && !event.altKey;
    if (!(target instanceof HTMLAnchorElement) || !isPlain) return;
    event.preventDefault();
    if (target.pathname !== location.pathname) history.pushState(null, '', target.href);
    onChange();
  });
}

export async function load<Content>(name: string, id?: string): Promise<Content | undefined> {
  const url = new URL(name, root);
  if (id !== undefined) url.searchParams.set('id', id);
  const response = await fetch(url, { cache: 'no-store' });
  if (response.status === 404) return undefined;
  if (!response.ok) throw new Error(`status ${response.status}`);
  return (await response.json()) as Content;
}

export interface Newest<Content> {
  readonly tag: string;
  /** Undefined where nothing is new. */
  readonly content: Content | undefined;
}

export async function loadNewer<Content>(name: string, tag: string): Promise<Newest<Content>> {
  const headers: HeadersInit = tag === '' ? {} : { 'If-None-Match': tag };
  const response = await fetch(new URL(name, root), { headers, cache: 'no-store' });
  if (response.status === 304) return { tag, content: undefined };
  if (!response.ok) throw new Error(`status ${response.status}`);
  return { tag: response.headers.get('ETag') ?? '', content: (await response.json()) as Content };
}
