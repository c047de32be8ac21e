import { sortOrders } from './row.ts';

/** In 22 lines of 80 columns, so that all of it is seen. */
export const HELP: readonly string[] = [
  'up, down    move; page up, page down, home and end as well',
  'enter       one partition in full; escape or q goes back',
  '/           show only what contains a text; escape shows all again',
  `sort by     ${sortOrders.map(({ key, title }) => `${key} ${title}`).join(', ')}`,
  'r           reverse the order; the arrow stands at the column of the order',
  'S           write what is shown into a CSV file of this directory',
  'q           end',
  '',
  'CPU         busy and firmware of the configurable processors, busy/configurable',
  'MEM         of the frame: assigned to partitions, and what is free for new ones',
  'ENT, CONS   entitled and consumed processors; BUSY is consumed without idle',
  '%ENT        consumed of the entitlement; the bar beside it shows the same',
  'TREND/ENT   consumed in the last half hour; full height is the entitlement, or the greatest value where that is more',
  '*           traffic without a VIOS that does not report',
  'colours     yellow from 80 %, red from 95 % (of %ENT: beyond 100 %)',
];
