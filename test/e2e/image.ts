/** Makes a tiny image out of a static busybox: it serves as application and as the pause container of a pod. */

import { createHash } from 'node:crypto';
import { copyFileSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from './process.ts';

/** Writes an archive in the format of `docker save` that holds the image under this name; gives its path. */
export async function makeImage(folder: string, name: string): Promise<string> {
  const root = join(folder, 'image-root');
  mkdirSync(join(root, 'bin'), { recursive: true });
  copyFileSync('/bin/busybox', join(root, 'bin/busybox'));
  symlinkSync('busybox', join(root, 'bin/sh'));
  await run(['tar', '-C', root, '-cf', join(folder, 'layer.tar'), '.']);
  const diffId = createHash('sha256')
    .update(readFileSync(join(folder, 'layer.tar')))
    .digest('hex');
  const config = {
    architecture: process.arch === 'x64' ? 'amd64' : 'arm64',
    os: 'linux',
    config: { Entrypoint: ['/bin/busybox', 'sleep', '1000000'] },
    rootfs: { type: 'layers', diff_ids: [`sha256:${diffId}`] },
  };
  writeFileSync(join(folder, 'config.json'), JSON.stringify(config));
  const manifest = [{ Config: 'config.json', RepoTags: [name], Layers: ['layer.tar'] }];
  writeFileSync(join(folder, 'manifest.json'), JSON.stringify(manifest));
  const archive = join(folder, 'image.tar');
  await run(['tar', '-C', folder, '-cf', archive, 'manifest.json', 'config.json', 'layer.tar']);
  return archive;
}
