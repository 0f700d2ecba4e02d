import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import {
  cacheFields,
  type Field,
  fileFields,
  type SourceType,
  sourceFields,
} from '../../src/config/fields.ts';
import { shapeFindings } from '../../src/config/findings.ts';
import { nearest } from '../../src/config/nearest.ts';
import { isPlainFile } from '../../src/config/shape.ts';

const types = Object.keys(sourceFields) as SourceType[];

const right: Record<Field['type'], fc.Arbitrary<unknown>> = {
  text: fc.string(),
  flag: fc.boolean(),
  duration: fc.constantFrom('5m', '1s'),
  texts: fc.array(fc.string()),
  map: fc.dictionary(fc.string(), fc.string()),
};
const anything = fc.oneof(fc.jsonValue(), fc.string(), fc.boolean());

/** Objects of a table of fields; now and then a value of another type or a key of no table. */
function objectOf(fields: Readonly<Record<string, Field>>): fc.Arbitrary<Record<string, unknown>> {
  const values = Object.entries(fields).map(([key, { type, values }]) => {
    const value = values === undefined ? right[type] : fc.constantFrom(...values);
    return [key, fc.oneof({ weight: 30, arbitrary: value }, { weight: 1, arbitrary: anything })] as const;
  });
  const known = fc.record(Object.fromEntries(values), { requiredKeys: [] });
  const odd = fc.dictionary(fc.constantFrom('__proto__', 'constructor', 'x', 'auths', 'helper'), anything, {
    maxKeys: 1,
  });
  return fc.oneof(
    { weight: 12, arbitrary: known },
    { weight: 1, arbitrary: fc.tuple(known, odd).map(parts => Object.assign({}, ...parts)) },
  );
}

const inline = fc.constantFrom(...types).chain(type => {
  return objectOf(sourceFields[type]).map(options =>
    type === 'static' ? options : { source: type, ...options },
  );
});
const credential = fc.oneof(inline, fc.record({ source: fc.string() }), { weight: 1, arbitrary: anything });
const source = fc
  .constantFrom(...types)
  .chain(type => objectOf(sourceFields[type]).map(options => ({ type, ...options })));
const fileShape = fc
  .tuple(
    objectOf(fileFields),
    fc.record(
      {
        auths: fc.dictionary(fc.string(), fc.oneof(credential, fc.array(credential, { maxLength: 3 })), {
          maxKeys: 4,
        }),
        sources: fc.dictionary(fc.string(), fc.oneof({ weight: 9, arbitrary: source }, anything), {
          maxKeys: 2,
        }),
        cache: objectOf(cacheFields),
      },
      { requiredKeys: [] },
    ),
  )
  .map(parts => Object.assign({}, ...parts));

test('what the quick check accepts, the schema accepts; and the other way round, but for keys that docker alone knows', () => {
  let plain = 0;
  fc.assert(
    fc.property(fileShape, value => {
      const parsed = JSON.parse(JSON.stringify(value));
      const isPlain = isPlainFile(parsed);
      if (isPlain) plain += 1;
      expect(shapeFindings(parsed).length === 0).toBe(isPlain);
    }),
    { numRuns: 3000 },
  );
  expect(plain).toBeGreaterThan(300);
});

test('neither falls over any JSON', () => {
  fc.assert(
    fc.property(fc.jsonValue(), value => {
      if (isPlainFile(value)) expect(shapeFindings(value)).toEqual([]);
    }),
    { numRuns: 3000 },
  );
});

describe('the nearest known word', () => {
  test.each([
    ['usrname', 'username'],
    ['userName', 'username'],
    ['passwordFiel', 'passwordFile'],
    ['pasword', 'password'],
    ['PASSWORD', 'password'],
    ['completely', undefined],
    ['', undefined],
  ])('%s: %s', (word, expected) => {
    expect(nearest(word, Object.keys(sourceFields.static))).toBe(expected);
  });
});
