import { expect, test } from 'bun:test';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { withReference } from '../../scripts/reference.ts';

test('the reference in the README says what the schema says', () => {
  const text = readFileSync(join(import.meta.dir, '../../README.md'), 'utf8');
  expect(withReference(text)).toBe(text);
});
