/** The runs that are measured, each with what it is held against. */

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type AwsDouble, nodeKeys } from '../../test/support/aws.ts';
import { requestFor } from '../../test/support/executable.ts';
import { keys as tencentKeys } from '../../test/support/tcr-request.ts';
import type { Tencent } from '../../test/support/tencent.ts';
import type { Job } from './launcher.ts';

/** A ratio between two rows that is to be reached. */
export interface Target {
  readonly name: string;
  readonly of: string;
  readonly to: string;
  readonly what: 'wall' | 'cpu';
  readonly most: number;
}

export const targets: readonly Target[] = [
  { name: 'static', of: 'static', to: 'peer: ECR, keys', what: 'wall', most: 0.8 },
  { name: 'static to the floor', of: 'static', to: 'floor: an empty program', what: 'wall', most: 1.3 },
  { name: 'cached', of: 'ECR, cached', to: 'peer: ECR, keys', what: 'wall', most: 0.9 },
  { name: 'cold ECR, keys', of: 'ECR, keys', to: 'peer: ECR, keys', what: 'wall', most: 1.8 },
  {
    name: "cold ECR, node's role",
    of: "ECR, node's role",
    to: "peer: ECR, node's role",
    what: 'wall',
    most: 1.8,
  },
  { name: 'cold TCR, keys', of: 'TCR, keys', to: 'peer: ECR, keys', what: 'wall', most: 1.8 },
  {
    name: "cold TCR, node's role",
    of: "TCR, node's role",
    to: "peer: ECR, node's role",
    what: 'wall',
    most: 1.8,
  },
  { name: '10,000 entries', of: '10,000 entries', to: '10 entries', what: 'wall', most: 4 },
  { name: 'burst of 50, CPU', of: 'ECR, 50 at once', to: 'peer: ECR, 50 at once', what: 'cpu', most: 0.5 },
  { name: 'burst of 50, wall', of: 'ECR, 50 at once', to: 'peer: ECR, 50 at once', what: 'wall', most: 0.7 },
];

/** MiB that a row may take at most. */
export const peakTargets: Readonly<Record<string, number>> = {
  static: 32,
  'ECR, keys': 44,
  "ECR, node's role": 44,
  'TCR, keys': 44,
  "TCR, node's role": 44,
};

export const burst = 50;
const ecrImage = '123456789012.dkr.ecr.us-east-1.amazonaws.com/team/app';
const tcrImage = 'team.tencentcloudcr.com/team/app';

export interface Programs {
  readonly ours: string;
  readonly peer: string;
  readonly empty: string;
}

/** Single runs, and bursts; `folder` takes requests, configurations and token caches. */
export function jobs(
  { ours, peer, empty }: Programs,
  folder: string,
  aws: AwsDouble,
  tencent: Tencent,
): { single: Job[]; bursts: Job[] } {
  const write = (name: string, content: string): string => {
    const file = join(folder, name);
    writeFileSync(file, content, { mode: 0o600 });
    return file;
  };
  const request = (name: string, image: string): string => write(`${name}.request`, requestFor(image));
  const config = (name: string, content: object): string => write(`${name}.json`, JSON.stringify(content));
  const cache = (name: string): string => {
    const path = join(folder, `cache-${name}`);
    mkdirSync(path, { mode: 0o700 });
    return path;
  };

  const base = { PATH: '/usr/bin:/bin', HOME: folder };
  const awsKeys = {
    AWS_ACCESS_KEY_ID: nodeKeys.accessKeyId,
    AWS_SECRET_ACCESS_KEY: nodeKeys.secretAccessKey,
  };
  const awsBase = { ...base, ...aws.env, AWS_REGION: 'us-east-1' };
  const tencentSecret = {
    TENCENTCLOUD_SECRET_ID: tencentKeys.secretId,
    TENCENTCLOUD_SECRET_KEY: tencentKeys.secretKey,
  };
  const ecrConfig = config('ecr', { auths: { '*.dkr.ecr.*.amazonaws.com': { source: 'ecr' } } });
  const tcrConfig = config('tcr', {
    auths: { '*.tencentcloudcr.com': { source: 'tcr', endpoint: tencent.url } },
  });
  const ten = config('10', { auths: entries(10) });
  const match = request('match', 'reg5.example.io/team/app');
  const ecr = request('ecr', ecrImage);
  const tcr = request('tcr', tcrImage);
  const withConfig = (file: string): string[] => [ours, '--config', file];
  /** With an empty cache unless it is kept. */
  const cold = (name: string, env: Record<string, string>, keep = false) => {
    const directory = cache(name);
    return { env: { ...env, KEYRING_CACHE_DIR: directory }, ...(keep ? {} : { empty: directory }) };
  };

  const single: Job[] = [
    { name: 'floor: an empty program', command: [empty], input: match, env: base },
    { name: 'peer: ECR, keys', command: [peer], input: ecr, env: { ...awsBase, ...awsKeys } },
    { name: "peer: ECR, node's role", command: [peer], input: ecr, env: awsBase },
    { name: 'static', command: withConfig(config('one', { auths: entries(1, 5) })), input: match, env: base },
    { name: 'no match', command: withConfig(ten), input: request('none', 'nowhere.io/app'), env: base },
    { name: '10 entries', command: withConfig(ten), input: match, env: base },
    ...[1000, 10_000].map(count => ({
      name: `${count.toLocaleString('en')} entries`,
      command: withConfig(config(String(count), { auths: entries(count) })),
      input: match,
      env: base,
    })),
    {
      name: 'ECR, cached',
      command: withConfig(ecrConfig),
      input: ecr,
      ...cold('cached', { ...awsBase, ...awsKeys }, true),
    },
    {
      name: 'ECR, keys',
      command: withConfig(ecrConfig),
      input: ecr,
      ...cold('keys', { ...awsBase, ...awsKeys }),
    },
    { name: "ECR, node's role", command: withConfig(ecrConfig), input: ecr, ...cold('role', awsBase) },
    {
      name: 'TCR, keys',
      command: withConfig(tcrConfig),
      input: tcr,
      ...cold('tcr', { ...base, ...tencentSecret }),
    },
    {
      name: "TCR, node's role",
      command: withConfig(tcrConfig),
      input: tcr,
      ...cold('tcr-role', { ...base, TENCENTCLOUD_METADATA_ENDPOINT: tencent.url }),
    },
  ];
  const bursts: Job[] = [
    {
      name: 'peer: ECR, 50 at once',
      command: [peer],
      input: ecr,
      env: { ...awsBase, ...awsKeys },
      atOnce: burst,
    },
    {
      name: 'ECR, 50 at once',
      command: withConfig(ecrConfig),
      input: ecr,
      atOnce: burst,
      ...cold('burst', { ...awsBase, ...awsKeys }),
    },
  ];
  return { single, bursts };
}

/** Entries of every kind by turns: literal hosts, paths of one host, wildcards in hosts and in paths, ports. */
function entries(count: number, first = 0): Record<string, object> {
  const kinds = [
    (i: number) => `reg${i}.example.io`,
    (i: number) => `shared.example.io/team${i}/app`,
    (i: number) => `*.reg${i}.example.io`,
    (i: number) => `reg${i}.*.example.io/team?/app`,
    (i: number) => `host${i}.example.io:5000/a/b`,
  ];
  const all = Array.from({ length: count }, (_, n) => {
    const i = first + n;
    return [kinds[i % kinds.length]?.(i) ?? '', { username: `user${i}`, password: `password${i}` }];
  });
  return Object.fromEntries(all);
}
