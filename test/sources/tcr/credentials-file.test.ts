import { expect, test } from 'bun:test';
import { parseIni } from '../../../src/sources/tcr/credentials-file.ts';

test.each([
  ['[default]\nsecret_id=a', { default: { secret_id: 'a' } }],
  ['\uFEFF[ default ]\r\nsecret_id = "a b"\r\n', { default: { secret_id: 'a b' } }],
  ["; note\n# note\n[x]\n k = 'v=w' \n[y]\n[x]\nj=1", { x: { k: 'v=w', j: '1' }, y: {} }],
  ['before = any\n[x]\nno value\n=v\nk=1\nk=2', { x: { k: '2' } }],
  ['', {}],
])('INI: %j', (text, sections) => {
  const read = Object.fromEntries(
    [...parseIni(text)].map(([name, keys]) => [name, Object.fromEntries(keys)]),
  );
  expect(read).toEqual(sections as Record<string, Record<string, string>>);
});
