/** Pulls private images with a real kubelet and this plugin, scenario by scenario, and reports what happened. */

import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { cloudScenarios } from '../test/e2e/cloud-scenarios.ts';
import { type Node, type NodeSetting, startNode } from '../test/e2e/node.ts';
import { run } from '../test/e2e/process.ts';
import { type Scenario, scenarios } from '../test/e2e/scenarios.ts';
import { builtExecutable } from '../test/support/built.ts';

const version = '1.34.4';
const kubeletModule = join(import.meta.dir, '../test/e2e/kubelet');
const cache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'keyring-credential-provider');

/** Programs that a scenario needs, and the Debian package of each. */
const programs = {
  containerd: 'containerd',
  runc: 'runc',
  'docker-registry': 'docker-registry',
  skopeo: 'skopeo',
  busybox: 'busybox-static',
};

/** Fires on Ctrl-C and when the time is over: waits end, and with them the scenario and all that it has started. */
const interruption = new AbortController();
const longest = 15 * 60_000;

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

async function installPrograms(): Promise<void> {
  const missing = Object.entries(programs).filter(([program]) => Bun.which(program) === null);
  if (missing.length === 0) return;
  const packages = missing.map(([, name]) => name);
  say(`installing ${packages.join(', ')}`);
  await run(['apt-get', 'update', '-qq']);
  await run([
    'env',
    'DEBIAN_FRONTEND=noninteractive',
    'apt-get',
    'install',
    '-y',
    '-qq',
    '--no-install-recommends',
    ...packages,
  ]);
}

/** The path of a kubelet made from the module's sources; the first build takes a few minutes. */
async function builtKubelet(): Promise<string> {
  const hash = createHash('sha256').update(await run(['go', 'version']));
  for (const name of ['go.mod', 'go.sum']) hash.update(readFileSync(join(kubeletModule, name)));
  const program = join(cache, `kubelet-${version}-${hash.digest('hex').slice(0, 16)}`);
  if (existsSync(program)) return program;
  say(`building kubelet ${version}`);
  mkdirSync(cache, { recursive: true });
  const flags = [
    '-mod=readonly',
    '-buildvcs=false',
    `-ldflags=-s -w -X k8s.io/component-base/version.gitVersion=v${version}`,
  ];
  const unfinished = `${program}.${process.pid}`;
  await run(['go', 'build', ...flags, '-o', unfinished, 'k8s.io/kubernetes/cmd/kubelet'], kubeletModule);
  renameSync(unfinished, program);
  return program;
}

/** Plays a scenario; whether it went well. */
async function play(scenario: Scenario, kubelet: string, plugin: string): Promise<boolean> {
  const begin = performance.now();
  const lines: string[] = [];
  const nodes: Node[] = [];
  let failed = false;
  try {
    const start = async (setting: NodeSetting): Promise<Node> => {
      const node = await startNode({ kubelet, plugin, ...setting, signal: interruption.signal });
      nodes.push(node);
      return node;
    };
    await scenario.play(start, line => lines.push(line));
    for (const { asked } of nodes) lines.push(`the plugin was asked for ${counted(asked)}`);
  } catch (error) {
    failed = true;
    lines.push(String(error), ...nodes.flatMap(node => node.problems()));
  }
  for (const node of nodes) {
    await node[Symbol.asyncDispose]().catch(error => {
      failed = true;
      lines.push(String(error));
    });
  }
  const seconds = ((performance.now() - begin) / 1000).toFixed(1);
  say(`${failed ? 'FAILED' : 'ok    '} ${scenario.name} (${seconds} s)`);
  for (const line of lines) say(`         ${line}`);
  return !failed;
}

/** The repositories, each once, with the number of times where it is not one; of many, only the first. */
function counted(asked: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const repository of asked) counts.set(repository, (counts.get(repository) ?? 0) + 1);
  const parts = [...counts].map(([name, count]) => (count === 1 ? name : `${name} (${count} times)`));
  return parts.length > 5 ? `${parts.length} repositories, ${parts[0]} first` : parts.join(', ') || 'nothing';
}

const wanted = process.argv.slice(2);
const chosen = [...scenarios, ...cloudScenarios].filter(({ name }) =>
  wanted.every(text => name.includes(text)),
);
if (process.getuid?.() !== 0)
  throw new Error('a kubelet needs root: run this as root, best in a virtual machine');
await installPrograms();
const kubelet = await builtKubelet();
const plugin = await builtExecutable();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => interruption.abort(new Error(`interrupted by ${signal}`)));
}
const parent = process.ppid;
setInterval(() => {
  if (process.ppid !== parent) interruption.abort(new Error('the process that started this has ended'));
}, 500).unref();
const timer = setTimeout(() => interruption.abort(new Error('15 minutes are over')), longest);
let passed = 0;
for (const scenario of chosen) {
  if (interruption.signal.aborted) break;
  if (await play(scenario, kubelet, plugin)) passed++;
}
clearTimeout(timer);
say(
  passed === chosen.length
    ? `all ${passed} scenarios passed`
    : `${passed} of ${chosen.length} scenarios passed`,
);
process.exitCode = passed === chosen.length && passed > 0 ? 0 : 1;
