import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeText } from '../../src/base/http/text-decoding.ts';
import { parseAtom, parseXml, readFeed, textAt } from '../../src/rest/formats/atom.ts';
import { PowerVmConsole } from '../../src/rest/index.ts';
import { connect, onlySystem, startSimulator } from '../helpers/console.ts';
import { startHostileConsole } from '../helpers/hostile-console.ts';

const LATIN = 'application/atom+xml;charset=ISO-8859-1';

describe('the character set of a response', () => {
  test.each([
    ['ISO-8859-1 as announced', Buffer.from('Köln', 'latin1'), LATIN, 'Köln'],
    ['UTF-8 under the same header', Buffer.from('Köln 😀'), LATIN, 'Köln 😀'],
    ['UTF-8 without a header', Buffer.from('Köln'), undefined, 'Köln'],
    ['a quoted name', Buffer.from('Köln', 'latin1'), 'text/xml; Charset="iso-8859-1"', 'Köln'],
    [
      'an XML declaration',
      Buffer.from('<?xml version="1.0" encoding="ISO-8859-15"?>\u00a4', 'latin1'),
      'application/xml',
      '<?xml version="1.0" encoding="ISO-8859-15"?>€',
    ],
    ['a byte-order mark', Buffer.from('\ufeff{}'), 'application/json', '{}'],
    ['UTF-16', Buffer.from('\ufeffKöln', 'utf16le'), undefined, 'Köln'],
    ['a name that nobody knows', Buffer.from('K\u00f6ln', 'latin1'), 'text/xml; charset=klingon', 'K\ufffdln'],
    ['nothing at all', Buffer.alloc(0), LATIN, ''],
  ])('%s', (_name, bytes, contentType, text) => {
    expect(decodeText(bytes, contentType)).toBe(text);
  });

  test('UTF-8 text is read correctly, whatever the header says', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.constantFrom(LATIN, undefined, 'text/xml'), (text, header) => {
        expect(decodeText(Buffer.from(text), header)).toBe(text.replace(/^\ufeff/, ''));
      }),
    );
  });

  test('names of systems and partitions are decoded correctly', async () => {
    for (const encoding of ['latin1', 'utf8'] as const) {
      const hostile = await startHostileConsole((request, response) => {
        const isQuick = request.url?.includes('quick');
        response.writeHead(isQuick ? 404 : 200, { 'content-type': LATIN });
        response.end(
          Buffer.from(
            '<feed><entry><id>95329c84-9a01-330f-809e-2e5577110d1e</id><content><ManagedSystem><SystemName>Zürich</SystemName></ManagedSystem></content></entry></feed>',
            encoding,
          ),
        );
      });
      const client = new PowerVmConsole({ endpoint: hostile.url, username: 'u', password: 'p' });
      expect((await client.managedSystems()).map(({ name }) => name)).toEqual(['Zürich']);
      await client.logoff();
    }
  });
});

describe('references to characters', () => {
  test.each([
    ['caf&#233; &#x1F600; A&amp;B &#38;lt;', 'café 😀 A&B &lt;'],
    ['&amp;#233; &amp;amp;', '&#233; &amp;'],
    ['&#0; &#xD800; &#x110000; &#8; &#99999999;', '&#0; &#xD800; &#x110000; &#8; &#99999999;'],
    ['&copy; & &unknown;', '&copy; & &unknown;'],
    ['&quot;&apos;&lt;&gt;', '"\'<>'],
  ])('%s', (written, meant) => {
    expect(parseXml(`<a b="${written.replaceAll('"', '')}">x${written}x</a>`, 'x')).toMatchObject({
      text: `x${meant}x`,
      attributes: { b: meant },
    });
  });

  test('every text is restored from any mix of character escapes', () => {
    const character = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 1 }).filter((text) => text.trim() !== '');
    const escapes = [
      (text: string) => [...text].map((one) => `&#${one.codePointAt(0)};`).join(''),
      (text: string) => [...text].map((one) => `&#x${one.codePointAt(0)?.toString(16)};`).join(''),
      (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;'),
    ];
    fc.assert(
      fc.property(fc.array(fc.tuple(character, fc.nat(2)), { minLength: 1 }), (parts) => {
        const text = parts.map(([one]) => one).join('');
        // A parser may not leave such characters as they are.
        fc.pre(!/[\p{Cc}\ufffe\uffff]/u.test(text));
        const written = parts.map(([one, way]) => escapes[way]?.(one)).join('');
        expect(parseXml(`<a>${written}</a>`, 'x').text).toBe(text);
      }),
    );
  });
});

