import path from 'node:path';

/** The name in front of a verb, or of an option of the program itself. */
const CALL =
  /\botel-powervm (?=(?:systems|inspect|top|run|validate|print-config|replay|fleet|metrics|doctor|enable-pcm|record|demo|simulate|completion|--help)\b)/g;

/** How this program was called: by its name, or in a clone as `node dist/cli/main.js`. */
export function commandName(script = process.argv[1] ?? '', directory = process.cwd()): string {
  if (path.basename(script) !== 'main.js') return 'otel-powervm';
  const relative = path.relative(directory, script);
  return `node ${relative.startsWith('..') ? script : relative}`;
}

/** A text of ours in which commands can be copied as they stand. */
export function asCalled(text: string, name = commandName()): string {
  return name === 'otel-powervm' ? text : text.replaceAll(CALL, () => `${name} `);
}
