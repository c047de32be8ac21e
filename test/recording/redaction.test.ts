import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Exchange, Recording } from '../../src/recording/index.ts';
import { keptAttributes, keptFields } from '../../src/recording/vocabulary.ts';

function exchange(options: Partial<Exchange>): Exchange {
  return { method: 'GET', path: '/rest/api/uom/x', statusCode: 200, headers: {}, body: '', ...options };
}

interface BundleLine {
  readonly path: string;
  readonly body?: string;
}

function bundleOf(...exchanges: readonly Partial<Exchange>[]): { text: string; lines: readonly BundleLine[] } {
  const recording = new Recording();
  for (const [index, one] of exchanges.entries()) recording.add(exchange({ path: `/rest/api/uom/${index}`, ...one }));
  const text = recording.bundle('hmc', 0);
  const [, ...lines] = text.trimEnd().split('\n');
  return { text, lines: lines.map((line) => JSON.parse(line)) };
}

const uuid = fc.uuid();
// Not one that could are in an alias.
const serial = fc.stringMatching(/^[1-9A-F][0-9A-F]{5}[G-Z]$/);
const mac = fc.stringMatching(/^fa(?::[0-9a-f]{2}){5}$/);
const wwpn = fc.stringMatching(/^c05076[0-9a-f]{10}$/);
// Not shorter: two letters may are in any word.
const name = fc.stringMatching(/^[A-Za-z][\w .:;äé"'<>&-]{6,20}[q-z]{3}$/);
const address = fc.ipV4().filter((text) => !text.startsWith('192.0.2.'));

/** An identity in one of the forms in which it stands somewhere. */
const planted = fc.oneof(
  uuid,
  uuid.map((text) => text.toUpperCase()),
  uuid.map((text) => text.replaceAll('-', '')),
  serial.map((text) => `8247-22L*${text}`),
  serial.map((text) => `U8247.22L.${text}-V2-C5-T1`),
  mac,
  wwpn,
  name,
  address,
  name.map(
    (text) =>
      `https://${encodeURIComponent(text)}.example.com/rest/api/uom/ManagedSystem/${encodeURIComponent(text)}?x=1`,
  ),
);
// Fields of a console's own words (state, type) are not where a name could stand.
const field = fc
  .oneof(
    fc.constantFrom('name', 'uuid', 'UUID', 'SystemName', 'PartitionName', 'physicalLocation', 'id', 'Message', 'wwpn'),
    fc.stringMatching(/^[A-Za-z]{1,12}$/),
  )
  .filter((name) => !keptFields.has(name) && !keptAttributes.has(name));
const json = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    planted,
    fc.integer(),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(field, tie('value'), { maxKeys: 4 }),
  ),
})).value;

function stringsOf(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(stringsOf) : [];
}

/** What identifies in a text: the serial number of an MTMS or location code, the name in a link. */
function identityOf(text: string): string {
  return (
    /\*(.{7})$/.exec(text)?.[1] ??
    /^U8247\.22L\.(.{7})/.exec(text)?.[1] ??
    /^https:\/\/(.+)\.example/.exec(text)?.[1] ??
    text
  );
}

function folded(text: string): string {
  return text.toLowerCase().replaceAll(/[-:]/g, '');
}

describe('planted secrets are removed', () => {
  test('in JSON of any shape, in known and unknown fields, whole or cut off', () => {
    fc.assert(
      fc.property(json, fc.nat(), (value, cut) => {
        const whole = JSON.stringify([value]);
        const left = (body: string) => bundleOf({ body }).lines[0]?.body ?? '';
        for (const body of [whole, whole.slice(0, cut % whole.length)]) {
          for (const text of stringsOf(value)) expect(folded(left(body))).not.toContain(folded(identityOf(text)));
        }
        expect(shapeOf(JSON.parse(left(whole)))).toEqual(shapeOf([value]));
      }),
    );
  });

  test('in elements, attributes, character data and comments of XML, whole or cut off', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(field, planted), { minLength: 1 }), fc.nat(), (leaves, cut) => {
        const escaped = (text: string) =>
          text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
        const body = leaves
          .map(
            ([key, text]) =>
              `<x:${key} kb="ROR" ${key}="${escaped(text)}">${escaped(text)}<![CDATA[${text}]]></x:${key}><!-- ${text} -->`,
          )
          .join('');
        const whole = `<?xml version="1.0"?><feed>${body}</feed>`;
        for (const sent of [whole, whole.slice(0, cut % whole.length)]) {
          const left = folded(bundleOf({ body: sent }).lines[0]?.body ?? '');
          for (const [, text] of leaves) {
            expect(left).not.toContain(folded(identityOf(text)));
            expect(left).not.toContain(folded(escaped(identityOf(text))));
          }
        }
      }),
    );
  });

  test('in paths, queries and names of files', () => {
    fc.assert(
      fc.property(serial, uuid, name, (number, id, text) => {
        const file = `LTM_8247-22L*${number}_${text.replaceAll(/[ /_?]/g, '')}_20150527T081730+0000.json`;
        const { text: bundle } = bundleOf({
          path: `/rest/api/pcm/ManagedSystem/${id}/RawMetrics/LongTermMonitor/${file}?who=${encodeURIComponent(text)}`,
        });
        for (const planted of [number, id, text, encodeURIComponent(text)]) expect(bundle).not.toContain(planted);
        expect(bundle).toContain('/rest/api/pcm/ManagedSystem/');
      }),
    );
  });
});

function shapeOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(shapeOf);
  if (typeof value !== 'object' || value === null) return 'leaf';
  return Object.values(value).map(shapeOf);
}

describe('relations are preserved', () => {
  test('names, UUIDs and serial numbers have one alias in all places and forms', () => {
    const id = '42ad4fd4-dc64-4935-9e29-9b7c6f35afcc';
    const { lines } = bundleOf(
      {
        path: `/rest/api/uom/LogicalPartition/${id.toUpperCase()}/ClientNetworkAdapter`,
        body: `<PartitionName>payroll</PartitionName><A href="https://10.1.2.3:12443/rest/api/uom/ManagedSystem/${id}">x</A>`,
      },
      {
        body: JSON.stringify({
          uuid: id.replaceAll('-', ''),
          name: 'payroll',
          mtms: '8247-22L*2125D4A',
          physicalLocation: 'U8247.22L.2125D4A-V2-C5',
        }),
      },
      {
        path: '/rest/api/pcm/ManagedSystem/x/RawMetrics/LongTermMonitor/LTM_8247-22L*2125D4A_vios_2_20150527T081730+0000.json',
      },
    );
    const document = JSON.parse(lines[1]?.body ?? '');
    expect(document).toEqual({
      uuid: '0000000000004000a000000000000001',
      name: 'partition-1',
      mtms: '8247-22L*X000001',
      physicalLocation: 'U8247.22L.X000001-V2-C5',
    });
    expect(lines[0]?.path).toBe(
      '/rest/api/uom/LogicalPartition/00000000-0000-4000-A000-000000000001/ClientNetworkAdapter',
    );
    expect(lines[0]?.body).toContain('<PartitionName>partition-1</PartitionName>');
    expect(lines[0]?.body).toContain(
      'https://console.invalid/rest/api/uom/ManagedSystem/00000000-0000-4000-a000-000000000001',
    );
    expect(lines[2]?.path).toContain('/LTM_8247-22L*X000001_vios_2_20150527T081730+0000.json');
  });

  test('a WWPN is the same in decimal, where it is longer than a double, and in hexadecimal', () => {
    const [line] = bundleOf({
      body: '{"wwpnPair":[13857705798509877830,13857705798509877831],"wwpn":"c0507600a20d5a46","unused":"0000000000000000"}',
    }).lines;
    const [first, second] =
      /\[(\d+),(\d+)\]/
        .exec(line?.body ?? '')
        ?.slice(1)
        .map(BigInt) ?? [];
    const wwpn = /"wwpn":"(\w+)"/.exec(line?.body ?? '')?.[1];
    expect(first?.toString(16)).toBe(wwpn);
    expect(second).not.toBe(first);
    expect(line?.body).not.toMatch(/13857705798509877830|c0507600a20d5a46/);
  });

  test('times, states, numbers and generic device and pool names are kept', () => {
    const body =
      '{"name":"DefaultPool","state":"Open Firmware","id":"vhost0","timeStamp":"2026-03-04T12:00:01+0000","received":1.5e14,"version":"1.3.0","drcIndex":"553713696"}';
    expect(bundleOf({ body }).lines[0]?.body).toBe(body);
  });
});

test('plain text of intermediaries, cookies and unknown headers are left out', () => {
  const { text } = bundleOf({
    statusCode: 502,
    headers: { 'content-type': 'text/plain', 'set-cookie': 'JSESSIONID=secret', server: 'proxy.corp' },
    body: 'proxy.corp has no route to hmc1',
  });
  expect(text).toContain('text/plain');
  expect(text).not.toMatch(/secret|corp|hmc1/);
});
