/** AWS's own plugin, https://github.com/kubernetes/cloud-provider-aws, built where Go is present. */

import { existsSync } from 'node:fs';
import { join } from 'node:path';

const version = 'v1.37.0';
const folder = join(import.meta.dir, `../../node_modules/.cache/ecr-credential-provider-${version}`);
const executable = join(folder, 'ecr-credential-provider');

/** Never false on CI, where Go must be there. */
export const hasGo = process.env.CI === 'true' || Bun.which('go') !== null;

/** The path of the peer's executable; the first call takes minutes. */
export function buildPeer(): string {
  if (existsSync(executable)) return executable;
  const module = `k8s.io/cloud-provider-aws/cmd/ecr-credential-provider@${version}`;
  const built = Bun.spawnSync(['go', 'install', '-trimpath', '-ldflags=-s -w', module], {
    env: { ...process.env, CGO_ENABLED: '0', GOBIN: folder },
    stderr: 'pipe',
  });
  if (!built.success) throw new Error(`go install failed: ${built.stderr.toString().slice(-500)}`);
  return executable;
}
