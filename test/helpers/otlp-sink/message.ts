/** A decoded OTLP message: JSON names, 64-bit integers as `bigint`, everything else as JSON has it. */
export interface Message {
  readonly [name: string]: Value | undefined;
}

export type Value = string | number | boolean | bigint | Uint8Array | Message | readonly Value[];

/** Why a request was refused. */
export class OtlpRuleError extends Error {
  override readonly name = 'OtlpRuleError';

  constructor(path: string, rule: string) {
    super(`${path}: ${rule}`);
  }
}
