/** A part of the bytes. */
export interface Range {
  readonly from: number;
  readonly to: number;
}

/** Follows fields down through messages. */
export function descend(bytes: Uint8Array, messages: readonly Range[], path: readonly number[]): readonly Range[] {
  return path.reduce((found, field) => found.flatMap((message) => fields(bytes, message, field)), messages);
}

/**
 * The contents of a field of a message, as often as it is there (Protocol Buffers, "Encoding"). What is cut short ends the
 * search.
 */
export function fields(bytes: Uint8Array, { from, to }: Range, wanted: number): readonly Range[] {
  const found: Range[] = [];
  let position = from;
  const varint = () => {
    let value = 0;
    for (let shift = 1; position < to; shift *= 128) {
      const byte = bytes[position] ?? 0;
      position += 1;
      value += (byte % 128) * shift;
      if (byte < 128) break;
    }
    return value;
  };
  while (position < to) {
    const key = varint();
    const length = [() => 0, () => 8, varint, () => 0, () => 0, () => 4][key % 8]?.() ?? 0;
    const start = position;
    if (key % 8 === 0) varint();
    else position = Math.min(position + length, to);
    if (Math.floor(key / 8) === wanted) found.push({ from: start, to: position });
  }
  return found;
}

/** An integer of a message that is not negative; 0 where it is not there, as the format has it. */
export function integerAt(bytes: Uint8Array, message: Range, field: number): number {
  const [place] = fields(bytes, message, field);
  if (!place) return 0;
  let value = 0;
  for (let index = place.from, factor = 1; index < place.to; index += 1, factor *= 128) {
    value += ((bytes[index] ?? 0) % 128) * factor;
  }
  return value;
}
