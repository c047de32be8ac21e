import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Secret } from '../../src/base/secrets/secret.ts';
import { MeterMessageWriter, meterMessage } from '../../src/ceilometer/messages/meter-message.ts';
import { MessageSigner } from '../../src/ceilometer/messages/signature.ts';
import type { CeilometerSample, JsonValue } from '../../src/ceilometer/samples/sample.ts';
import { TELEMETRY_SECRET } from './services/settings.ts';
import { refusedSignatures } from './verify-signatures.ts';

const SAMPLES = 10_000;

const text = fc.oneof(
  fc.string(),
  fc.string({ unit: 'binary' }),
  fc.constantFrom('', "it's", '"', `'"`, '\\', '\u{1f600}', '\uffff', '\t\r\n\u0000', 'é', ':', 'message_signature'),
);
const number = fc.oneof(
  fc.double({ noDefaultInfinity: true, noNaN: true }),
  fc.integer(),
  fc.maxSafeInteger(),
  fc.constantFrom(0, -0, 1e-4, 9.9999e-5, 1e-7, 5e-324, 1e15, 1e16, 1e20, 1e21, 1e22, 2 ** 53, 0.1, 1023.4375),
);
const { metadata } = fc.letrec<{ value: JsonValue; metadata: Record<string, JsonValue> }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    text,
    number,
    fc.boolean(),
    fc.constant(null),
    fc.array(tie('value'), { maxLength: 3 }),
    tie('metadata'),
  ),
  metadata: fc.dictionary(text, tie('value'), { maxKeys: 6, noNullPrototype: true }),
}));
const ownerId = fc.option(text);
const sample: fc.Arbitrary<CeilometerSample> = fc.record({
  id: fc.uuid(),
  name: text,
  type: fc.constantFrom('gauge', 'cumulative', 'delta'),
  unit: text,
  volume: number,
  user_id: ownerId,
  project_id: ownerId,
  resource_id: text,
  timestamp: text,
  resource_metadata: metadata,
  source: text,
  monotonic_time: fc.option(number),
});

test(`Ceilometer's own function accepts the signatures of ${SAMPLES} random samples`, async () => {
  const signer = new MessageSigner(new Secret(TELEMETRY_SECRET));
  const writer = new MeterMessageWriter(signer);
  const samples = fc.sample(sample, { numRuns: SAMPLES, seed: 20_260_304 });
  const written = samples.map((one) => writer.write(one));
  expect(await refusedSignatures(written, TELEMETRY_SECRET)).toEqual([]);
  const made = samples.map((one) => JSON.stringify(meterMessage(one, signer, { publisher_id: 'cloudtest' })));
  expect(await refusedSignatures(made, TELEMETRY_SECRET)).toEqual([]);
});

test('and rejects a message with one changed character', async () => {
  const signer = new MessageSigner(new Secret(TELEMETRY_SECRET));
  const [one] = fc.sample(sample, { numRuns: 1, seed: 1 });
  if (!one) throw new Error('no sample');
  const line = new MeterMessageWriter(signer).write(one);
  const forged = line.replace('"source":"', '"source":"x');
  expect(await refusedSignatures([line, forged], TELEMETRY_SECRET)).toEqual([1]);
});
