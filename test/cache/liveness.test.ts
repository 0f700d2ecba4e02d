import { afterEach, beforeEach, expect, test } from 'bun:test';
import { writeFileSync } from 'node:fs';
import { spawn } from 'bun';
import { listen, type Watch, watch } from '../../src/cache/liveness.ts';
import { temporaryFolder } from './support/setting.ts';

let temporary: ReturnType<typeof temporaryFolder>;
let path: string;
beforeEach(() => {
  temporary = temporaryFolder();
  path = `${temporary.path}/0123456789abcdef`;
});
afterEach(() => temporary.remove());

const alive = (sign: Watch | 'unsure' | undefined): Watch => {
  if (sign === undefined || sign === 'unsure') throw new Error(`nobody is seen to listen: ${sign}`);
  return sign;
};

test('who listens is seen, and so is that it stops', async () => {
  const stop = await listen(path);
  const { ended } = alive(await watch(path));
  stop();
  await ended;
});

test('nobody listens at a path that is missing, or where a file lies', async () => {
  expect(await watch(path)).toBeUndefined();
  writeFileSync(path, '');
  expect(await watch(path)).toBeUndefined();
});

test('two cannot listen at one path', async () => {
  const stop = await listen(path);
  await expect(listen(path)).rejects.toMatchObject({ code: 'EADDRINUSE' });
  stop();
});

test.skipIf(process.platform !== 'linux')(
  'a process that is stopped is not taken for dead, even when a crowd fills its queue; a killed one is',
  async () => {
    const script = `
      import { listen } from '${import.meta.dir}/../../src/cache/liveness.ts';
      await listen('${path}');
      console.log('listening');
      setInterval(() => {}, 1000);`;
    const listener = spawn([process.execPath, '-e', script], { stdout: 'pipe' });
    const lines = listener.stdout.getReader();
    await lines.read();
    listener.kill('SIGSTOP');
    const signs = await Promise.all(Array.from({ length: 1200 }, () => watch(path)));
    expect(signs).toContain('unsure');
    expect(signs).not.toContain(undefined);
    listener.kill('SIGKILL');
    await Promise.all(signs.map(sign => sign !== 'unsure' && sign?.ended));
    await listener.exited;
    expect(await watch(path)).toBeUndefined();
  },
  30_000,
);
