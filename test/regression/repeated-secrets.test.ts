import { inspect } from 'node:util';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { withoutSecrets } from '../../src/base/secrets/secret.ts';
import { connect, startSimulator } from '../helpers/console.ts';

// Servers repeat what they were sent, as it is or spelt otherwise; whoever knows the spelling reads the password in the log.

const escapeXml = (text: string) =>
  text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
const everyCharacter = (text: string, write: (code: number) => string) =>
  Array.from({ length: text.length }, (_, index) => write(text.charCodeAt(index))).join('');

const spellings: Readonly<Record<string, (secret: string) => string>> = {
  'as it is': (secret) => secret,
  'in capitals': (secret) => secret.toUpperCase(),
  'in small letters': (secret) => secret.toLowerCase(),
  'escaped for XML': escapeXml,
  'escaped for XML twice': (secret) => escapeXml(escapeXml(secret)),
  'as decimal references': (secret) => [...secret].map((one) => `&#${one.codePointAt(0)};`).join(''),
  'as hexadecimal references': (secret) => [...secret].map((one) => `&#x${one.codePointAt(0)?.toString(16)};`).join(''),
  'escaped for a URL': encodeURIComponent,
  'escaped for a URL twice': (secret) => encodeURIComponent(encodeURIComponent(secret)),
  'as a form field': (secret) => new URLSearchParams({ a: secret }).toString().slice(2),
  'as bytes of a URL': (secret) =>
    [...Buffer.from(secret)].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join(''),
  'in JSON': (secret) => JSON.stringify(secret),
  'in JSON in JSON': (secret) => JSON.stringify(JSON.stringify({ secret })),
  'as escapes of JSON': (secret) => everyCharacter(secret, (code) => `\\u${code.toString(16).padStart(4, '0')}`),
  'split by blanks': (secret) => [...secret].join(' '),
  'split over lines': (secret) => [...secret].join('\r\n  '),
  'split by tags': (secret) => `<b>${[...secret].map(escapeXml).join('</b><b>')}</b>`,
  'split by invisible marks': (secret) => [...secret].join('\u200b'),
  'in base64': (secret) => Buffer.from(secret).toString('base64'),
  'in base64 as Basic': (secret) => `Basic ${Buffer.from(`hscroot:${secret}`).toString('base64')}`,
  'in base64 between others': (secret) => Buffer.from(`ab${secret}cd`).toString('base64'),
  'in base64 for URLs': (secret) => Buffer.from(`a${secret}`).toString('base64url'),
  'in base64 over lines': (secret) =>
    Buffer.from(secret)
      .toString('base64')
      .replaceAll(/(.{4})/g, '$1\n'),
  'in hexadecimal': (secret) => Buffer.from(secret).toString('hex'),
  'read as ISO-8859-1': (secret) => Buffer.from(secret).toString('latin1'),
  'escaped for a URL in XML in JSON': (secret) => JSON.stringify(escapeXml(encodeURIComponent(secret))),
};

/** What is left of a text besides the marks of what was taken out: nothing from which the secret could be read. */
function requireGone(written: string, secret: string): void {
  const shown = withoutSecrets(`before ${written} after`, [secret]);
  expect(shown).toContain('[redacted]');
  expect(shown).toMatch(/^before /);
  expect(shown).toMatch(/ after$/);
  expect(shown.length).toBeLessThan('before  after'.length + '[redacted]'.length + 60);
  expect(shown.toLowerCase()).not.toContain(secret.toLowerCase());
}

describe.each(Object.entries(spellings))('a secret repeated %s', (_name, spell) => {
  test('is removed', () => {
    for (const secret of [
      'abc123',
      'S3cr"e\'t <&>',
      'pä€s w\\ord',
      'a+b/c=d-e_f',
      '100%25sure',
      '<tag>&amp;',
      '\\nothing',
    ]) {
      requireGone(spell(secret), secret);
    }
  });

  test('is removed, for any secret', () => {
    const secret = fc
      .string({ unit: fc.constantFrom(...'abcXYZ019 "\'&<>%\\+-_:/=äß€'), minLength: 6, maxLength: 24 })
      .filter((text) => text.trim() === text && text.replaceAll(/[\s+\-:\\<>]/g, '').length > 4);
    fc.assert(
      fc.property(secret, (text) => requireGone(spell(text), text)),
      { numRuns: 50 },
    );
  });
});

test('a short secret is removed only as a whole word', () => {
  expect(withoutSecrets('user "ab" or <ab> in about', ['ab'])).toBe('user "[redacted]" or <[redacted]> in about');
});

test('text without a secret is unchanged', () => {
  for (const text of ['The user name is not valid.', '', '&amp; <b>%20</b> \\u0041']) {
    expect(withoutSecrets(text, ['abc123', ''])).toBe(text);
  }
});

test('any text is processed in linear time', () => {
  const size = 65_536;
  for (const piece of ['\\', ' ', 'S', 'S ', '&amp;', '%25', '<', '<a', '&#0', 'S3cr"e\'t', 'x']) {
    withoutSecrets(piece.repeat(size / piece.length), ['S3cr"e\'t <&>', `${'x'.repeat(200)}y`]);
  }
});

describe('a console that repeats the password of a refused logon', () => {
  const password = `S3cr"e't <&>pä ss`;
  const bodies: Readonly<Record<string, (spelt: string) => string>> = {
    'in an error response': (spelt) =>
      `<HttpErrorResponse><ReasonCode>${escapeXml(spelt)}</ReasonCode><Message>refused: ${escapeXml(spelt)}</Message></HttpErrorResponse>`,
    'in a page': (spelt) => `<html><body><h1>${spelt}</h1></body></html>`,
    'as a text': (spelt) => `wrong password: ${spelt}`,
  };

  test.each([200, 201, 302, 400, 401, 403, 404, 406, 500])(
    'with %i does not leak it into any output',
    async (status) => {
      for (const spell of Object.values(spellings)) {
        for (const form of Object.values(bodies)) {
          const simulator = await startSimulator({ password });
          simulator.intercept = () => ({ status, body: form(spell(password)) });
          const error = await connect(simulator, { logonTries: 1 })
            .managedSystems()
            .catch((reason: unknown) => reason);
          expect(error).toBeInstanceOf(Error);
          const shown = inspect(error, { depth: 9 });
          for (const other of [
            'as it is',
            'escaped for XML',
            'escaped for a URL',
            'in base64',
            'in hexadecimal',
            'in capitals',
          ]) {
            expect(shown).not.toContain(spellings[other]?.(password));
          }
          expect(shown).not.toMatch(/S3cr|s3cr|UzNjc/);
        }
      }
    },
  );
});
