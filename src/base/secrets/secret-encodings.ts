/** A place in a text, from its first character to the one behind its last. */
export type TextRange = readonly [start: number, end: number];

/** A text that was decoded, and where each of its characters came from. */
interface Decoded {
  readonly text: string;
  readonly places: readonly TextRange[];
}

/** Deeper nesting of escapes is not decoded. */
const MAX_ROUNDS = 4;
/** Shorter ones are found as words by themselves only: they would be found in any text. */
const MIN_LENGTH_WITHIN_WORDS = 4;
/** So many characters of base64 say something; fewer are found in any text. */
const MIN_BASE64_LENGTH = 5;

/** Tags, references of XML and HTML, and escapes of URLs and of JSON. Each begins differently, and runs are bounded. */
const ESCAPES = new RegExp(
  [
    '<[^<>]{0,200}>',
    '&(?:#x(?<hexadecimal>[\\da-f]{1,8})|#(?<decimal>\\d{1,8})|(?<entity>lt|gt|amp|quot|apos|nbsp));?',
    '(?<percent>(?:%[\\da-f]{2}){1,16})',
    '\\\\{1,8}(?:u(?<unit>[\\da-f]{4})|u\\{(?<point>[\\da-f]{1,6})\\}|x(?<byte>[\\da-f]{2})|[nrt])',
  ].join('|'),
  'giu',
);
const ENTITIES: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'", nbsp: ' ' };
/** What is left out, and put in, when a text is split, wrapped or escaped, or written in another alphabet of base64. */
const INSIGNIFICANT = /[\s\p{Cc}\p{Cf}+\-:\\]/u;

/**
 * Where a text repeats a known secret, in any encoding: in other case, with references of XML and HTML, with escapes of
 * JSON and URLs (also escaped again), split by blanks, marks that no one sees or tags, in hexadecimal, and in base64
 * also as a part of something longer, such as `user:password`. Takes time in proportion to the text.
 */
export function findSecrets(text: string, secrets: readonly string[]): readonly TextRange[] {
  const needles = new Set(secrets.flatMap(needlesOf));
  needles.delete('');
  if (needles.size === 0) return [];
  const ranges = rounds(text).flatMap((round) => {
    const significant = significantOf(round);
    return [...needles].flatMap((needle) => occurrences(significant, needle, text));
  });
  return merged(ranges);
}

/** A secret as it looks in each round of decoding, and in the encodings of its bytes. */
function needlesOf(secret: string): readonly string[] {
  if (secret === '') return [];
  const bytes = Buffer.from(secret);
  const misread = bytes.toString('latin1');
  const texts = [...rounds(secret), ...(misread === secret ? [] : rounds(misread))].map(
    (round) => significantOf(round).text,
  );
  if (bytes.length < MIN_LENGTH_WITHIN_WORDS) return texts;
  return [...texts, bytes.toString('hex'), ...base64Of(bytes)];
}

/** At each of the three places where it may begin, without the characters that its neighbours have a part in. */
function base64Of(bytes: Buffer): readonly string[] {
  return [0, 1, 2].flatMap((offset) => {
    const text = Buffer.concat([Buffer.alloc(offset), bytes]).toString('base64');
    const core = text.slice(Math.ceil((offset * 8) / 6), Math.floor(((offset + bytes.length) * 8) / 6));
    return core.length < MIN_BASE64_LENGTH ? [] : [significantOf(undecoded(core)).text];
  });
}

function rounds(text: string): readonly Decoded[] {
  const all = [undecoded(text)];
  for (let round = undecoded(text); all.length <= MAX_ROUNDS; ) {
    const next = decode(round);
    if (next.text === round.text) break;
    all.push(next);
    round = next;
  }
  return all;
}

function undecoded(text: string): Decoded {
  return { text, places: Array.from({ length: text.length }, (_, index) => [index, index + 1] as const) };
}

/** One round: what is escaped in what was escaped is left for the next. */
function decode({ text, places }: Decoded): Decoded {
  const parts: string[] = [];
  const decodedPlaces: TextRange[] = [];
  const keep = (from: number, to: number) => {
    parts.push(text.slice(from, to));
    for (let index = from; index < to; index += 1) decodedPlaces.push(places[index] ?? [0, 0]);
  };
  let at = 0;
  for (const match of text.matchAll(ESCAPES)) {
    keep(at, match.index);
    at = match.index + match[0].length;
    const meant = meaningOf(match.groups ?? {});
    parts.push(meant);
    const place: TextRange = [places[match.index]?.[0] ?? 0, places[at - 1]?.[1] ?? 0];
    for (let index = 0; index < meant.length; index += 1) decodedPlaces.push(place);
  }
  keep(at, text.length);
  return { text: parts.join(''), places: decodedPlaces };
}

function meaningOf({ hexadecimal, decimal, entity, percent, unit, point, byte }: Record<string, string | undefined>) {
  if (entity !== undefined) return ENTITIES[entity.toLowerCase()] ?? '';
  if (percent !== undefined) {
    const bytes = Buffer.from(percent.replaceAll('%', ''), 'hex');
    const text = bytes.toString('utf8');
    return text.includes('\ufffd') ? bytes.toString('latin1') : text;
  }
  if (unit !== undefined) return String.fromCharCode(Number.parseInt(unit, 16));
  const code = decimal === undefined ? Number.parseInt(hexadecimal ?? point ?? byte ?? '', 16) : Number(decimal);
  return code <= 0x10ffff ? String.fromCodePoint(code) : '';
}

/** Without case (`ß` is `SS`), in one alphabet of base64, without what may are in between. */
function significantOf({ text, places }: Decoded): Decoded {
  const parts: string[] = [];
  const kept: TextRange[] = [];
  for (let index = 0; index < text.length; index += 1) {
    const character = text[index] ?? '';
    if (INSIGNIFICANT.test(character)) continue;
    const lower = character === '_' ? '/' : character.toUpperCase().toLowerCase();
    parts.push(lower);
    for (let unit = 0; unit < lower.length; unit += 1) kept.push(places[index] ?? [0, 0]);
  }
  return { text: parts.join(''), places: kept };
}

function occurrences({ text, places }: Decoded, needle: string, original: string): readonly TextRange[] {
  const found: TextRange[] = [];
  for (let at = text.indexOf(needle); at >= 0; at = text.indexOf(needle, at + needle.length)) {
    const range: TextRange = [places[at]?.[0] ?? 0, places[at + needle.length - 1]?.[1] ?? 0];
    if (needle.length >= MIN_LENGTH_WITHIN_WORDS || isWord(original, range)) found.push(range);
  }
  return found;
}

function isWord(text: string, [start, end]: TextRange): boolean {
  const isPart = (index: number) => /[\p{L}\p{N}]/u.test(text[index] ?? '');
  return !isPart(start - 1) && !isPart(end);
}

function merged(ranges: readonly TextRange[]): readonly TextRange[] {
  const result: [number, number][] = [];
  for (const [start, end] of ranges.toSorted(([left], [right]) => left - right)) {
    const last = result.at(-1);
    if (last && start <= last[1]) last[1] = Math.max(last[1], end);
    else result.push([start, end]);
  }
  return result;
}
