/** The validation of CredentialProviderConfig: rows of the kubelet's own tests, and the kubelet itself as the judge. */

import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkConfig } from '../../src/kubelet/config.ts';
import {
  buildHarness,
  buildTimeout,
  kubeletVersions,
  skipWithoutGo,
  startKubelet,
} from '../support/harness.ts';
import rows from './rows.json';

const v1 = 'credentialprovider.kubelet.k8s.io/v1';
const tokenAttributes = {
  serviceAccountTokenAudience: 'registry',
  cacheType: 'ServiceAccount',
  requireServiceAccount: true,
  requiredServiceAccountAnnotationKeys: ['now-with-dashes/simple', 'Upper.Case/Name'],
  optionalServiceAccountAnnotationKeys: ['plain'],
};

/** A valid configuration with one provider, and what to change in that. */
function config(provider: object = {}, version = 'v1'): Record<string, unknown> {
  return {
    kind: 'CredentialProviderConfig',
    apiVersion: `kubelet.config.k8s.io/${version}`,
    providers: [
      { name: 'plugin', matchImages: ['*.io'], defaultCacheDuration: '1m', apiVersion: v1, ...provider },
    ],
  };
}

function withTokens(attributes: object): Record<string, unknown> {
  return config({ tokenAttributes: { ...tokenAttributes, ...attributes } });
}

const duplicateKey = 'now-with-dashes/simple';
/** The configuration that each row of the kubelet's validation test is about. */
const rowConfigs: Readonly<Record<string, Record<string, unknown>>> = {
  'no providers provided': { ...config(), providers: [] },
  'no matchImages provided': config({ matchImages: [] }),
  'no default cache duration provided': config({ defaultCacheDuration: undefined }),
  "name contains '/'": config({ name: 'foo/../bar' }),
  "name is '.'": config({ name: '.' }),
  "name is '..'": config({ name: '..' }),
  'name contains spaces': config({ name: 'foo bar' }),
  'no apiVersion': config({ apiVersion: '' }),
  'invalid apiVersion': config({ apiVersion: 'credentialprovider.kubelet.k8s.io/v1alpha0' }),
  'negative default cache duration': config({ defaultCacheDuration: '-1m0s' }),
  'invalid match image': config({ matchImages: ['%invalid%'] }),
  'valid config': config(),
  'token attributes, empty serviceAccountTokenAudience': withTokens({ serviceAccountTokenAudience: '' }),
  'token attributes, empty cacheType': withTokens({ cacheType: '' }),
  'token attributes, invalid cacheType': withTokens({ cacheType: 'invalid-cache-type' }),
  'token attributes, requireServiceAccount nil': withTokens({ requireServiceAccount: null }),
  'required annotation key not qualified name': withTokens({
    requiredServiceAccountAnnotationKeys: ['cantendwithadash-'],
  }),
  'optional annotation key not qualified name': withTokens({
    optionalServiceAccountAnnotationKeys: ['cantendwithadash-'],
  }),
  'duplicate required annotation keys': withTokens({
    requiredServiceAccountAnnotationKeys: [duplicateKey, duplicateKey],
  }),
  'duplicate optional annotation keys': withTokens({
    requiredServiceAccountAnnotationKeys: [],
    optionalServiceAccountAnnotationKeys: [duplicateKey, duplicateKey],
  }),
  'annotation key in required and optional': withTokens({
    requiredServiceAccountAnnotationKeys: ['now-with-dashes/simple-2'],
    optionalServiceAccountAnnotationKeys: ['now-with-dashes/simple-2'],
  }),
  'required keys set with requireServiceAccount=false': withTokens({ requireServiceAccount: false }),
  'valid config with tokenAttributes, gate enabled': withTokens({}),
  'tokenAttributes with v1alpha1 provider apiVersion': config({ apiVersion: `${v1}alpha1`, tokenAttributes }),
  'tokenAttributes with v1beta1 provider apiVersion': config({ apiVersion: `${v1}beta1`, tokenAttributes }),
  'config with wrong Kind': { ...config({}, 'v1alpha1'), kind: 'WrongKind' },
  'config with wrong apiversion': { ...config(), apiVersion: 'foobar/v1alpha1' },
  'unknown field': config({ unknownField: 1 }),
  'tokenAttributes in a v1alpha1 config': config({ tokenAttributes }, 'v1alpha1'),
  'tokenAttributes in a v1beta1 config': config({ tokenAttributes }, 'v1beta1'),
};

