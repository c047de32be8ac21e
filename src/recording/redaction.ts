import { readTerm } from '../pcm/documents/document-kinds.ts';
import { Aliases } from './aliases.ts';
import { DEVICE, feedTexts, fileWords, GENERIC_NAME, keptFields, namedKind, pathWords } from './vocabulary.ts';

const UUID = /^(?:[0-9a-f]{32}|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})$/i;
const UUIDS = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/gi;
const MTMS = /^([0-9A-Z]{4})-([0-9A-Z]{3})\*([0-9A-Z]{7})$/i;
const LOCATION = /^U[0-9A-Z]+\.[0-9A-Z]+\.[0-9A-Z]+(?:-|$)/i;
const MAC = /^[0-9a-f]{2}(?:([:-])[0-9a-f]{2})(?:\1[0-9a-f]{2}){4}$/i;
const WWPN = /^(?:[0-9a-f]{16}|[0-9a-f]{2}(?::[0-9a-f]{2}){7})$/i;
const ADDRESS = /^(?:\d{1,3}(?:\.\d{1,3}){3}|[0-9a-f]*:[0-9a-f:.]*:[0-9a-f:.]*)$/i;
const NUMBER = /^-?\d{1,15}(?:\.\d+)?(?:e[+-]?\d+)?$/i;
const TIME = /^(?:\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?|\d{8}T\d{6})(?:Z|[+-]\d\d:?\d\d)?$/;
const LITERAL = /^(?:true|false|null|unknown|none)$/i;
/** A word of a console: no address, no path, no mail. */
const WORDS = /^[\w .,()%/+-]{1,80}$/;

/**
 * Removes identifying data from texts of a console. Pure except for its aliases: one redaction per recording. Anything
 * not known to be harmless gets an alias.
 */
export class Redaction {
  readonly #aliases = new Aliases();

  /** The value of a field of JSON, of an element, or of an attribute. */
  value(field: string, text: string): string {
    if (text.trim() === '') return text;
    const kind = namedKind(field);
    if (kind !== undefined) return GENERIC_NAME.test(text) ? text : this.#aliases.name(kind, text);
    return this.#identity(field, text) ?? (isHarmless(field, text) ? text : this.#other(text));
  }

  /** A number of JSON: only a WWPN is an identity, unless the field is one whose texts are. */
  number(field: string, text: string): string {
    if (/wwpn|wwn/i.test(field)) return /^\d+$/.test(text) ? this.#aliases.decimalWwpn(text) : '0';
    const isIdentity = namedKind(field) !== undefined || /serial|mac(?:addr|$)|^ip|uuid/i.test(field);
    return isIdentity ? JSON.stringify(this.value(field, text)) : text;
  }

  /** Path and query, or a whole link, whose host is then another. */
  path(text: string): string {
    const [, origin = '', pathname = '', query] = /^([a-z][\w+.-]*:\/\/[^/?]*)?([^?]*)(?:\?(.*))?$/is.exec(text) ?? [];
    const segments = pathname.split('/').map((segment) => this.#segment(decoded(segment)));
    const parameters = query?.split('&').map((parameter) => this.#parameter(parameter));
    return `${origin === '' ? '' : 'https://console.invalid'}${segments.join('/')}${parameters ? `?${parameters.join('&')}` : ''}`;
  }

  /** `LTM_8247-22L*2125D4A_vios_2_20150527T081730+0000.json` */
  fileName(text: string): string {
    const [, stem = '', ending = ''] = /^(.*?)(\.(?:json|csv))?$/i.exec(text) ?? [];
    return (
      stem
        .split('_')
        .map((part) => this.#filePart(part))
        .join('_') + ending
    );
  }

  #identity(field: string, text: string): string | undefined {
    const mtms = MTMS.exec(text);
    if (mtms) return this.#aliases.mtms(mtms[1] ?? '', mtms[2] ?? '', mtms[3] ?? '');
    if (/serial/i.test(field)) return this.#aliases.serial(text);
    if (UUID.test(text)) return this.#aliases.uuid(text);
    if (LOCATION.test(text)) return this.#aliases.location(text);
    if (MAC.test(text) || (/mac/i.test(field) && /^[0-9a-f]{12}$/i.test(text))) return this.#aliases.mac(text);
    if (/wwpn|wwn/i.test(field) && /^\d{17,20}$/.test(text)) return this.#aliases.decimalWwpn(text);
    if (WWPN.test(text)) return this.#aliases.wwpn(text);
    if (TIME.test(text)) return text;
    if (ADDRESS.test(text)) return this.#aliases.address(text);
    if (/^(?:[a-z][\w+.-]*:\/\/|\/rest\/)/i.test(text)) return this.path(text);
    return undefined;
  }

  /** File names and headings of feeds, and whatever else. */
  #other(text: string): string {
    if (/^(?:LTM|STM|EnergyMetrics|ManagedSystem)_.*\.(?:json|csv)$/i.test(text)) return this.fileName(text);
    const known = text.replaceAll(UUIDS, '').trim();
    return known !== text && feedTexts.has(known)
      ? text.replaceAll(UUIDS, (uuid) => this.#aliases.uuid(uuid))
      : this.#aliases.name('text', text);
  }

  #segment(segment: string): string {
    if (segment === '' || pathWords.has(segment) || /^\d{1,9}$/.test(segment)) return segment;
    if (UUID.test(segment)) return this.#aliases.uuid(segment);
    return segment.includes('_') ? this.fileName(segment) : this.#aliases.name('path', segment);
  }

  #filePart(part: string): string {
    if (fileWords.has(part) || /^\d{1,9}$/.test(part) || TIME.test(part)) return part;
    const mtms = MTMS.exec(part);
    if (mtms) return this.#aliases.mtms(mtms[1] ?? '', mtms[2] ?? '', mtms[3] ?? '');
    return UUID.test(part) ? this.#aliases.uuid(part) : this.#aliases.name('name', part);
  }

  #parameter(parameter: string): string {
    const [name = '', value = ''] = parameter.split(/=(.*)/s);
    const text = decoded(value);
    const isKept =
      /^(?:StartTS|EndTS|NoOfSamples|Type|group)$/.test(name) && (TIME.test(text) || /^\w{1,12}$/.test(text));
    return isKept ? parameter : `${/^\w{1,20}$/.test(name) ? name : 'parameter'}=${this.#aliases.name('text', text)}`;
  }
}

function isHarmless(field: string, text: string): boolean {
  if (NUMBER.test(text) || LITERAL.test(text) || feedTexts.has(text)) return true;
  if (keptFields.has(field)) return WORDS.test(text);
  if (field === 'term' && (text === 'ManagedSystem' || readTerm(text) !== undefined)) return true;
  return DEVICE.test(text);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
