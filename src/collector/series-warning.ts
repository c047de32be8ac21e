import type { Logger } from '../base/logger.ts';
import type { SeriesShortage } from '../metrics/index.ts';

/** Warns once when `max_series` leaves metrics out; later ones are logged at level info. */
export function seriesWarning(receiver: string, logger: Logger): (shortage: SeriesShortage) => void {
  let hasWarned = false;
  return ({ dropped, series, limit }) => {
    const fields = { receiver, dropped, series, max_series: limit };
    const message =
      series > limit
        ? 'max_series is exceeded although no optional metric is left to leave out: raise it, or switch metrics off'
        : 'optional metrics are left out to stay within max_series';
    logger[hasWarned ? 'info' : 'warn'](fields, message);
    hasWarned = true;
  };
}
