/** Where the time of a run goes: programs that end after each stage of it, built as the executable is. */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { requestFor } from '../../test/support/executable.ts';
import { leanAws } from '../lean-aws.ts';
import { leanTencent } from '../lean-tencent.ts';
import type { Job } from './launcher.ts';

const sources = join(import.meta.dir, '../../src');

const imports = `
import { run } from '${sources}/cli.ts';
import { loadConfig } from '${sources}/config/load.ts';
import { locateFiles } from '${sources}/config/locate.ts';
import { parseReference } from '${sources}/image/reference.ts';
import { io } from '${sources}/io/bun.ts';
import { planFor } from '${sources}/plan.ts';
import { decodeRequest, requestLimit } from '${sources}/protocol.ts';
const file = process.argv[2];
globalThis.used = [run, loadConfig, locateFiles, parseReference, io, planFor, decodeRequest, file];
`;
const read = 'const bytes = await io.stdin.read(requestLimit);';
const write = `await io.stdout.write('x');`;
const plan = 'const plan = planFor(config.matcher, parseReference(decodeRequest(bytes).image));';

/** Each one does what the one before it does, and more. */
const stages: Readonly<Record<string, string>> = {
  'the runtime': '',
  '+ the core loaded': imports,
  '+ stdin and stdout': `${imports}${read}${write}`,
  '+ files found': `${imports}${read}await locateFiles([file], io);${write}`,
  '+ configuration': `${imports}${read}await loadConfig([file], io);${write}`,
  '+ request and plan': `${imports}${read}const config = await loadConfig([file], io);${plan}${write}`,
  'the whole static answer': `${imports}process.exit(await run(['--config', file], io));`,
  'the core and the ECR SDK loaded': `${imports}await import('${sources}/sources/ecr/token.ts');`,
  'the core and the TCR SDK loaded': `${imports}await import('${sources}/sources/tcr/fetch.ts');`,
};

export async function stageJobs(cache: string, folder: string): Promise<Job[]> {
  const config = join(folder, 'stages.json');
  const auths = { 'static.io/team': { auth: btoa('user:password') } };
  writeFileSync(config, JSON.stringify({ auths }), { mode: 0o600 });
  const input = join(folder, 'stages.request');
  writeFileSync(input, requestFor('static.io/team/app'));
  const jobs: Job[] = [];
  for (const [name, source] of Object.entries(stages)) {
    const program = await compile(cache, `stage-${jobs.length}`, `${source}\nprocess.exit(0);`);
    jobs.push({ name, command: [program, config], input });
  }
  return jobs;
}

async function compile(cache: string, name: string, source: string): Promise<string> {
  const outdir = join(cache, name);
  const entry = join(cache, `${name}.ts`);
  writeFileSync(entry, source);
  await build({
    entryPoints: [entry],
    outdir,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    mainFields: ['module', 'main'],
    minify: true,
    external: ['undici'],
    plugins: [leanAws(), leanTencent()],
    define: { BUILD_VERSION: '""', BUILD_COMMIT: '""' },
  });
  const program = join(outdir, 'program');
  const flags = ['--compile', '--bytecode', '--splitting', '--format=esm', '--external', 'undici'];
  const command = [process.execPath, 'build', join(outdir, `${name}.js`), ...flags, '--outfile', program];
  const { success, stderr } = Bun.spawnSync(command, { cwd: outdir, stderr: 'pipe' });
  if (!success) throw new Error(stderr.toString());
  return program;
}
