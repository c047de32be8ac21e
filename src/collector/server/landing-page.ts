import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { escapeMarkup } from '../../base/text/markup.ts';
import type { ServedPage } from '../components/extensions/extension-component.ts';

const STYLE = `
:root { color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif }
body { max-width: 40rem; margin: 2rem auto; padding: 0 1rem }
h1 { font-size: 1.4rem }
li { margin: .5rem 0 }
a { font-weight: 600 }
code { display: block; overflow-wrap: anywhere; opacity: .75 }
`;

/** Nothing but this one style. */
const POLICY = `default-src 'none'; style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;

/** What a browser may expect at a port of the collector: where its pages are. */
export interface Landing {
  readonly pages: readonly ServedPage[];
  /** One sentence on what this port is. */
  readonly about: string;
  readonly statusCode?: number;
}

/** Whether whoever asks is a browser in which somebody typed the address; probes and scrapers do not ask for HTML. */
export function isBrowser({ headers }: IncomingMessage): boolean {
  return /\btext\/html\b/i.test(headers.accept ?? '');
}

export function sendLandingPage(
  { method, headers }: IncomingMessage,
  response: ServerResponse,
  { pages, about, statusCode = 200 }: Landing,
): void {
  const links = pages.map(({ title, url }) => {
    const address = escapeMarkup(reachable(url, headers.host));
    return `<li><a href="${address}">${escapeMarkup(title)}</a><code>${address}</code></li>`;
  });
  const body = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>otel-powervm</title>
<style>${STYLE}</style>
<h1>otel-powervm</h1>
<p>${escapeMarkup(about)}</p>
${links.length > 0 ? `<ul>${links.join('')}</ul>` : '<p>No page is served at the moment.</p>'}
</html>
`;
  response.writeHead(statusCode, {
    'Content-Type': 'text/html; charset=utf-8',
    'Content-Security-Policy': POLICY,
    'Referrer-Policy': 'no-referrer',
    'Cache-Control': 'no-store',
    Vary: 'Accept',
  });
  response.end(method === 'HEAD' ? undefined : body);
}

/** A server that listens on every address is reached by the name with which the browser came. */
function reachable(url: string, host: string | undefined): string {
  const target = new URL(url);
  if (host === undefined || !['0.0.0.0', '[::]'].includes(target.hostname)) return url;
  const came = URL.canParse(`http://${host}`) ? new URL(`http://${host}`).hostname : target.hostname;
  target.hostname = came;
  return target.href;
}
