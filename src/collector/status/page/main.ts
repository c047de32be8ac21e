import { count, counted } from '../../../base/text/counts.ts';
import type { FrameHistories, PageLink, StatusReport } from '../status-model.ts';
import type { DetailPage } from './details/detail-page.ts';
import { goneNote } from './details/detail-parts.ts';
import { framePage } from './details/frame-page.ts';
import { partitionPage } from './details/partition-page.ts';
import { byId, element, setClock, tick } from './elements.ts';
import { fleetTiles } from './fleet.ts';
import { clockTime, stateName } from './format.ts';
import { collectorTiles, issueList } from './health.ts';
import { addressOf, currentRoute, followLinks, load, loadNewer, type Route } from './routes.ts';
import { FrameGrid } from './tables/frame-grid.ts';
import { PartitionTable } from './tables/partition-table.ts';

/** Asking costs the collector next to nothing while there is no news. */
const PAUSE = 3_000;
const TICK = 5_000;
const NAME = 'otel-powervm';

const frames = new FrameGrid(byId('frames'));
const table = new PartitionTable(byId('partitions'), true);
const overview = byId('overview');
const detail = byId('detail');
let tag = '';
let report: StatusReport | undefined;
let lostSince: number | undefined;
let open: { readonly address: string; readonly page: DetailPage } | undefined;
/** Where the reader was on the overview, to come back to. */
let scrolled = 0;

async function show(news: StatusReport): Promise<void> {
  report = news;
  setClock(news.time);
  const present = news.partitions.filter(({ isOld }) => !isOld);
  const running = present.filter(({ state }) => stateName(state) === 'running').length;
  byId('summary').textContent =
    `${counted(news.frames.length, 'frame')}, ${count(running)} of ${counted(news.partitions.length, 'partition')} running, version ${news.version}`;
  byId('as-of').textContent =
    `as of ${new Date(news.time).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'short' })}`;
  byId('links').replaceChildren(...news.links.map(pageLink));
  byId('issues').replaceChildren(...issueList(news));
  byId('collector').replaceChildren(...collectorTiles(news), ...fleetTiles(news));
  frames.show(news, await load<FrameHistories>('history.json').then((histories) => histories ?? {}));
  table.show(news.partitions);
}

/** Whoever found this page by another name than localhost finds the others by it too. */
function pageLink({ title, url }: PageLink): Node {
  const target = new URL(url);
  if (/^(0\.0\.0\.0|\[::\]|127\.\d+\.\d+\.\d+|\[::1\]|localhost)$/.test(target.hostname))
    target.hostname = location.hostname;
  return element('a', { href: target.href }, title);
}

function titleOf(what?: string): string {
  const issues = report?.issues.length ?? 0;
  return [issues > 0 ? `(${issues})` : undefined, what === undefined ? NAME : `${what} – ${NAME}`]
    .filter((part) => part !== undefined)
    .join(' ');
}

/** Shows what the address asks for, and brings it up to date. */
async function showRoute(): Promise<void> {
  const route = currentRoute();
  const address = addressOf(route);
  if (open && open.address !== address) {
    open.page.destroy();
    open = undefined;
  }
  if (route.view === 'overview') {
    const wasElsewhere = overview.hidden;
    overview.hidden = false;
    detail.hidden = true;
    detail.replaceChildren();
    document.title = titleOf();
    if (wasElsewhere) window.scrollTo(0, scrolled);
    return;
  }
  if (!overview.hidden) scrolled = window.scrollY;
  overview.hidden = true;
  detail.hidden = false;
  await showDetail(route, address);
}

async function showDetail(route: Exclude<Route, { view: 'overview' }>, address: string): Promise<void> {
  const isNew = open === undefined;
  const page = open?.page ?? (route.view === 'frame' ? framePage(route.id) : partitionPage(route.id));
  open = { address, page };
  if (isNew) {
    detail.replaceChildren(...page.elements);
    window.scrollTo(0, 0);
  }
  if (!report) return;
  const title = await page.refresh(report);
  // Meanwhile the reader may have gone on.
  if (open?.page !== page) return;
  if (title === undefined) detail.replaceChildren(...goneNote(route.view === 'vios' ? 'VIOS' : route.view));
  else if (!detail.contains(page.elements[0] ?? null)) detail.replaceChildren(...page.elements);
  document.title = titleOf(title ?? 'not known');
}

async function refresh(): Promise<void> {
  const { tag: newest, content } = await loadNewer<StatusReport>('status.json', lostSince === undefined ? tag : '');
  tag = newest;
  showLost(false);
  if (!content) return;
  await show(content);
  await showRoute();
}

/** The collector is away: the page says so, keeps what it has, and continues as soon as it is back. */
function showLost(isLost: boolean): void {
  lostSince = isLost ? (lostSince ?? Date.now()) : undefined;
  document.body.classList.toggle('lost', isLost);
  const note = byId('lost');
  note.hidden = !isLost;
  const text = `The collector has not answered since ${clockTime(lostSince ?? 0)}: what is shown is old. Is it running?`;
  if (isLost && note.textContent !== text) note.textContent = text;
}

async function refreshPeriodically(): Promise<void> {
  for (;;) {
    await refresh().catch(() => showLost(true));
    await new Promise((resolve) => setTimeout(resolve, PAUSE));
  }
}

(byId('brand') as HTMLAnchorElement).href = addressOf({ view: 'overview' });
byId('brand').setAttribute('data-route', '');
table.filters.read();
followLinks(() => void showRoute().catch(() => showLost(true)));
setInterval(tick, TICK);
void refreshPeriodically();
