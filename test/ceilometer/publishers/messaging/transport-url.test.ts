import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseTransportUrl } from '../../../../src/ceilometer/publishers/messaging/transport-url.ts';

function read(url: string) {
  const { hosts, virtualHost } = parseTransportUrl(url);
  return {
    hosts: hosts.map(({ host, port, username, password }) => [host, port, username, password.reveal()]),
    virtualHost,
  };
}

test.each([
  ['rabbit://u:p@h', [['h', undefined, 'u', 'p']], '/'],
  ['rabbit://u:p@h/', [['h', undefined, 'u', 'p']], '/'],
  ['rabbit://u:p@h:5673/nova', [['h', 5673, 'u', 'p']], 'nova'],
  [
    'rabbit://u:p@h1:1,v:q@h2:2/%2Fx',
    [
      ['h1', 1, 'u', 'p'],
      ['h2', 2, 'v', 'q'],
    ],
    '/x',
  ],
  [
    'rabbit://u:p@h1,h2',
    [
      ['h1', undefined, 'u', 'p'],
      ['h2', undefined, 'u', 'p'],
    ],
    '/',
  ],
  ['amqp://h', [['h', undefined, 'guest', 'guest']], '/'],
  ['rabbit://u:p%40%2F%2C@[::1]:5672/?ssl=0', [['::1', 5672, 'u', 'p@/,']], '/'],
  ['rabbit://u:@h/v', [['h', undefined, 'u', '']], 'v'],
  ['rabbit://u:p:q@h/v', [['h', undefined, 'u', 'p:q']], 'v'],
])('reads %s', (url, hosts, virtualHost) => {
  expect(read(url)).toEqual({ hosts, virtualHost });
});

test('decodes percent-encoded parts', () => {
  const text = fc.string({ unit: 'grapheme', minLength: 1 });
  fc.assert(
    fc.property(text, text, text, (user, password, virtualHost) => {
      const url = `rabbit://${encodeURIComponent(user)}:${encodeURIComponent(password)}@h:1,h2/${encodeURIComponent(virtualHost)}`;
      expect(read(url)).toEqual({
        hosts: [
          ['h', 1, user, password],
          ['h2', undefined, user, password],
        ],
        virtualHost,
      });
    }),
  );
});

test.each([
  '',
  'http://u:geheim@h',
  'rabbit://',
  'rabbit://u:geheim@',
  'rabbit://u:geheim@h,,',
  'rabbit://u:geheim%@h',
])('rejects %s without showing a password', (url) => {
  expect(() => parseTransportUrl(url)).toThrow(expect.objectContaining({ code: 'POWERVM_CONFIG_INVALID' }));
  expect(() => parseTransportUrl(url)).not.toThrow(/geheim/);
});
