/** How a script of these tests is run: by Bun as it is, or by Node as a bundle, as the portable file is. */

import { buildSync } from 'esbuild';

export type Runtime = 'bun' | 'node';

export const runtimes: Runtime[] = Bun.which('node') === null ? ['bun'] : ['bun', 'node'];

const bundles = new Map<string, string>();

/** The command that runs `name`.ts of this folder; a bundle is written into `directory`. */
export function command(runtime: Runtime, name: string, directory: string): string[] {
  const script = `${import.meta.dir}/${name}.ts`;
  if (runtime === 'bun') return [process.execPath, script];
  const outfile = bundles.get(script) ?? `${directory}/${name}.mjs`;
  if (!bundles.has(script)) {
    buildSync({
      entryPoints: [script],
      outfile,
      bundle: true,
      format: 'esm',
      platform: 'node',
      target: 'node20.18',
    });
  }
  bundles.set(script, outfile);
  return ['node', outfile];
}
