/** The executable runs on every system that Tencent's TKE still offers: glibc 2.17, Linux 3.10, amd64 and arm64. */

import { beforeAll, describe, expect, test } from 'bun:test';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { answerOf, type Carrier, executable, requestFor, runProgram } from '../support/executable.ts';
import { temporaryFolder } from '../support/folder.ts';
import { findTool } from '../support/tools.ts';

const root = join(import.meta.dir, '../..');
const folder = temporaryFolder();
const helper = folder.write(
  'bin/docker-credential-test',
  '#!/bin/sh\necho \'{"Username":"h","Secret":"p"}\'\n',
  0o755,
);
const PATH = `${join(helper, '..')}:${process.env.PATH}`;
const config = folder.write('conf.d/1.json', {
  auths: {
    'static.io': { auth: btoa('u:p') },
    'file.io': { username: 'u', passwordFile: '../secret' },
    'helper.io': { source: 'docker-credential-helper', helper: 'test' },
    'broken.io': { username: 'u', passwordFile: '/nonexistent' },
  },
});
folder.write('secret', 'p');

/** Every path of an answer that needs no cloud. */
async function everyAnswer(carrier: Carrier): Promise<void> {
  const ask = (image: string, args = ['--config', join(config, '..')]) =>
    runProgram(args, { carrier, env: { PATH }, stdin: requestFor(image) });
  for (const host of ['static.io', 'file.io', 'helper.io']) {
    const answer = await ask(`${host}/a`);
    expect(answer.stderr).toBe('');
    expect(answerOf(answer).auth[host]?.password).toBe('p');
  }
  expect((await ask('nomatch.io/a')).code).toBe(0);
  expect((await ask('broken.io/a')).code).toBe(1);
  expect((await ask('NO!')).code).toBe(2);
  expect((await ask('nomatch.io/a', [])).code).toBe(0);
  const explained = await runProgram(['explain', '--json', 'static.io/a', '--config', config], {
    carrier,
    env: { PATH },
  });
  expect(explained.code).toBe(0);
}

/** The newest version of a symbol set that a file asks its C library for. */
function newestGlibc(file: string): string | undefined {
  const text = readFileSync(file).toString('latin1');
  const versions = [...text.matchAll(/\0GLIBC_(\d+)\.(\d+)(?:\.\d+)?(?=\0)/g)].map(
    ([, major, minor]) => [Number(major), Number(minor)] as const,
  );
  const newest = versions.sort((a, b) => b[0] - a[0] || b[1] - a[1])[0];
  return newest?.join('.');
}

const isLinux = process.platform === 'linux';

describe.if(isLinux)('the executable of this machine', () => {
  test('asks for no symbol of glibc that is newer than 2.17', () => {
    expect(newestGlibc(executable)).toBe('2.17');
  });
});

const compiler = isLinux && process.arch === 'x64' ? findTool('cc') : undefined;

describe.if(compiler !== undefined)('under a kernel without the system calls that came after', () => {
  const oldKernel = join(folder.path, 'old-kernel');
  beforeAll(() => {
    Bun.spawnSync([compiler ?? '', '-O1', '-o', oldKernel, join(import.meta.dir, 'old-kernel.c')], {
      stderr: 'inherit',
    });
  });
  /** The last system call of each kernel on x86-64: https://github.com/torvalds/linux/blob/v3.10/arch/x86/syscalls/syscall_64.tbl */
  test.each([
    ['Linux 3.10', '313'],
    ['Linux 4.14', '332'],
  ])('%s: every answer is as ever', async (name, highest) => {
    await everyAnswer({ name, command: [oldKernel, highest, executable] });
  });
  test('the filter is in force: a newer call fails under it', () => {
    const probe = 'import ctypes,sys; sys.exit(0 if ctypes.CDLL(None).syscall(318, None, 0, 0) == -1 else 1)';
    const python = findTool('python3');
    if (python === undefined) return;
    expect(Bun.spawnSync([oldKernel, '313', python, '-c', probe]).exitCode).toBe(0);
    expect(Bun.spawnSync([oldKernel, '332', python, '-c', probe]).exitCode).toBe(1);
  });
});

const qemu = isLinux && process.arch === 'x64' ? findTool('qemu-aarch64-static') : undefined;
/** Debian's package libc6-arm64-cross. */
const libraries = '/usr/aarch64-linux-gnu';
if (qemu !== undefined && process.env.CI === 'true' && !existsSync(libraries))
  throw new Error(`${libraries} is missing`);

describe.if(qemu !== undefined && existsSync(libraries))('the arm64 executable', () => {
  const arm64 = join(folder.path, 'arm64');
  beforeAll(() => {
    const result = Bun.spawnSync(
      [process.execPath, 'scripts/build.ts', '--only', 'linux-arm64', '--outfile', arm64],
      {
        cwd: root,
      },
    );
    if (!result.success) throw new Error(result.stderr.toString());
  }, 300_000);

  test('asks for no symbol of glibc that is newer than 2.17', () => {
    expect(newestGlibc(arm64)).toBe('2.17');
  });
  test('answers under qemu', async () => {
    await everyAnswer({ name: 'arm64', command: [qemu ?? '', '-L', libraries, arm64] });
  }, 120_000);
});
