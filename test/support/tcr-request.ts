/** Requests of the `tcr` source and the world that it sees, for tests that run in process. */

import { Deadline } from '../../src/deadline.ts';
import { Fault } from '../../src/fault.ts';
import type { Io } from '../../src/io/io.ts';
import type { ServiceAccount, SourceOptions, SourceRequest } from '../../src/sources/source.ts';
import { noMemory } from './no-memory.ts';
import { sourceIo } from './source-io.ts';
import { startTencent, type Tencent } from './tencent.ts';

export const keys = { secretId: 'AKIDkubelet', secretKey: 'sk-kubelet-secret' };

/** A double with one user, who may have tokens of one running instance, `team`. */
export async function startTeam(): Promise<Tencent> {
  const cloud = await startTencent();
  cloud.principals.set(keys.secretId, { secretKey: keys.secretKey, username: '100036950234' });
  cloud.instances.push({ id: 'tcr-abc123', name: 'team', region: 'ap-guangzhou', status: 'Running' });
  return cloud;
}

export interface Setting {
  readonly options?: SourceOptions;
  readonly env?: Record<string, string>;
  /** Files beside those of the disk. */
  readonly files?: Record<string, string>;
  readonly host?: string;
  readonly literalHost?: boolean;
  readonly serviceAccount?: ServiceAccount;
  readonly milliseconds?: number;
  readonly now?: () => number;
}

/** A request whose endpoints all lie on the double; nothing of this machine's home or environment is seen. */
export function requestOf(cloud: Tencent, setting: Setting = {}): { request: SourceRequest; io: Io } {
  const env = { HOME: '/home/of-nobody', TENCENTCLOUD_METADATA_ENDPOINT: cloud.url, ...setting.env };
  const real = sourceIo(env);
  const io: Io = {
    ...real,
    now: setting.now ?? Date.now,
    files: {
      ...real.files,
      read: async path => {
        const own = setting.files?.[path];
        if (own !== undefined) return new TextEncoder().encode(own);
        return path.startsWith('/etc/tencentcloud/') ? missing() : real.files.read(path);
      },
      stat: async path => {
        const size = setting.files?.[path]?.length;
        return size === undefined
          ? real.files.stat(path)
          : { mode: 0o600, uid: 0, gid: 0, size, isDirectory: false };
      },
    },
  };
  const request: SourceRequest = {
    options: { endpoint: cloud.url, stsEndpoint: cloud.url, ...setting.options },
    directory: '/etc/keyring-credential-provider',
    host: setting.host ?? 'team.tencentcloudcr.com',
    literalHost: setting.literalHost ?? false,
    serviceAccount: setting.serviceAccount,
    deadline: new Deadline(Date.now() + (setting.milliseconds ?? 20_000), Date.now),
    ...noMemory,
  };
  return { request, io };
}

/** The Fault that the promise rejects with; everything else fails the test. */
export async function faultOf(promise: Promise<unknown>): Promise<Fault> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof Fault) return error;
    throw error;
  }
  throw new Error('expected a Fault, got a value');
}

function missing(): never {
  throw Object.assign(new Error('no such file'), { code: 'ENOENT' });
}
