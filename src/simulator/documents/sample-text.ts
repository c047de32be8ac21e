import type { SimulatedError } from '../estate/model.ts';

/** `2015-05-27T08:17:45+0000`: inside PCM documents. */
export function sampleTimeText(time: number): string {
  return `${new Date(time).toISOString().slice(0, 19)}+0000`;
}

/** `20150527T081745+0000`: in file names and lpar documents. */
export function compactTimeText(time: number): string {
  return sampleTimeText(time).replaceAll(/[-:](?=\d\d)/g, '');
}

/** The time in the name of a document, the last of two; undefined for what is none. */
export function stampInName(fileName: string): number | undefined {
  const parts = /(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)\+0000(?:_30)?\.json$/.exec(fileName);
  if (!parts) return undefined;
  const [, year, month, day, hour, minute, second] = parts;
  const time = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  return Number.isNaN(time) ? undefined : time;
}

export function errorInfo(errors: readonly SimulatedError[]) {
  return errors.map(({ id, message }) => ({ errId: id, errMsg: message }));
}