/** More that a kubelet refuses or accepts, with a part of our message. */
const moreConfigs: readonly [string, unknown, string | undefined][] = [
  ['a key with the wrong case', config({ MatchImages: ['x'] }), 'unknown field "providers[0].MatchImages"'],
  ['an unknown field at the top', { ...config(), extra: 1 }, 'unknown field "extra"'],
  ['a duration as a number', config({ defaultCacheDuration: 60 }), 'expected a duration'],
  ['a duration without a unit', config({ defaultCacheDuration: '60' }), 'invalid duration "60"'],
  ['a duration of zero', config({ defaultCacheDuration: '0' }), undefined],
  ['a duration of several units', config({ defaultCacheDuration: '+1h1.5m' }), undefined],
  ['a duration in days', config({ defaultCacheDuration: '1d' }), 'invalid duration "1d"'],
  ['args that are no list', config({ args: '--x' }), 'expected a list'],
  ['a number among the args', config({ args: [1] }), 'expected a string'],
  ['null among the args', config({ args: [null] }), undefined],
  [
    'env with an unknown field',
    config({ env: [{ name: 'A', valueFrom: 'x' }] }),
    'providers[0].env[0].valueFrom',
  ],
  ['env', config({ env: [{ name: 'A', value: 'b' }] }), undefined],
  ['no kind', { ...config(), kind: undefined }, "Object 'Kind' is missing"],
  ['no apiVersion', { ...config(), apiVersion: undefined }, "Object 'apiVersion' is missing"],
  ['a configuration that is a list', [config()], 'expected an object'],
  ['an empty provider', { ...config(), providers: [{}] }, 'Required value'],
  ['null for providers', { ...config(), providers: null }, 'at least 1 item in plugins is required'],
  ['a port that is a star', config({ matchImages: ['gcr.io:*'] }), 'invalid port ":*" after host'],
  ['a class', config({ matchImages: ['reg[0-9].io'] }), '"[" is only allowed at the start'],
  [
    'patterns that can match nothing',
    config({ matchImages: ['https://gcr.io', 'gcr.io/*', '', '/x'] }),
    undefined,
  ],
  ['v1beta1', config({}, 'v1beta1'), undefined],
  ['v1alpha1', config({ apiVersion: `${v1}alpha1` }, 'v1alpha1'), undefined],
  [
    'an annotation key with two slashes',
    withTokens({ optionalServiceAccountAnnotationKeys: ['a/b/c'] }),
    'qualified name',
  ],
  [
    'an annotation key with an empty prefix',
    withTokens({ optionalServiceAccountAnnotationKeys: ['/c'] }),
    'prefix part',
  ],
  [
    'an annotation key with a bad prefix',
    withTokens({ optionalServiceAccountAnnotationKeys: ['a_b/c'] }),
    'prefix part',
  ],
  [
    'an annotation key without a name',
    withTokens({ optionalServiceAccountAnnotationKeys: ['a/'] }),
    'name part',
  ],
  [
    'the same name twice',
    { ...config(), providers: [config(), config()].flatMap(({ providers }) => providers) },
    'duplicate provider name "plugin" found in configuration file(s)',
  ],
];

function messages(...files: unknown[]): string[] {
  const json = files.map(file => JSON.parse(JSON.stringify(file)));
  return checkConfig(json).map(({ path, message }) => `${path.replaceAll(/\[\d+\]/g, '')}: ${message}`);
}

describe('rows of the kubelet itself', () => {
  const inHand = rows.configValidation.filter(({ name }) => name in rowConfigs);
  test.each(inHand)('$name', row => {
    const expected = row.error ?? row.errorPrefix;
    const [message = '', ...others] = messages(rowConfigs[row.name]);
    if (expected === undefined || expected === null) expect(message).toBe('');
    else expect(message).toStartWith(expected);
    expect(others).toEqual([]);
  });

  test('tokenAttributes are refused while the gate is off', () => {
    const row = rows.configValidation.find(({ name }) => name === 'token attributes set, gate disabled');
    const [finding] = checkConfig([withTokens({})], { serviceAccountTokens: false });
    expect(`${finding?.path.replace('[0]', '')}: ${finding?.message}`).toBe(row?.error ?? 'the row');
  });

  test.each(rows.configDecode.filter(({ name }) => name in rowConfigs))('$name', row => {
    expect(messages(rowConfigs[row.name])[0]).toContain(row.error ?? 'an error');
  });

  test.each(rows.matchImagesValidation)('$value in matchImages: $valid', ({ value, valid, error }) => {
    const found = messages(config({ matchImages: value === null ? [] : [value] }));
    expect(found).toEqual(valid ? [] : [error ?? 'an error']);
  });

  test('every row is in hand, but those about folders, the gate and names', () => {
    const names = [...rows.configValidation, ...rows.configDecode].map(({ name }) => name);
    expect(names.filter(name => !(name in rowConfigs) && !name.startsWith('directory: '))).toEqual([
      'duplicate names',
      'token attributes set, gate disabled',
    ]);
  });
});

test.each(moreConfigs)('%s', (_, value, message) => {
  if (message === undefined) expect(messages(value)).toEqual([]);
  else expect(messages(value).join('\n')).toContain(message);
});

test('files of a folder are one configuration: names must differ across them', () => {
  expect(messages(config(), config({ name: 'other' }, 'v1beta1'))).toEqual([]);
  expect(messages(config(), config())).toEqual([
    'providers.name: duplicate provider name "plugin" found in configuration file(s)',
  ]);
});

describe.skipIf(skipWithoutGo).each(kubeletVersions)('kubelet %s', version => {
  const folder = mkdtempSync(join(tmpdir(), 'kubelet-config-'));
  const binDir = join(folder, 'bin');
  beforeAll(async () => {
    await buildHarness(version);
    mkdirSync(binDir);
    writeFileSync(join(binDir, 'plugin'), '#!/bin/sh\n');
    chmodSync(join(binDir, 'plugin'), 0o755);
  }, buildTimeout);
  afterAll(() => rmSync(folder, { recursive: true }));

  async function startError(value: unknown): Promise<string | undefined> {
    const path = join(folder, 'config.json');
    writeFileSync(path, JSON.stringify(value));
    await using kubelet = await startKubelet(version);
    return kubelet.register(path, binDir);
  }

  const all = [...Object.entries(rowConfigs), ...moreConfigs.map(([name, value]) => [name, value] as const)];
  test.each(all)('starts exactly when nothing is found: %s', async (_, value) => {
    const error = await startError(value);
    expect({ error, starts: error === undefined }).toEqual({ error, starts: messages(value).length === 0 });
  });

  test.each(Object.entries(rowConfigs))('says what is found: %s', async (_, value) => {
    const error = (await startError(value)) ?? '';
    for (const message of messages(value)) {
      expect(error).toContain(message.replace(/^.*: (no kind|strict decoding)/, '$1'));
    }
  });
});
