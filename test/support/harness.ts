/** Builds and drives a program made of the kubelet's own code, so that the kubelet itself judges an answer. */

import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';

/** The kubelets that are asked: the newest release, and an older line that is still in wide use. */
export const kubeletVersions = ['1.36', '1.34'] as const;
export type KubeletVersion = (typeof kubeletVersions)[number];

/** Long enough for a first build that downloads and compiles everything on a small machine. */
export const buildTimeout = 15 * 60_000;

const sources = join(import.meta.dir, '../kubelet/harness');
const cache = join(import.meta.dir, '../../node_modules/.cache/kubelet-harness');
const go = Bun.which('go');

/** Without optimisation the first build takes a quarter less, which matters more than the speed of the program. */
const quickBuild = ['-gcflags=all=-N -l'];

/** Without Go the kubelet cannot be asked; then its tests are skipped, except where CI promises that it is there. */
export const skipWithoutGo = go === null && process.env.CI !== 'true';

/** A service account that the stand-in for the API server knows; `{pod}` in the token becomes the pod's name. */
export interface ServiceAccount {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly annotations: Readonly<Record<string, string>>;
  readonly token: string;
}

/** The pod for which images are pulled. */
export interface Pod {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly serviceAccount: string;
}

export interface Credential {
  readonly username: string;
  readonly password: string;
}

/** What the kubelet found for one image: credentials in the order in which it would try them. */
export interface Lookup {
  readonly repository: string;
  readonly found: boolean;
  readonly credentials: readonly Credential[];
  readonly error?: string;
}

interface Answer {
  readonly error?: string;
  readonly lookups?: readonly Lookup[];
  readonly order?: readonly number[];
  readonly log?: string;
}

/** One process of kubelet code: it registers one configuration at most, and keeps its cache until it ends. */
export class Kubelet implements AsyncDisposable {
  /** What the kubelet has logged so far. */
  log = '';
  readonly #process: Bun.Subprocess<'pipe', 'pipe', 'inherit'>;
  readonly #lines: AsyncGenerator<string>;

  constructor(program: string, env: Readonly<Record<string, string | undefined>>) {
    this.#process = Bun.spawn([program], { stdin: 'pipe', stdout: 'pipe', stderr: 'inherit', env });
    this.#lines = lines(this.#process.stdout);
  }

  /** Starts with a configuration (a file or a folder); undefined if the kubelet does, else why it does not. */
  async register(
    config: string,
    binDir: string,
    serviceAccounts: readonly ServiceAccount[] = [],
  ): Promise<string | undefined> {
    const { error } = await this.#ask({ op: 'register', config, binDir, serviceAccounts });
    return error;
  }

  /** Looks images up one after the other, or all at once; `pullSecret` is the `.dockerconfigjson` of the pod's secret. */
  async lookup(
    images: readonly string[],
    { pod, parallel = false, pullSecret }: { pod?: Pod; parallel?: boolean; pullSecret?: object } = {},
  ): Promise<readonly Lookup[]> {
    const { lookups, error } = await this.#ask({
      op: 'lookup',
      images,
      pod,
      parallel,
      pullSecret: pullSecret && JSON.stringify(pullSecret),
    });
    if (lookups === undefined) throw new Error(error ?? 'no lookups');
    return lookups;
  }

  /** The raw keys in the order in which a keyring that holds them tries them for an image name. */
  async keyringOrder(keys: readonly string[], image: string): Promise<readonly string[]> {
    const { order = [] } = await this.#ask({ op: 'keyring', keys, image });
    return order.map(i => keys[i] ?? '');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#process.stdin.end();
    await this.#process.exited;
  }

  async #ask(job: object): Promise<Answer> {
    this.#process.stdin.write(`${JSON.stringify(job)}\n`);
    this.#process.stdin.flush();
    const line = await this.#lines.next();
    if (line.done) throw new Error('the kubelet harness ended early');
    const answer: Answer = JSON.parse(line.value);
    this.log += answer.log ?? '';
    return answer;
  }
}

/** Starts kubelet code of this version; `env` is added to the environment that its plugins inherit. */
export async function startKubelet(
  version: KubeletVersion,
  env: Readonly<Record<string, string>> = {},
): Promise<Kubelet> {
  return new Kubelet(await buildHarness(version), { ...process.env, ...env });
}

const builds = new Map<KubeletVersion, Promise<string>>();

/** The path of the program for this version, built once for the same sources. */
export function buildHarness(version: KubeletVersion): Promise<string> {
  const build = builds.get(version) ?? compile(version);
  builds.set(version, build);
  return build;
}

/** The kubelet's own text, for what it would take too long to see: a file of its package for credential plugins. */
export async function kubeletSource(version: KubeletVersion, file: string): Promise<string> {
  const modfile = `-modfile=${moduleOf(version)}.mod`;
  const list = ['list', '-mod=readonly', modfile, '-f', '{{.Dir}}'];
  const folder = await text(
    [goProgram(), ...list, 'k8s.io/kubernetes/pkg/credentialprovider/plugin'],
    sources,
  );
  return readFileSync(join(folder.trim(), file), 'utf8');
}

function goProgram(): string {
  if (go === null) throw new Error('go is not in PATH: install Go 1.26 or newer');
  return go;
}

function moduleOf(version: KubeletVersion): string {
  return version === '1.36' ? 'go' : `kubelet-${version}`;
}

async function compile(version: KubeletVersion): Promise<string> {
  const module = moduleOf(version);
  const go = goProgram();
  const hash = createHash('sha256').update(await text([go, 'version'], sources));
  for (const name of ['main.go', 'cloud-provider/options/options.go', `${module}.mod`, `${module}.sum`]) {
    hash.update(readFileSync(join(sources, name)));
  }
  const program = join(cache, `${version}-${hash.digest('hex').slice(0, 16)}`);
  if (existsSync(program)) return program;
  mkdirSync(cache, { recursive: true });
  const unfinished = `${program}.${process.pid}`;
  const flags = [
    '-mod=readonly',
    '-buildvcs=false',
    '-ldflags=-s -w',
    ...quickBuild,
    `-modfile=${module}.mod`,
  ];
  await text([go, 'build', ...flags, '-o', unfinished, '.'], sources);
  renameSync(unfinished, program);
  return program;
}

async function text(command: string[], cwd: string): Promise<string> {
  const env = { ...process.env, CGO_ENABLED: '0', GOFLAGS: '', GOWORK: 'off' };
  const run = Bun.spawn(command, { cwd, env, stdout: 'pipe', stderr: 'inherit' });
  const output = await new Response(run.stdout).text();
  if ((await run.exited) !== 0) throw new Error(`${command.join(' ')} failed`);
  return output;
}

async function* lines(stream: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of stream) {
    const parts = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = parts.pop() ?? '';
    yield* parts;
  }
}
