import fc from 'fast-check';
import type { PowerVmSimulator } from '../../src/simulator/index.ts';
import { type Rewrite, startRewritingConsole } from '../helpers/rewriting-console.ts';

/** What steers a terminal, begins a line, or turns the direction of what follows. */
const steering = /[\p{Cc}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/u;

/** A line that is not ours. */
const FORGED = 'forged line';

const control = fc.oneof(
  // C0 and DEL, C1, and what text turns on.
  fc.integer({ min: 0x00, max: 0x1f }),
  fc.integer({ min: 0x7f, max: 0x9f }),
  fc.constantFrom(0x061c, 0x200e, 0x200f, 0x2028, 0x2029, 0x202a, 0x202b, 0x202d, 0x202e, 0x2066, 0x2067, 0x2069),
  // Half a character.
  fc.integer({ min: 0xd800, max: 0xdfff }),
);

const part = fc.oneof(
  control.map((code) => String.fromCharCode(code)),
  fc.constantFrom('\u001b[2J', '\u001b]0;x\u0007', '\u001b[8m', '\u001b[1m', '\u009b31m', '\r\n', 'a', 'ü', '\\', '"'),
);

/** A text that begins with `db`, and has a line that is not ours in it. */
export const hostileText = fc
  .array(part, { minLength: 4, maxLength: 16 })
  .map((parts) => `db${parts.join('')}\n${FORGED}`);

/**
 * Texts that someone may choose, in documents and inventories; joins between them hold, since all of them are changed
 * alike.
 */
const NAMES =
  /"(name|type|SystemName|PartitionName|OperatingSystemVersion|ActivatedServicePackNameAndLevel)":"([^"]*)"/g;
const PORTS = /"(physicalLocation)":"([^"]*-T\d)"/g;

/** A console whose names all end with `text`, and that says it when it is asked for energy. */
export function startConsoleOfHostileNames({ url }: PowerVmSimulator, text: string): Promise<string> {
  const inJson = JSON.stringify(text).slice(1, -1);
  const rewrite: Rewrite = (path, body) => {
    if (path.includes('/EnergyMonitor')) return { status: 500, body: text };
    if (!path.includes('/quick/') && !path.endsWith('.json')) return undefined;
    return { body: body.replaceAll(NAMES, `"$1":"$2${inJson}"`).replaceAll(PORTS, `"$1":"$2${inJson}"`) };
  };
  return startRewritingConsole(url, rewrite);
}

/** A console that refuses everything with `text`, in the form that consoles have for it. */
export function startConsoleOfHostileRefusals({ url }: PowerVmSimulator, text: string): Promise<string> {
  // No text of XML may have these; a console that writes them nevertheless writes them as they are.
  const message = text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
  const body = `<entry xmlns="http://www.w3.org/2005/Atom"><content type="x"><HttpErrorResponse:HttpErrorResponse xmlns:HttpErrorResponse="u"><HTTPStatus>403</HTTPStatus><ReasonCode>Unknown internal error.</ReasonCode><Message>${message}</Message></HttpErrorResponse:HttpErrorResponse></content></entry>`;
  return startRewritingConsole(url, () => ({ status: 403, body }));
}

/** Lines of an output that steer, or that someone else has begun. */
export function badLines(output: string): readonly string[] {
  return output.split('\n').filter((line) => steering.test(line) || line.startsWith(FORGED));
}
