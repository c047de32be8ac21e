/** Bits of a MAC address that say: given locally, to one station. */
const LOCAL_MAC = 0x02_00_00_00_00_00;
/** NAA 5 with an unassigned identifier. */
const ALIAS_WWPN = 0x5fff_ff00_0000_0000n;
const UNUSED_WWPN = /^0*$/;

/**
 * Other names for what identifies an estate. The same thing has the same alias wherever it stands and however it is
 * written there (case, dashes, decimal or hexadecimal), so that what belonged together still does.
 */
export class Aliases {
  readonly #aliases = new Map<string, string>();
  readonly #counts = new Map<string, number>();

  /** @param kind what it is the name of, for readers of the alias; the first one to name it decides */
  name(kind: string, text: string): string {
    return this.#alias('name', text, kind, (count) => `${kind}-${count}`);
  }

  /** Dashed or not, in either case. */
  uuid(text: string): string {
    const digits = text.replaceAll('-', '').toLowerCase();
    const alias = this.#alias(
      'uuid',
      digits,
      'uuid',
      (count) => `0000000000004000a000${count.toString(16).padStart(12, '0')}`,
    );
    const dashed = text.includes('-') ? alias.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5') : alias;
    return /[A-F]/.test(text) ? dashed.toUpperCase() : dashed;
  }

  /** Of a frame, an enclosure or a module: as many characters as they have. */
  serial(text: string): string {
    return this.#alias('serial', text.toUpperCase(), 'serial', (count) => `X${String(count).padStart(6, '0')}`);
  }

  /** `8247-22L*2125D4A`: type and model are no secret. */
  mtms(type: string, model: string, serial: string): string {
    return `${type}-${model}*${this.serial(serial)}`;
  }

  /**
   * `U8247.22L.2125D4A-V2-C5-T1`: what follows the serial number is a place inside, which others look things up by. World
   * wide names and logical units in it are no places.
   */
  location(text: string): string {
    const [unit = '', ...places] = text.split('-');
    const [type, model, serial = '', ...rest] = unit.split('.');
    const inside = places.map((place) => (/^[A-Z]{1,2}\d{1,5}$/.test(place) ? place : this.name('place', place)));
    return [[type, model, this.serial([serial, ...rest].join('.'))].join('.'), ...inside].join('-');
  }

  /** Twelve digits with or without separators, in either case. */
  mac(text: string): string {
    const digits = text.replaceAll(/[^0-9a-f]/gi, '').toLowerCase();
    const alias = this.#alias('mac', digits, 'mac', (count) => (LOCAL_MAC + count).toString(16).padStart(12, '0'));
    const [separator = ''] = /[:-]/.exec(text) ?? [];
    const written = separator === '' ? alias : alias.replaceAll(/(..)(?=.)/g, `$1${separator}`);
    return /[A-F]/.test(text) ? written.toUpperCase() : written;
  }

  /** Hexadecimal, as VIOS documents and the inventory write it. One of zeros says that there is none. */
  wwpn(text: string): string {
    const digits = text.replaceAll(':', '').toLowerCase();
    if (UNUSED_WWPN.test(digits)) return text;
    const alias = this.#wwpn(BigInt(`0x${digits}`))
      .toString(16)
      .padStart(16, '0');
    const written = text.includes(':') ? alias.replaceAll(/(..)(?=.)/g, '$1:') : alias;
    return /[A-F]/.test(text) ? written.toUpperCase() : written;
  }

  /** An unsigned 64-bit decimal, as the hypervisor writes it. */
  decimalWwpn(text: string): string {
    return UNUSED_WWPN.test(text) ? text : this.#wwpn(BigInt(text)).toString();
  }

  /** The addresses of documentation (RFC 5737, RFC 3849). */
  address(text: string): string {
    return text.includes(':')
      ? this.#alias('address', text.toLowerCase(), 'ipv6', (count) => `2001:db8::${count.toString(16)}`)
      : this.#alias('address', text, 'ipv4', (count) => `192.0.2.${count % 256}`);
  }

  #wwpn(value: bigint): bigint {
    return BigInt(this.#alias('wwpn', String(value), 'wwpn', (count) => String(ALIAS_WWPN + BigInt(count))));
  }

  #alias(space: string, original: string, kind: string, make: (count: number) => string): string {
    const key = `${space}:${original}`;
    const known = this.#aliases.get(key);
    if (known !== undefined) return known;
    const count = (this.#counts.get(kind) ?? 0) + 1;
    this.#counts.set(kind, count);
    const alias = make(count);
    this.#aliases.set(key, alias);
    return alias;
  }
}
