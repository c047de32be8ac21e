import { copyFileSync } from 'node:fs';
import path from 'node:path';

// What the compiler does not carry over: the HTML and the style of the status page.
const place = 'collector/status/page';
for (const file of ['index.html', 'page.css']) {
  copyFileSync(path.join('src', place, file), path.join('dist', place, file));
}
