import { expect, test } from 'bun:test';
import { isBuiltin } from 'node:module';
import { build } from 'esbuild';
import { leanTencent } from '../../scripts/lean-tencent.ts';

test("the bundled SDK is its client and its signature: no other package's code, no Node built-in", async () => {
  const { metafile } = await build({
    entryPoints: ['src/sources/tcr/sdk.ts'],
    bundle: true,
    format: 'esm',
    platform: 'node',
    write: false,
    metafile: true,
    plugins: [leanTencent()],
  });
  const packages = Object.keys(metafile.inputs).map(path => /node_modules\/([^/]+)/.exec(path)?.[1] ?? 'own');
  expect(new Set(packages)).toEqual(new Set(['tencentcloud-sdk-nodejs', 'own']));
  const imports = Object.values(metafile.outputs).flatMap(output => output.imports);
  expect(imports.filter(({ path }) => isBuiltin(path))).toEqual([]);
});
