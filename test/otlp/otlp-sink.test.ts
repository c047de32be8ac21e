import { afterAll, beforeAll, expect, test } from 'vitest';
import { OtlpSink } from '../helpers/otlp-sink/index.ts';

// The sink judges every exporter test, so it must itself be proven to refuse.

let sink: OtlpSink;
beforeAll(async () => {
  sink = await OtlpSink.start();
});
afterAll(() => sink.stop());

const point = { timeUnixNano: '1700000000000000000', startTimeUnixNano: '1700000000000000000', asDouble: 1 };
const request = (metric: object) => ({
  resourceMetrics: [{ resource: { attributes: [] }, scopeMetrics: [{ scope: { name: 's' }, metrics: [metric] }] }],
});
const gauge = (...dataPoints: object[]) => request({ name: 'm', unit: '1', gauge: { dataPoints } });

async function post(body: unknown, contentType = 'application/json'): Promise<number> {
  const reply = await fetch(`${sink.url}/v1/metrics`, {
    method: 'POST',
    headers: { 'content-type': contentType },
    body: typeof body === 'string' || body instanceof Uint8Array ? (body as string) : JSON.stringify(body),
  });
  return reply.status;
}

test('a correct request is accepted', async () => {
  expect(await post(gauge(point))).toBe(200);
});

test.each<[string, unknown]>([
  ['an unknown field', { ...gauge(point), extra: 1 }],
  ['a snake_case name', { resource_metrics: [] }],
  ['null for a value', gauge({ ...point, asDouble: null })],
  ['a fraction in asInt', gauge({ timeUnixNano: '1', asInt: 1.5 })],
  ['two members of a oneof', gauge({ ...point, asInt: '1' })],
  ['a sum without temporality', request({ name: 'm', sum: { dataPoints: [point], isMonotonic: true } })],
  ['a temporality by name', request({ name: 'm', sum: { dataPoints: [point], aggregationTemporality: 'CUMULATIVE' } })],
  ['no time', gauge({ asDouble: 1 })],
  ['a start after the time', gauge({ ...point, startTimeUnixNano: '1700000000000000001' })],
  ['no value', gauge({ timeUnixNano: '1' })],
  ['a metric without data', request({ name: 'm' })],
  ['a metric without points', gauge()],
  [
    'the same attribute twice',
    gauge({ ...point, attributes: [1, 2].map(() => ({ key: 'k', value: { stringValue: 'v' } })) }),
  ],
  ['an attribute without a value', gauge({ ...point, attributes: [{ key: 'k', value: {} }] })],
])('%s is rejected', async (_, body) => {
  expect(await post(body)).toBe(400);
});

test.each<[string, number[]]>([
  ['an unknown field number', [0x7a, 0x00]],
  ['a truncated message', [0x0a, 0x05, 0x00]],
  ['a wrong wire type', [0x08, 0x01]],
])('protobuf with %s is rejected', async (_, bytes) => {
  expect(await post(Uint8Array.from(bytes), 'application/x-protobuf')).toBe(400);
});

test('another content type is rejected', async () => {
  expect(await post('x', 'text/plain')).toBe(400);
});
