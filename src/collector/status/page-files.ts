import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

export interface PageFile {
  readonly type: string;
  readonly content: Buffer;
}

/** Made by `scripts/build.ts` from the folder beside this file; in `dist` it lies beside the file that this is a part of. */
const page = path.join(import.meta.dirname, 'page');

/** Paths of what is drawn in the browser: `/frame/UUID`. */
const VIEWS = /^\/(?:frame|partition|vios)\/[^/]+$/;

/** Everything that the browser gets beside the data: ours and uPlot's, from this machine and from nowhere else. */
export class PageFiles {
  readonly #files: ReadonlyMap<string, PageFile>;
  readonly #view: PageFile;

  constructor() {
    const charts = path.dirname(createRequire(import.meta.url).resolve('uplot'));
    const start = file(page, 'index.html', 'text/html');
    // Paths stay relative, so that the page may lie anywhere behind a proxy.
    const deeper = start.content.toString().replaceAll(/(href|src)="\.\//g, '$1="../');
    this.#view = { ...start, content: Buffer.from(deeper) };
    this.#files = new Map([
      ['/', start],
      ['/page.css', file(page, 'page.css', 'text/css')],
      ['/main.js', file(page, 'main.js', 'text/javascript')],
      ['/uplot.js', file(charts, 'uPlot.esm.js', 'text/javascript')],
      ['/uplot.css', file(charts, 'uPlot.min.css', 'text/css')],
    ]);
  }

  get(pathname: string): PageFile | undefined {
    return VIEWS.test(pathname) ? this.#view : this.#files.get(pathname);
  }
}

function file(directory: string, name: string, type: string): PageFile {
  return { type: `${type}; charset=utf-8`, content: readFileSync(path.join(directory, name)) };
}
