/** Every CredentialProviderConfig that the project shows to an operator: a kubelet starts with it and asks the plugin. */

import { beforeAll, describe, expect, test } from 'bun:test';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkConfig } from '../../src/kubelet/config.ts';
import {
  buildHarness,
  buildTimeout,
  type KubeletVersion,
  kubeletVersions,
  skipWithoutGo,
  startKubelet,
} from '../support/harness.ts';

const root = join(import.meta.dir, '../..');
const sample = readFileSync(join(root, 'credential-provider-config.yaml'), 'utf8');
const readme = readFileSync(join(root, 'README.md'), 'utf8');

interface Sample {
  readonly name: string;
  readonly text: string;
}

/** The fenced blocks of the README that are whole configurations. */
const blocks: readonly Sample[] = [...readme.matchAll(/^ *```\w*\n(.*?)^ *```/gms)]
  .map(([, text = '']) => text)
  .filter(text => /kind\W+CredentialProviderConfig/.test(text))
  .map((text, i) => ({ name: `configuration ${i + 1} of README.md`, text }));

const samples: readonly Sample[] = [
  { name: 'credential-provider-config.yaml', text: sample },
  { name: 'credential-provider-config.yaml with what is commented out', text: uncommented(sample) },
  ...blocks,
];

/** For older kubelets the sample's comments name other versions, of the file and of the request alike. */
const olderSamples: readonly Sample[] = samples
  .filter(({ text }) => !text.includes('tokenAttributes'))
  .flatMap(({ name, text }) =>
    ['v1beta1', 'v1alpha1'].map(version => ({
      name: `${name} as ${version}`,
      text: text.replaceAll(/^(\W*apiVersion: \S+\/)v1$/gm, `$1${version}`),
    })),
  );

/** With `# args: …` and `# env:` and what belongs to that as settings. */
function uncommented(text: string): string {
  return text.replaceAll(/^( +)# (args:|env:| +- name:| +value:)/gm, '$1$2');
}

function parsed(text: string): { apiVersion: string; providers: { name: string; apiVersion: string }[] } {
  return Bun.YAML.parse(text) as ReturnType<typeof parsed>;
}

/** A kubelet that starts with the text, with a plugin for each provider that notes the images it is asked for. */
async function asked(version: KubeletVersion, text: string, images: readonly string[]): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'sample-'));
  try {
    mkdirSync(join(folder, 'bin'));
    for (const { name } of parsed(text).providers) {
      const path = join(folder, 'bin', name);
      writeFileSync(path, `#!/bin/sh\ncat >>'${folder}/requests'\nexit 1\n`);
      chmodSync(path, 0o755);
    }
    writeFileSync(join(folder, 'config.yaml'), text);
    writeFileSync(join(folder, 'requests'), '');
    await using kubelet = await startKubelet(version);
    const error = await kubelet.register(join(folder, 'config.yaml'), join(folder, 'bin'));
    if (error !== undefined) throw new Error(error);
    if (images.length > 0) await kubelet.lookup(images);
    const lines = readFileSync(join(folder, 'requests'), 'utf8').trim().split('\n');
    return lines.filter(line => line !== '').map(line => JSON.parse(line).image);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test('the README shows a configuration, and every one that it shows is found', () => {
  const shown = readme.match(/kind\W+CredentialProviderConfig/g) ?? [];
  expect(blocks.length).toBeGreaterThan(0);
  expect(blocks).toHaveLength(shown.length);
});

test('what is commented out in the sample becomes args and env, and an older version stands in both places', () => {
  const [provider] = parsed(uncommented(sample)).providers;
  expect(provider).toMatchObject({ args: ['--config', expect.any(String)], env: [{ name: 'HTTPS_PROXY' }] });
  for (const version of ['v1beta1', 'v1alpha1']) {
    const { apiVersion, providers } = parsed(
      olderSamples.find(({ name }) => name === `credential-provider-config.yaml as ${version}`)?.text ?? '',
    );
    expect(apiVersion).toBe(`kubelet.config.k8s.io/${version}`);
    expect(providers.map(provider => provider.apiVersion)).toEqual([
      `credentialprovider.kubelet.k8s.io/${version}`,
    ]);
    expect(sample).toContain(version);
  }
});

test.each([...samples, ...olderSamples])("$name is right by the project's own rules", ({ text }) => {
  expect(checkConfig([Bun.YAML.parse(text)])).toEqual([]);
});

describe.skipIf(skipWithoutGo).each(kubeletVersions)('kubelet %s', version => {
  beforeAll(() => buildHarness(version), buildTimeout);

  test.each([...samples, ...olderSamples])('starts with $name', async ({ text }) => {
    expect(await asked(version, text, [])).toEqual([]);
  });

  test('asks about every registry that the comments of the sample name', async () => {
    const comments = [...sample.matchAll(/^ +- "[^"]+" *# (.*)$/gm)].map(([, comment = '']) => comment);
    const named = comments.join(' ').match(/[a-z0-9-]+(\.[a-z0-9-]+)*\.(io|aws|com|cn)\b/g) ?? [];
    expect(named.length).toBeGreaterThan(5);
    const others = ['localhost', 'localhost:5000', '10.0.0.7', '10.0.0.7:5000'];
    const images = [...named, ...others].map(registry => `${registry}/team/app`);
    expect(await asked(version, sample, images)).toEqual(images);
    expect(await asked(version, sample, ['reg.io:5001/team/app'])).toEqual([]);
  });
});
