import { setTimeout } from 'node:timers/promises';
import { PowerVmReceiver } from '../../receiver/index.ts';
import { type Connection, isSelected, openConnection } from '../connection/connection.ts';
import type { ConnectionArguments } from '../connection/connection-options.ts';
import { refreshOnce, reportFailures } from '../connection/single-refresh.ts';
import { type ExitCode, exitCodes } from '../terminal/exit-code.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { saveCsv } from './csv.ts';
import { rowsOf } from './drawing/row.ts';
import { listHeight, type Picture, renderScreen, visibleRows } from './drawing/screen.ts';
import { screenStyle } from './drawing/style.ts';
import { FullScreen } from './full-screen.ts';
import { outagesOf } from './outages.ts';
import { ProblemLog } from './problem-log.ts';
import { TREND_INSTANTS, TrendHistory } from './trend-history.ts';
import { firstView, press, type View } from './view.ts';

export interface TopArguments extends ConnectionArguments {
  /** One picture, and the end. */
  readonly once?: boolean;
  /** Fetches the half hour before the start as well, for the trends. */
  readonly history?: boolean;
  /** UUID, name or MTMS. */
  readonly system?: string;
  /** UUID, name or number. */
  readonly lpar?: string;
}

const DEFAULT_WIDTH = 80;

/** A live view of frames, pools and partitions. Into a pipe, and with `--once`, one picture of every partition. */
export async function top(options: TopArguments, terminal: Terminal): Promise<ExitCode> {
  const isLive = options.once !== true && terminal.isInteractive && process.stdin.isTTY === true;
  return isLive ? watch(options, terminal) : showOnce(options, terminal);
}

async function showOnce(options: TopArguments, terminal: Terminal): Promise<ExitCode> {
  const reading = await refreshOnce(await openNarrowed(options, terminal), terminal, false);
  const { frames } = reading;
  const trends = new TrendHistory();
  for (const frame of frames) trends.add(frame);
  if (frames.length > 0) {
    const old = new Set<string>();
    const picture = { frames, old, rows: rowsOf(frames, trends), now: Date.now(), outages: [], news: undefined };
    const size = { width: widthOf(terminal), height: undefined };
    terminal.print(renderScreen(picture, firstView, size, screenStyle(terminal)).join('\n'));
  }
  return reportFailures(reading, frames.length > 0, terminal);
}

/** The connection with nothing but the system and the partition that were asked for. */
async function openNarrowed(options: TopArguments, terminal: Terminal): Promise<Connection> {
  const { receiver, ...connection } = await openConnection(options, terminal);
  const { system: wanted, lpar } = options;
  const keepsSystem: NonNullable<typeof receiver.systems> = (system) =>
    (receiver.systems?.(system) ?? true) && isSelected(wanted, [system.id, system.name, system.mtms]);
  const keepsPartition: NonNullable<typeof receiver.partitions> = (partition) =>
    (receiver.partitions?.(partition) ?? true) &&
    isSelected(lpar, [partition.id, partition.name, String(partition.number)]);
  return {
    ...connection,
    receiver: { ...receiver, systems: keepsSystem, ...(lpar === undefined ? {} : { partitions: keepsPartition }) },
  };
}

async function watch(options: TopArguments, terminal: Terminal): Promise<ExitCode> {
  const connection = await openNarrowed(options, terminal);
  const log = new ProblemLog();
  const receiver = new PowerVmReceiver({ ...connection.receiver, logger: log });
  try {
    await watchReceiver(receiver, { log, terminal, withHistory: options.history === true });
  } finally {
    await receiver.stop();
    await connection.close();
  }
  return exitCodes.done;
}

export interface WatchOptions {
  readonly log: ProblemLog;
  readonly terminal: Terminal;
  /** Whether the half hour before the start is fetched, for the trends: sixty times what a cycle costs the console. */
  readonly withHistory: boolean;
  /** Ends it, beside the person at the keyboard. */
  readonly until?: AbortSignal;
}

/** Shows what a receiver receives until a person has seen enough. The receiver is started here and stopped by its owner. */
export async function watchReceiver(
  receiver: PowerVmReceiver,
  { log, terminal, withHistory, until }: WatchOptions,
): Promise<void> {
  const style = screenStyle(terminal);
  const trends = new TrendHistory();
  const ended = new AbortController();
  const end = () => ended.abort();
  let view: View = firstView;
  /** What was done at the last key, until the next one. */
  let news: string | undefined;
  const picture = (): Picture => ({ ...pictureOf(receiver, trends, log), ...(news ? { news } : {}) });
  const screen = new FullScreen({
    onResize: () => show(),
    onEnd: end,
    onKey: (key) => {
      const now = picture();
      const rows = visibleRows(now, view);
      news = undefined;
      if (key.character === 'S' && !view.isTyping) {
        void saveCsv(rows, now.now).then((done) => {
          news = done;
          show();
        });
        return;
      }
      const keys = rows.map((row) => row.key);
      const next = press(view, key, keys, listHeight(now, view, screen.size, style));
      if (next === 'quit') return end();
      view = next;
      show();
    },
  });
  const show = () => screen.draw(renderScreen(picture(), view, screen.size, style));
  const stopListening = receiver.onActivity(() => show());
  const subscription = receiver.subscribe('top', trends, { lookBack: withHistory ? TREND_INSTANTS : 0 });
  until?.addEventListener('abort', end, { once: true });
  screen.open();
  try {
    show();
    await receiver.start();
    await untilEnded(ended.signal, show);
  } finally {
    until?.removeEventListener('abort', end);
    subscription.close();
    stopListening();
    screen.close();
  }
}

/** Frames that cannot be read at present are shown as they were last. */
function pictureOf(receiver: PowerVmReceiver, trends: TrendHistory, log: ProblemLog): Picture {
  const now = Date.now();
  const present = receiver.frames();
  const reported = new Set(present.map(({ system }) => system.description.id));
  const last = receiver
    .systems()
    .flatMap(({ activity }) => (activity && !reported.has(activity.system.description.id) ? [activity] : []));
  const old = new Set(last.map(({ system }) => system.description.id));
  const frames = [...present, ...last];
  const outages = outagesOf(receiver.statistics(), now);
  const news = log.newest;
  return { frames, old, rows: rowsOf(frames, trends, old), now, outages, news };
}

/** Ages grow by the second; everything else is drawn when it changes. */
async function untilEnded(signal: AbortSignal, show: () => void): Promise<void> {
  while (!signal.aborted) {
    show();
    await setTimeout(1_000, undefined, { signal }).catch(() => undefined);
  }
}

function widthOf({ environment }: Terminal): number {
  const width = process.stdout.columns ?? Number(environment.COLUMNS ?? DEFAULT_WIDTH);
  return Number.isInteger(width) && width > 0 ? width : DEFAULT_WIDTH;
}
