/** What Prometheus and others ask for by `Accept`. */
export const OPEN_METRICS_TYPE = 'application/openmetrics-text; version=1.0.0; charset=utf-8';

/**
 * A page in Prometheus' text format as OpenMetrics 1.0 has it: counters are named without `_total` where they are described, a unit
 * that is no part of the name is none, there are no empty lines, and the end is said.
 */
export function openMetricsOf(text: string): string {
  const lines = text
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('# UNIT ') && (!line.startsWith('#') || DESCRIPTION.test(line)))
    .map((line) => (line.startsWith('#') ? line.replace(DESCRIBED_COUNTER, '$1 ') : line));
  return `${[...lines, '# EOF'].join('\n')}\n`;
}

const DESCRIPTION = /^# (?:HELP|TYPE) /;
const DESCRIBED_COUNTER = /^(# (?:HELP|TYPE) \S+)_total /;

/** Whether a client wants OpenMetrics at least as much as plain text. */
export function prefersOpenMetrics(accept: string | undefined): boolean {
  const wish = (type: string) => qualityOf(accept ?? '', type);
  const openMetrics = wish('application/openmetrics-text');
  return openMetrics > 0 && openMetrics >= wish('text/plain');
}

/** Whether a client unpacks gzip. */
export function takesGzip(acceptEncoding: string | undefined): boolean {
  return qualityOf(acceptEncoding ?? '', 'gzip') > 0;
}

/** The largest `q` of one of the things that a header lists (RFC 9110, 12.4.2); 0 when it does not name it. */
function qualityOf(header: string, wanted: string): number {
  const qualities = header.split(',').flatMap((entry) => {
    const [name = '', ...parameters] = entry.split(';').map((part) => part.trim().toLowerCase());
    if (name !== wanted) return [];
    const [, quality = '1'] = parameters.map((part) => /^q=([\d.]+)$/.exec(part)).find((match) => match !== null) ?? [];
    return [Number(quality) || 0];
  });
  return Math.max(0, ...qualities);
}
