/** `npm start`: the main job on a sample, from the request to the answer, with the built executable. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const root = join(import.meta.dir, '..');
const executable = join(root, 'dist/keyring-credential-provider');
const image = 'sub.my-registry.io/images/my-image:v1';
const config = {
  auths: {
    'sub.my-registry.io/images': { username: 'team', passwordEnv: 'TEAM_PASSWORD' },
    '*my-registry.io/images': [{ auth: btoa('everyone:sample') }, { source: 'anonymous' }],
    '*.dkr.ecr.*.amazonaws.com': { source: 'ecr' },
  },
};

function run(args: readonly string[], stdin: string): string {
  const env = { ...process.env, TEAM_PASSWORD: 'sample-too' };
  const input = new TextEncoder().encode(stdin);
  const { stdout, exitCode } = Bun.spawnSync([executable, ...args], { stdin: input, stderr: 'inherit', env });
  if (exitCode !== 0) process.exit(exitCode);
  return stdout.toString();
}

function show(title: string, text: string): void {
  console.log(`\n— ${title}\n\n${text.trimEnd().replaceAll(/^/gm, '  ')}`);
}

const built = Bun.spawnSync([process.execPath, join(root, 'scripts/build.ts'), '--if-needed'], {
  stdio: ['ignore', 'inherit', 'inherit'],
});
if (!built.success) process.exit(1);

const folder = mkdtempSync(join(tmpdir(), 'keyring-sample-'));
try {
  const file = join(folder, 'config.json');
  writeFileSync(file, JSON.stringify(config, null, 2), { mode: 0o600 });
  const request = run(['request', image], '');
  const answer = run(['--config', file], request);
  show('the configuration', JSON.stringify(config, null, 2));
  show(`the request that a kubelet sends for ${image}`, request);
  show(
    'the answer: three credentials, which the kubelet tries in this order',
    JSON.stringify(JSON.parse(answer), null, 2),
  );
  show('the same, explained', run(['explain', '--config', file, image], '').replaceAll(file, 'config.json'));
} finally {
  rmSync(folder, { recursive: true });
}
