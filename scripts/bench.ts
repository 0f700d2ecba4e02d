/**
 * Measures the executable beside AWS's own plugin (Go) and an empty program, all by turns in one go, and the matcher beside
 * others. Prints ratios against the targets; absolute figures say more about the machine.
 */

import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { gzipSync } from 'node:zlib';
import { awsDouble } from '../test/support/aws.ts';
import { builtExecutable } from '../test/support/built.ts';
import { buildPeer } from '../test/support/peer.ts';
import { keys as tencentKeys } from '../test/support/tcr-request.ts';
import { startTencent, type Tencent } from '../test/support/tencent.ts';
import { type Measured, measure } from './bench/launcher.ts';
import { benchMatcher, type MatcherRow } from './bench/matcher.ts';
import { burst, jobs, peakTargets, targets } from './bench/runs.ts';
import { stageJobs } from './bench/stages.ts';
import { table } from './bench/table.ts';

const { values: options } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    /** How often each command is run. */
    runs: { type: 'string', default: '40' },
    /** `program`, `matcher` or `stages` alone; all but the stages unless given. */
    only: { type: 'string' },
  },
});

const cache = join(import.meta.dir, '../node_modules/.cache/keyring-credential-provider/bench');

interface Ratio {
  readonly name: string;
  readonly ratio: number;
  readonly target: number;
}

interface ProgramResult {
  readonly runs: readonly Measured[];
  readonly ratios: readonly Ratio[];
  /** Calls of the ECR API for one burst. */
  readonly burstCalls: number;
  /** MB: as it is, and compressed by gzip. */
  readonly size: readonly [number, number];
}

/** An executable that does nothing, made with the flags of ours: what the runtime costs. */
function buildEmpty(): string {
  const source = join(cache, 'empty.ts');
  const program = join(cache, 'empty');
  writeFileSync(source, '');
  const flags = ['--compile', '--bytecode', '--splitting', '--format=esm', '--no-compile-autoload-dotenv'];
  const target =
    process.arch === 'x64' && process.platform === 'linux' ? ['--target=bun-linux-x64-baseline'] : [];
  const command = [process.execPath, 'build', source, ...flags, '--no-compile-autoload-bunfig', ...target];
  const { success, stderr } = Bun.spawnSync([...command, '--outfile', program], { stderr: 'pipe' });
  if (!success) throw new Error(stderr.toString());
  return program;
}

function buildGoMatcher(): string {
  const program = join(cache, 'path-match');
  const source = join(import.meta.dir, 'bench/matcher.go');
  const { success, stderr } = Bun.spawnSync(['go', 'build', '-o', program, source], { stderr: 'pipe' });
  if (!success) throw new Error(stderr.toString());
  return program;
}

async function startCloud(): Promise<Tencent> {
  const tencent = await startTencent();
  tencent.principals.set(tencentKeys.secretId, { secretKey: tencentKeys.secretKey, username: 'keys' });
  tencent.cvmRole = { name: 'node-role', principal: { username: 'role' } };
  tencent.instances.push({ id: 'tcr-abc123', name: 'team', region: 'ap-guangzhou', status: 'Running' });
  return tencent;
}

async function benchProgram(folder: string, runs: number): Promise<ProgramResult> {
  const programs = { ours: await builtExecutable(), peer: buildPeer(), empty: buildEmpty() };
  const aws = awsDouble();
  const tencent = await startCloud();
  try {
    const { single, bursts } = jobs(programs, folder, aws, tencent);
    const singles = await measure(single, runs, cache);
    aws.calls.splice(0);
    const few = Math.max(3, Math.round(runs / 8));
    const many = await measure(bursts, few, cache);
    // Two bursts more than are counted warm up; of each pair, the peer's makes one call a process.
    const calls = aws.calls.filter(({ service }) => service === 'ecr').length / (few + 2) - burst;
    const executable = readFileSync(programs.ours);
    return {
      runs: [...singles, ...many],
      ratios: ratiosOf([...singles, ...many]),
      burstCalls: calls,
      size: [statSync(programs.ours).size / 1e6, gzipSync(executable).length / 1e6],
    };
  } finally {
    aws.close();
    await tencent.stop();
  }
}

function ratiosOf(rows: readonly Measured[]): Ratio[] {
  const byName = new Map(rows.map(row => [row.name, row]));
  return targets.map(({ name, of, to, what, most }) => {
    const ratio = (byName.get(of)?.[what] ?? Number.NaN) / (byName.get(to)?.[what] ?? Number.NaN);
    return { name, ratio, target: most };
  });
}

function printRuns(runs: readonly Measured[]): void {
  const rows = runs.map(({ name, wall, spread, cpu, peak, faults, failed }) => [
    failed === 0 ? name : `${name} (${failed} FAILED)`,
    wall.toFixed(1),
    spread.map(value => value.toFixed(1)).join('-'),
    cpu.toFixed(1),
    peak.toFixed(1),
    faults.toFixed(0),
    peakTargets[name]?.toFixed(0) ?? '',
  ]);
  const head = ['run', 'wall ms', 'middle half', 'CPU ms', 'peak MiB', 'page faults', 'peak target'];
  console.log(table([head, ...rows]));
}

function printProgram({ runs, ratios, burstCalls, size }: ProgramResult): void {
  printRuns(runs);
  const judged = [...ratios, { name: `burst of ${burst}, API calls`, ratio: burstCalls, target: 1 }].map(
    ({ name, ratio, target }) => [
      name,
      ratio.toFixed(2),
      target.toString(),
      ratio <= target ? 'met' : 'missed',
    ],
  );
  console.log(table([['ratio', 'measured', 'target', ''], ...judged]));
  console.log(`executable: ${size[0].toFixed(0)} MB, ${size[1].toFixed(0)} MB compressed by gzip\n`);
}

function printMatcher(rows: readonly MatcherRow[]): void {
  const cells = rows.map(row => [
    row.list,
    row.patterns.toLocaleString('en'),
    row.compile.toFixed(1),
    ...[row.ours, row.picomatch, row.minimatch].map(value => value.toFixed(2)),
    row.go?.toFixed(2) ?? '',
    (Math.min(row.picomatch, row.minimatch) / row.ours).toFixed(0),
  ]);
  const head = [
    'patterns',
    'number',
    'compile ms',
    'look-up µs',
    'picomatch',
    'minimatch',
    'path.Match',
    'times faster',
  ];
  console.log(table([head, ...cells]));
}

const folder = mkdtempSync(join(tmpdir(), 'keyring-bench-'));
try {
  mkdirSync(cache, { recursive: true });
  const machine = `${cpus().length} × ${cpus()[0]?.model.trim() ?? 'unknown'}, ${process.platform} ${process.arch}`;
  const wants = (part: string): boolean => (options.only ?? part) === part;
  const program = !wants('program') ? undefined : await benchProgram(folder, Number(options.runs));
  const matcher = !wants('matcher') ? undefined : benchMatcher(folder, buildGoMatcher());
  const stages =
    options.only === 'stages'
      ? await measure(await stageJobs(cache, folder), Number(options.runs), cache)
      : undefined;
  if (options.json) console.log(JSON.stringify({ machine, program, matcher, stages }, undefined, 2));
  else {
    console.log(`${machine}\n`);
    if (program) printProgram(program);
    if (matcher) printMatcher(matcher);
    if (stages) printRuns(stages);
  }
} finally {
  rmSync(folder, { recursive: true });
}
