import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { errorCatalog } from '../src/base/error-catalog.ts';

/** The pages of `docs/` that are made from declarations in `src/`. `--check` writes nothing and fails for stale ones. */
const pages = new Map([['docs/errors.md', errorPage()]]);

function errorPage(): string {
  const rows = Object.entries(errorCatalog).map(
    ([code, { meaning, remedy }]) => `| \`${code}\` | ${meaning} | ${remedy} |`,
  );
  return [
    '# Errors',
    '',
    'Every error has one of these codes as its `code`. A code keeps its meaning for ever. Generated from',
    '`src/base/error-catalog.ts` by `npm run generate`.',
    '',
    '| code | what has happened | what to do |',
    '|---|---|---|',
    ...rows,
    '',
  ].join('\n');
}

const isCheck = process.argv.includes('--check');
for (const [file, text] of pages) {
  const place = path.join(import.meta.dirname, '..', file);
  if (!isCheck) await writeFile(place, text);
  else if ((await readFile(place, 'utf8').catch(() => '')) !== text) {
    console.error(`${file} is stale: run npm run generate`);
    process.exitCode = 1;
  }
}
