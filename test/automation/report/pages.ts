import type { Run } from '../run.ts';

/** Nothing of a page or log runs, loads or is framed, whatever a change has put into it. */
export const PAGE_HEADERS = {
  'Content-Security-Policy': "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; sandbox",
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
} as const;

export interface ServerStatus {
  readonly name: string;
  readonly isDraining: boolean;
  readonly isDryRun: boolean;
  readonly connections: Readonly<Record<string, boolean>>;
  readonly queued: readonly Run[];
  readonly running: readonly Run[];
  /** Newest first. */
  readonly finished: readonly Run[];
}

const STYLE =
  'body{font:15px/1.5 sans-serif;max-width:70em;margin:2em auto;padding:0 1em}table{border-collapse:collapse}td,th{text-align:left;padding:.2em 1em .2em 0}';

export function statusPage(status: ServerStatus): string {
  const connections = Object.entries(status.connections).map(
    ([name, isUp]) => `${name}: ${isUp ? 'connected' : 'not connected'}`,
  );
  const notes = [
    ...connections,
    ...(status.isDraining ? ['stopping'] : []),
    ...(status.isDryRun ? ['dry run: no votes'] : []),
  ];
  return page(
    status.name,
    `<p>${escapeHtml(notes.join(' · '))} · <a href="/status.json">JSON</a></p>` +
      section('Running', status.running) +
      section('Waiting', status.queued) +
      section('Done', status.finished),
  );
}

export function runPage(run: Run, files: readonly string[], coverage: readonly string[]): string {
  const { change, verdict } = run;
  const suites = (verdict?.suites ?? []).map(({ name, outcome, duration, detail }) =>
    row([name, outcome, `${duration.toFixed(1)} s`, detail]),
  );
  const links = files.map((name) => `<li><a href="${encodeURIComponent(name)}">${escapeHtml(name)}</a></li>`);
  return page(
    `${change.project} ${change.number},${change.patchSet}: ${verdict?.outcome ?? run.state}`,
    `<p>${escapeHtml(change.subject)} · <a href="${escapeHtml(change.url)}">change</a> · ${escapeHtml(change.revision)}</p>` +
      `<table>${suites.join('')}</table>` +
      (verdict?.remarks ?? []).map((remark) => `<p>${escapeHtml(remark)}</p>`).join('') +
      coverage.map((line) => `<p>${escapeHtml(line)}</p>`).join('') +
      `<ul>${links.join('')}</ul><p><a href="/">all runs</a></p>`,
  );
}

function section(title: string, runs: readonly Run[]): string {
  const rows = runs.map((run) => {
    const { id, change, verdict, state, queuedAt } = run;
    const link = `<a href="/logs/${encodeURIComponent(id)}/">${escapeHtml(id)}</a>`;
    return `<tr><td>${link}</td>${cells([change.project, change.subject, verdict?.outcome ?? state, new Date(queuedAt).toISOString()])}</tr>`;
  });
  return `<h2>${title} (${runs.length})</h2><table>${rows.join('')}</table>`;
}

function page(title: string, body: string): string {
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>${escapeHtml(title)}</title><style>${STYLE}</style><h1>${escapeHtml(title)}</h1>${body}</html>\n`;
}

function row(texts: readonly string[]): string {
  return `<tr>${cells(texts)}</tr>`;
}

function cells(texts: readonly string[]): string {
  return texts.map((text) => `<td>${escapeHtml(text)}</td>`).join('');
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.codePointAt(0)};`);
}
