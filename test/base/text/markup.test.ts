import { XMLParser } from 'fast-xml-parser';
import { expect, test } from 'vitest';
import { escapeMarkup } from '../../../src/base/text/markup.ts';

const hostile = `<script>alert("x & y")</script> it's '&lt;'`;

test('text is read back by an XML parser as it was, from an element and from an attribute', () => {
  const parser = new XMLParser({ ignoreAttributes: false, attributeNamePrefix: '', trimValues: false });
  const text = escapeMarkup(hostile);
  expect(parser.parse(`<a b="${text}" c='${text}'>${text}</a>`)).toEqual({
    a: { '#text': hostile, b: hostile, c: hostile },
  });
});

test('text without markup stays as it is', () => {
  expect(escapeMarkup('lpar-01 (größte)')).toBe('lpar-01 (größte)');
});
