/**
 * Builds dist/: the executable for this machine (or with --all for every Linux that is released) and the portable file
 * for Node. esbuild splits the program into chunks, so that an answer loads only what it needs; Bun compiles the chunks
 * to bytecode and puts them behind its runtime.
 */

import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join, relative } from 'node:path';
import { parseArgs } from 'node:util';
import { type BuildOptions, build, type Metafile, type Plugin } from 'esbuild';
import packageJson from '../package.json';
import { leanAws } from './lean-aws.ts';
import { leanTencent } from './lean-tencent.ts';

const root = join(import.meta.dir, '..');
const dist = join(root, 'dist');
const chunks = join(root, 'node_modules/.cache/keyring-credential-provider/chunks');
const name = 'keyring-credential-provider';

/** Baseline: amd64 machines without AVX2 are still in service. */
const targets = {
  'linux-amd64': 'bun-linux-x64-baseline',
  'linux-arm64': 'bun-linux-arm64',
  'linux-amd64-musl': 'bun-linux-x64-musl-baseline',
  'darwin-amd64': 'bun-darwin-x64',
  'darwin-arm64': 'bun-darwin-arm64',
} as const;
type Target = keyof typeof targets;
const released: readonly Target[] = ['linux-amd64', 'linux-arm64', 'linux-amd64-musl'];

function hostTarget(): Target {
  const arch = process.arch === 'x64' ? 'amd64' : process.arch;
  const target = `${process.platform}-${arch}`;
  if (Object.hasOwn(targets, target)) return target as Target;
  throw new Error(`no executable is made for ${target}; use the portable file with Node`);
}

const lean = [leanAws(), leanTencent()];

const common: BuildOptions = {
  bundle: true,
  format: 'esm',
  platform: 'node',
  mainFields: ['module', 'main'],
  minify: true,
  legalComments: 'none',
  plugins: lean,
  define: {
    BUILD_VERSION: JSON.stringify(packageJson.version),
    BUILD_COMMIT: JSON.stringify(commitOf(root)),
  },
};

/** The commit of the sources; `-dirty` where files differ from it. */
function commitOf(folder: string): string {
  const git = (...args: string[]): string => {
    const { success, stdout } = Bun.spawnSync(['git', ...args], { cwd: folder, stderr: 'ignore' });
    return success ? stdout.toString().trim() : '';
  };
  const commit = process.env.BUILD_COMMIT ?? git('rev-parse', '--short=12', 'HEAD');
  if (commit === '') return 'unknown';
  return process.env.BUILD_COMMIT === undefined && git('status', '--porcelain') !== ''
    ? `${commit}-dirty`
    : commit;
}

async function bundleChunks(): Promise<void> {
  rmSync(chunks, { recursive: true, force: true });
  const options = {
    ...common,
    entryPoints: [join(root, 'src/main.ts')],
    outdir: chunks,
    absWorkingDir: root,
    splitting: true,
    external: ['undici'],
    metafile: true,
  } satisfies BuildOptions;
  const draft = await build({ ...options, write: false });
  const result = await build({ ...options, plugins: [...lean, oneCore(lazyModules(draft.metafile))] });
  writeFileSync(join(chunks, 'meta.json'), JSON.stringify(result.metafile));
}

/** Own modules that are loaded by `import()`. */
function lazyModules({ inputs }: Metafile): ReadonlySet<string> {
  const lazy = Object.values(inputs)
    .flatMap(({ imports }) => imports)
    .filter(({ kind, path, external }) => kind === 'dynamic-import' && !external && path.startsWith('src/'));
  return new Set(lazy.map(({ path }) => join(root, path)));
}

/**
 * Keeps all that every run loads in one chunk. esbuild makes a chunk for each set of entry points that share a module, and
 * every `import()` is one: a dozen chunks for a static answer, a tenth of its time. So each lazy module imports the core
 * too, which is there already when it is loaded; then all entry points share all of the core.
 */
function oneCore(lazy: ReadonlySet<string>): Plugin {
  return {
    name: 'one-core',
    setup({ onLoad }) {
      onLoad({ filter: /\.ts$/ }, ({ path }) => {
        if (!lazy.has(path)) return undefined;
        const core = JSON.stringify(join(root, 'src/cli.ts'));
        return { contents: `import ${core};\n${readFileSync(path, 'utf8')}`, loader: 'ts' };
      });
    },
  };
}

/** A file in the kubelet's working directory must never be read: no .env and no bunfig.toml. */
function compile(target: Target, outfile: string): void {
  const flags = ['--compile', '--bytecode', '--splitting', '--format=esm', '--external', 'undici'];
  const closed = ['--no-compile-autoload-dotenv', '--no-compile-autoload-bunfig'];
  const scratch = join(chunks, `${name}-${target}`);
  const command = [process.execPath, 'build', join(chunks, 'main.js'), ...flags, ...closed];
  const result = Bun.spawnSync([...command, `--target=${targets[target]}`, '--outfile', scratch], {
    cwd: chunks,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  if (!result.success) throw new Error(`bun build for ${target} failed:\n${result.stderr.toString()}`);
  rmSync(outfile, { force: true });
  copyFileSync(scratch, outfile);
  rmSync(scratch);
  console.log(`built ${relative(root, outfile)} (${Math.round(statSync(outfile).size / 1e6)} MB)`);
}

async function bundlePortable(): Promise<void> {
  const outfile = join(dist, `${name}.mjs`);
  // undici is CommonJS, whose `require` of Node's built-ins an ES module does not have by itself.
  const require =
    "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);";
  const banner = { js: `#!/usr/bin/env node\n${require}` };
  await build({
    ...common,
    entryPoints: [join(root, 'src/main-node.ts')],
    outfile,
    target: 'node20.18',
    banner,
  });
  Bun.spawnSync(['chmod', '+x', outfile]);
}

/** Whether a source is newer than what was built from it. */
function isStale(): boolean {
  const built = join(dist, `${name}.mjs`);
  if (!existsSync(built) || !existsSync(join(dist, name))) return true;
  const sources = readdirSync(join(root, 'src'), { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(entry => join(entry.parentPath, entry.name));
  const newest = Math.max(
    ...[...sources, join(root, 'package-lock.json'), import.meta.path].map(file => statSync(file).mtimeMs),
  );
  return newest > statSync(built).mtimeMs;
}

const { values: options } = parseArgs({
  options: {
    /** All executables that are released, besides the one for this machine. */
    all: { type: 'boolean' },
    /** Nothing when dist/ is as new as the sources. */
    'if-needed': { type: 'boolean' },
    /** One executable alone, to be written to --outfile. */
    only: { type: 'string' },
    outfile: { type: 'string' },
  },
});

if (options.only !== undefined) {
  if (!Object.hasOwn(targets, options.only))
    throw new Error(`${options.only} is none of ${Object.keys(targets).join(', ')}`);
  await bundleChunks();
  compile(options.only as Target, options.outfile ?? join(dist, `${name}-${options.only}`));
} else if (!options['if-needed'] || isStale()) {
  mkdirSync(dist, { recursive: true });
  await bundleChunks();
  compile(hostTarget(), join(dist, name));
  if (options.all) for (const target of released) compile(target, join(dist, `${name}-${target}`));
  await bundlePortable();
}
