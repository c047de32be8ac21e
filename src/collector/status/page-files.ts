import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

export interface PageFile {
  readonly type: string;
  readonly content: Buffer;
}

/** Made by `scripts/build.ts` from the folder beside this file; in `dist` it lies beside the file that this is a part of. */
const page = path.join(import.meta.dirname, 'page');

/** Everything that the browser gets beside the data: ours and uPlot's, from this machine and from nowhere else. */
export function loadPageFiles(): ReadonlyMap<string, PageFile> {
  const charts = path.dirname(createRequire(import.meta.url).resolve('uplot'));
  const file = (directory: string, name: string, type: string): PageFile => ({
    type: `${type}; charset=utf-8`,
    content: readFileSync(path.join(directory, name)),
  });
  return new Map([
    ['/', file(page, 'index.html', 'text/html')],
    ['/page.css', file(page, 'page.css', 'text/css')],
    ['/main.js', file(page, 'main.js', 'text/javascript')],
    ['/uplot.js', file(charts, 'uPlot.esm.js', 'text/javascript')],
    ['/uplot.css', file(charts, 'uPlot.min.css', 'text/css')],
  ]);
}
