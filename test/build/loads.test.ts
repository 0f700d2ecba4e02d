/** What each path of an answer loads: chunks, packages and built-in modules. That is where the time of a run goes. */

import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Metafile } from 'esbuild';
import { awsDouble, nodeKeys } from '../support/aws.ts';
import { builtExecutable } from '../support/built.ts';
import { requestFor, runProgram } from '../support/executable.ts';
import { temporaryFolder } from '../support/folder.ts';
import { keys as tencentKeys } from '../support/tcr-request.ts';
import { startTencent, type Tencent } from '../support/tencent.ts';

setDefaultTimeout(120_000);

const root = join(import.meta.dir, '../..');
const chunks = 'node_modules/.cache/keyring-credential-provider/chunks';
const folder = temporaryFolder();
const config = folder.write('config.json', {
  auths: {
    'static.io': { auth: btoa('u:p') },
    'static.io/*/app': { username: 'u', password: 'p' },
    '*.dkr.ecr.*.amazonaws.com': { source: 'ecr' },
  },
});

let outputs: Metafile['outputs'];

beforeAll(async () => {
  await builtExecutable();
  outputs = (JSON.parse(readFileSync(join(root, chunks, 'meta.json'), 'utf8')) as Metafile).outputs;
});

interface Load {
  /** Files of this project and names of packages. */
  readonly inputs: readonly string[];
  readonly builtIns: readonly string[];
}

/** All that comes with a module of ours: what it imports without `import()`, and what that imports. */
function loadOf(module: string): Load {
  const start = Object.keys(outputs).find(name => outputs[name]?.entryPoint === module);
  if (start === undefined) throw new Error(`${module} has no chunk of its own`);
  const seen = new Set([start]);
  const inputs = new Set<string>();
  const builtIns = new Set<string>();
  for (const name of seen) {
    const output = outputs[name];
    for (const input of Object.keys(output?.inputs ?? {})) inputs.add(packageOf(input));
    for (const { path, kind, external } of output?.imports ?? []) {
      if (kind === 'dynamic-import') continue;
      if (external) builtIns.add(path);
      else seen.add(path);
    }
  }
  return { inputs: [...inputs].sort(), builtIns: [...builtIns].sort() };
}

function packageOf(input: string): string {
  return input.replace(/^node_modules\/((?:@[^/]+\/)?[^/]+)\/.*$/, '$1');
}

const isOurs = (input: string): boolean => input.startsWith('src/');

describe('by the metafile of the build', () => {
  test('a static answer loads modules of ours alone: no package and no built-in module', () => {
    const { inputs, builtIns } = loadOf('src/main.ts');
    expect(inputs.filter(input => !isOurs(input))).toEqual([]);
    expect(builtIns).toEqual([]);
  });

  test('a static answer loads neither a cloud, nor the token cache, nor a command', () => {
    const { inputs } = loadOf('src/main.ts');
    expect(
      inputs.filter(input =>
        /^src\/(?:sources\/(?:ecr|tcr)\b(?!\/host-name)|(?:cache|commands|http|kubelet)\b)/.test(input),
      ),
    ).toEqual([]);
  });

  test.each(['src/cache/cache.ts', 'src/sources/ecr.ts', 'src/sources/tcr.ts'])(
    '%s brings no package with it, so that a cached answer needs none',
    module => {
      expect(loadOf(module).inputs.filter(input => !isOurs(input))).toEqual([]);
    },
  );
});

describe('by what the executable loads when it runs', () => {
  let tencent: Tencent;
  const aws = awsDouble();

  beforeAll(async () => {
    tencent = await startTencent();
    tencent.principals.set(tencentKeys.secretId, { secretKey: tencentKeys.secretKey, username: 'u' });
    tencent.instances.push({ id: 'tcr-abc123', name: 'team', region: 'ap-guangzhou', status: 'Running' });
  });

  afterAll(async () => {
    aws.close();
    await tencent.stop();
  });

  /** Names of the chunks that are loaded on demand, and of built-in modules that are imported on demand. */
  async function loadsOf(image: string, file = config, env: Record<string, string> = {}): Promise<string[]> {
    const { code, stderr } = await runProgram([], {
      stdin: requestFor(image),
      env: { KEYRING_CONFIG: file, HOME: folder.path, BUN_JSC_dumpModuleLoadingState: '1', ...env },
    });
    expect(code).toBe(0);
    expect(stderr).toContain('[evaluate]');
    const names = stderr.matchAll(/^Loader \[(?:evaluate|fetch)\] (?:\/\$bunfs\/root\/)?(.+)$/gm);
    const onDemand = [...names].flatMap(([, name = '']) => {
      if (/^(?:node:|bun:(?!main)|undici)/.test(name)) return [name];
      return /^(.+)-[A-Z0-9]{8}-[a-z0-9]{8}\.js$/.exec(name)?.[1] ?? [];
    });
    return [...new Set(onDemand)].sort();
  }

  test.each(['static.io/a', 'static.io/team/app', 'nomatch.io/a'])('%s needs nothing more', async image => {
    expect(await loadsOf(image)).toEqual([]);
  });

  const ecr = '123456789012.dkr.ecr.us-east-1.amazonaws.com/a';
  const ecrEnv = {
    ...aws.env,
    AWS_ACCESS_KEY_ID: nodeKeys.accessKeyId,
    AWS_SECRET_ACCESS_KEY: nodeKeys.secretAccessKey,
    KEYRING_CACHE_DIR: join(folder.path, 'ecr'),
  };

  test('a cold ECR answer loads the cache and the SDK, a cached one no SDK', async () => {
    expect(await loadsOf(ecr, config, ecrEnv)).toEqual(['bun', 'cache', 'ecr', 'flight', 'token']);
    expect(await loadsOf(ecr, config, ecrEnv)).toEqual(['cache', 'ecr']);
  });

  test('a cold TCR answer loads the cache and the SDK, a cached one no SDK', async () => {
    const file = folder.write('tcr.json', {
      auths: { '*.tencentcloudcr.com': { source: 'tcr', endpoint: tencent.url } },
    });
    const env = {
      TENCENTCLOUD_SECRET_ID: tencentKeys.secretId,
      TENCENTCLOUD_SECRET_KEY: tencentKeys.secretKey,
      KEYRING_CACHE_DIR: join(folder.path, 'tcr'),
    };
    expect(await loadsOf('team.tencentcloudcr.com/a', file, env)).toEqual([
      'bun',
      'cache',
      'fetch',
      'flight',
      'remember',
      'tcr',
    ]);
    expect(await loadsOf('team.tencentcloudcr.com/a', file, env)).toEqual(['cache', 'tcr']);
  });
});
