import { printable, printableJson } from '../../base/text/printable.ts';

/** How a log is written: for people, or for programs. */
export type LogEncoding = 'console' | 'json';

export interface LogStyle {
  readonly encoding: LogEncoding;
  /** Whether the level is coloured. */
  readonly isColoured: boolean;
  /** Whether each line begins with its priority, which journald takes off: `<4>` (sd-daemon(3)). */
  readonly hasPriority: boolean;
}

/** What a line of the logger carries, as it writes it. */
interface LogRecord {
  /** Pino's number of it is `level`, for programs that compare. */
  readonly severity: string;
  readonly time: string;
  readonly msg: string;
  readonly reason?: unknown;
  readonly remedy?: unknown;
  readonly [field: string]: unknown;
}

const PRIORITIES: Readonly<Record<string, number>> = { debug: 7, info: 6, warn: 4, error: 3, fatal: 2 };
const COLOURS: Readonly<Record<string, number>> = { debug: 2, warn: 33, error: 31, fatal: 31 };
const LEVEL_WIDTH = 5;
/** They are in their own places, or say nothing on one machine. */
const PLACED = new Set(['level', 'severity', 'time', 'msg', 'reason', 'remedy', 'pid', 'hostname']);

/** Lines of JSON, as the logger writes them, in the style that their reader wants. None of them steers a terminal. */
export function styledLog(lines: string, style: LogStyle): string {
  if (style.encoding === 'json' && !style.hasPriority) return printableJson(lines);
  return lines
    .split('\n')
    .map((line) => (line === '' ? '' : styledLine(line, style)))
    .join('\n');
}

function styledLine(line: string, { encoding, isColoured, hasPriority }: LogStyle): string {
  const record: LogRecord = JSON.parse(line);
  const prefix = hasPriority ? `<${PRIORITIES[record.severity] ?? PRIORITIES.info}>` : '';
  return `${prefix}${encoding === 'json' ? printableJson(line) : readable(record, isColoured)}`;
}

/** `2026-11-26T19:20:00.000Z warn  what happened: why → what to do  console=https://hmc1 code=POWERVM_…` */
function readable(record: LogRecord, isColoured: boolean): string {
  const { severity, time, msg, reason, remedy } = record;
  const colour = isColoured ? COLOURS[severity] : undefined;
  const word = severity.padEnd(LEVEL_WIDTH);
  const sentence = [
    msg,
    ...(reason === undefined ? [] : [`: ${textOf(reason)}`]),
    ...(remedy === undefined ? [] : [` → ${textOf(remedy)}`]),
  ].join('');
  const fields = Object.entries(record)
    .filter(([name, value]) => !PLACED.has(name) && value !== undefined)
    .map(([name, value]) => `${name}=${quoted(textOf(value))}`);
  const rest = printable([sentence, fields.join(' ')].filter((part) => part !== '').join('  '));
  return `${time} ${colour === undefined ? word : `\u001b[${colour}m${word}\u001b[0m`} ${rest}`;
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** What would not be one word is quoted, unless it is JSON and so quoted already. */
function quoted(text: string): string {
  return /^[[{]/.test(text) || /^[^\s"=]+$/.test(text) ? text : JSON.stringify(text);
}
