/** Every CredentialProviderConfig that the project shows to an operator: a kubelet starts with it. */

import { beforeAll, describe, expect, test } from 'bun:test';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { builtExecutable } from '../support/built.ts';
import {
  buildHarness,
  buildTimeout,
  kubeletVersions,
  skipWithoutGo,
  startKubelet,
} from '../support/harness.ts';

const root = join(import.meta.dir, '../..');

/** The sample file, and the fenced blocks of the documentation that are whole configurations. */
function samples(): [name: string, text: string][] {
  const found: [string, string][] = [];
  const sample = join(root, 'credential-provider-config.yaml');
  if (existsSync(sample)) found.push(['credential-provider-config.yaml', readFileSync(sample, 'utf8')]);
  const readme = join(root, 'README.md');
  const blocks = existsSync(readme) ? readFileSync(readme, 'utf8').matchAll(/^```ya?ml\n(.*?)^```/gms) : [];
  for (const [, text = ''] of blocks) {
    if (/^kind: CredentialProviderConfig$/m.test(text))
      found.push([`README.md, block ${found.length}`, text]);
  }
  return found;
}

describe.skipIf(skipWithoutGo).each(kubeletVersions)('kubelet %s', version => {
  beforeAll(async () => {
    await buildHarness(version);
    await builtExecutable();
  }, buildTimeout);

  test.each(samples())('starts with %s', async (_, text) => {
    const folder = mkdtempSync(join(tmpdir(), 'sample-'));
    mkdirSync(join(folder, 'bin'));
    symlinkSync(await builtExecutable(), join(folder, 'bin/keyring-credential-provider'));
    writeFileSync(join(folder, 'config.yaml'), text);
    await using kubelet = await startKubelet(version);
    const error = await kubelet.register(join(folder, 'config.yaml'), join(folder, 'bin'));
    rmSync(folder, { recursive: true });
    expect(error).toBeUndefined();
  });
});
