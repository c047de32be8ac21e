import type { StatusReport } from '../status-model.ts';
import { byId } from './elements.ts';
import { count } from './format.ts';
import { PartitionDialog } from './partition-dialog.ts';
import { PartitionTable } from './partition-table.ts';
import { collectorCards, frameCards, troubleList } from './sections.ts';

/** Asking costs the collector next to nothing while there is no news. */
const PAUSE = 3_000;

const dialog = new PartitionDialog(byId('partition') as HTMLDialogElement);
const table = new PartitionTable(byId('partitions'), (id) => void dialog.open(id), showCount);
let tag = '';
let isLost = false;

byId('search').addEventListener('input', ({ target }) => {
  if (target instanceof HTMLInputElement) table.search(target.value);
});

function showCount(shown: number, all: number): void {
  byId('count').textContent =
    shown === all ? `${count(all)} partitions` : `${count(shown)} of ${count(all)} partitions`;
}

function show(report: StatusReport): void {
  const running = report.partitions.filter(({ state }) => state?.toLowerCase() === 'running').length;
  byId('summary').textContent =
    `${count(report.frames.length)} ${report.frames.length === 1 ? 'frame' : 'frames'}, ${count(running)} of ${count(report.partitions.length)} partitions running, version ${report.version}`;
  byId('troubles').replaceChildren(...troubleList(report));
  byId('frames').replaceChildren(...frameCards(report));
  byId('collector').replaceChildren(...collectorCards(report));
  table.show(report.partitions);
}

async function refresh(): Promise<void> {
  const answer = await fetch('status.json', { headers: tag === '' ? {} : { 'If-None-Match': tag }, cache: 'no-store' });
  if (answer.status === 304 && !isLost) return;
  if (!answer.ok && answer.status !== 304) throw new Error(`status ${answer.status}`);
  if (answer.status === 200) {
    tag = answer.headers.get('ETag') ?? '';
    show((await answer.json()) as StatusReport);
    await dialog.refresh();
  }
  isLost = false;
}

async function keepFresh(): Promise<void> {
  for (;;) {
    try {
      await refresh();
    } catch {
      // The collector is away; the page says so, keeps what it has, and goes on as soon as it is back.
      if (!isLost) byId('summary').textContent = 'The collector does not answer; what is shown is old.';
      isLost = true;
      tag = '';
    }
    await new Promise((resolve) => setTimeout(resolve, PAUSE));
  }
}

await refresh().catch(() => undefined);
if (location.hash.length > 1) await dialog.open(decodeURIComponent(location.hash.slice(1)));
void keepFresh();