describe('limits of XML', () => {
  const MIB = 1024 * 1024;
  const inEntry = (content: string) => `<feed><entry><id>1</id>${content}</entry></feed>`;

  test.each([
    ['a text', 'x'.repeat(31 * MIB)],
    ['a text of closing brackets', '>'.repeat(8 * MIB)],
    ['blanks', ' '.repeat(31 * MIB)],
    ['an attribute', `<a b="${'x'.repeat(8 * MIB)}"/>`],
    ['a name of an element', `<${'x'.repeat(8 * MIB)}/>`],
    ['CDATA', `<a><![CDATA[${'x'.repeat(8 * MIB)}]]></a>`],
    ['a comment', `<!--${'x'.repeat(8 * MIB)}-->`],
    ['an instruction', `<?a ${'x'.repeat(8 * MIB)}?>`],
    ['elements', '<a/>'.repeat(200_000)],
    ['attributes', `<a ${'a="1" '.repeat(200_000)}/>`],
    ['many texts', `<a>${'x'.repeat(60_000)}</a>`.repeat(100)],
  ])('%s of an entry or feed beyond the limit is rejected', async (_what, content) => {
    const refused = { code: 'POWERVM_ANSWER_TOO_LARGE' };
    await expect(readFeed(inEntry(content), 'x', () => 1)).rejects.toMatchObject(refused);
    await expect(readFeed(`<feed>${content}</feed>`, 'x', () => 1)).rejects.toMatchObject(refused);
    expect(() => parseXml(`<a>${content}</a>`, 'x')).toThrow(expect.objectContaining(refused));
  });

  test('a large feed is read entry by entry without blocking the event loop', async () => {
    const entry = `<entry><id>1</id>${'<a kb="x">some name</a>'.repeat(300)}</entry>`;
    let turns = 0;
    const timer = setInterval(() => {
      turns += 1;
    }, 1);
    const items = await readFeed(`<feed>${entry.repeat(600)}</feed>`, 'x', ({ element }) => textAt(element, 'id'));
    clearInterval(timer);
    expect(items).toHaveLength(600);
    expect(turns).toBeGreaterThan(3);
  });

  test('reading entry by entry equals reading the whole feed', async () => {
    const entries = ['<entry><id>1</id></entry>', '<a:entry><a:id>2</a:id></a:entry >', '<entry/>'];
    const ids = async (text: string) => readFeed(text, 'x', ({ element }) => textAt(element, 'id') ?? 'none');
    expect(await ids(`<?xml version="1.0"?>\n<feed><title>t</title>${entries[0]}\n${entries[1]}<x/></feed>`)).toEqual([
      '1',
      '2',
    ]);
    expect(await ids(`<?xml version="1.0"?>${entries[0]}`)).toEqual(['1']);
    expect(await ids('<feed><entrypoint/></feed>')).toEqual([]);
    await expect(ids(`<feed>${entries[0]}`)).rejects.toThrow('cut off');
    await expect(ids('<feed><entry><id>1</id>')).rejects.toThrow('cut off');
    await expect(ids('<other><entry></entry></other>')).rejects.toThrow('<other> came instead');
    expect(parseAtom(`<feed>${entries[0]}</feed>`, 'x')).toHaveLength(1);
  });

  test('such a response fails its request and nothing else', async () => {
    const simulator = await startSimulator();
    const console = connect(simulator);
    const { id } = onlySystem(simulator);
    simulator.intercept = ({ path }) =>
      path.includes('RawMetrics') ? { body: `<feed>${'x'.repeat(20 * MIB)}</feed>` } : undefined;
    await expect(console.longTermMonitorFeed(id)).rejects.toMatchObject({ code: 'POWERVM_ANSWER_TOO_LARGE' });
    simulator.intercept = undefined;
    expect((await console.longTermMonitorFeed(id)).length).toBeGreaterThan(0);
  });
});

test('events, job responses and other entries in a PCM feed are skipped', async () => {
  const simulator = await startSimulator();
  const console = connect(simulator);
  const { id } = onlySystem(simulator);
  const others =
    '<entry><id>e</id><title>Event</title><content type="application/vnd.ibm.powervm.uom+xml; type=Event"><Event:Event xmlns:Event="u"><EventType>MODIFY_URI</EventType></Event:Event></content></entry>' +
    '<entry><id>j</id><content><JobResponse:JobResponse xmlns:JobResponse="u"><Status>COMPLETED_OK</Status></JobResponse:JobResponse></content></entry>';
  const usual = await console.longTermMonitorFeed(id);
  const { body } = await new Promise<{ body: string }>((resolve) => {
    const listening = connect(simulator, {
      onResponse: ({ path }, reply) => {
        if (path.includes('RawMetrics')) resolve(reply);
      },
    });
    void listening.longTermMonitorFeed(id);
  });
  simulator.intercept = ({ path }) =>
    path.includes('RawMetrics') ? { body: body.replace('<entry>', `${others}<entry>`) } : undefined;
  expect(await console.longTermMonitorFeed(id)).toEqual(usual);
  simulator.intercept = ({ path }) => (path.includes('RawMetrics') ? { body: '<JobResponse/>' } : undefined);
  await expect(console.longTermMonitorFeed(id)).rejects.toMatchObject({ code: 'POWERVM_ANSWER_INVALID' });
});
