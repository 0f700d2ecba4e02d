import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tcr } from '../../../src/sources/tcr.ts';
import {
  ini,
  otherRole,
  prepared,
  role,
  startAccount,
  usernameFor,
  ways,
} from '../../support/tcr-account.ts';
import { faultOf, type Setting } from '../../support/tcr-request.ts';
import type { Tencent } from '../../support/tencent.ts';

let cloud: Tencent;

beforeEach(async () => {
  cloud = await startAccount();
});

afterEach(() => cloud.stop());

async function whoFor(setting: Setting): Promise<string> {
  const { request, io } = prepared(cloud, setting);
  return (await tcr.identify(request, io)).who;
}

describe('the first way that is there is taken', () => {
  const all: Setting = {
    options: { ...ways.options, providerId: 'provider' },
    env: { ...ways.env, ...ways.webEnv },
    files: { ...ways.userFile, ...ways.systemFile, ...ways.webFile },
    serviceAccount: { ...ways.serviceAccount, annotations: { 'tke.cloud.tencent.com/role-arn': otherRole } },
  };
  const { serviceAccount: _, ...withoutPod } = all;
  const withoutEntry = { ...withoutPod, options: {} };
  const withoutEnv = { ...withoutEntry, env: ways.webEnv };
  const withoutUserFile = { ...withoutEnv, files: { ...ways.systemFile, ...ways.webFile } };
  const withoutFiles = { ...withoutEnv, files: ways.webFile };
  test.each([
    ['the service account of the pod', all, 'other role', otherRole],
    ['the keys of the entry', withoutPod, 'entry', 'AKIDentry'],
    ['the environment', withoutEntry, 'env', 'AKIDenv'],
    ["the user's credentials file", withoutEnv, 'user', 'AKIDuser'],
    ["the system's credentials file", withoutUserFile, 'system', 'AKIDsystem'],
    ['the web identity of the environment', withoutFiles, 'role', role],
    ['the role of the CVM', { ...withoutFiles, env: {} }, 'metadata', 'the CVM instance role'],
  ] as [string, Setting, string, string][])('%s', async (_name, setting, username, who) => {
    expect(await whoFor(setting)).toBe(who);
    expect(cloud.calls).toEqual([]);
    expect(await usernameFor(cloud, setting)).toBe(username);
  });
});

describe('keys', () => {
  test('the session token goes along, from the entry, the environment and a file', async () => {
    cloud.principals.set('AKIDtmp', { secretKey: 'sk-tmp', token: 'session', username: 'temporary' });
    const file = `${ini('AKIDtmp', 'sk-tmp')}token = "session"\n`;
    for (const setting of [
      { options: { secretId: 'AKIDtmp', secretKey: 'sk-tmp', token: 'session' } },
      {
        env: {
          TENCENTCLOUD_SECRET_ID: 'AKIDtmp',
          TENCENTCLOUD_SECRET_KEY: 'sk-tmp',
          TENCENTCLOUD_SESSION_TOKEN: 'session',
        },
      },
      { files: { '/home/kubelet/.tencentcloud/credentials': file } },
    ]) {
      expect(await usernameFor(cloud, setting)).toBe('temporary');
    }
  });

  test('secretKeyFile is relative to the file that names it, and loses one line break', async () => {
    const options = { secretId: 'AKIDentry', secretKeyFile: 'tcr.key' };
    const files = { '/etc/keyring-credential-provider/tcr.key': 'sk-entry\n' };
    expect(await usernameFor(cloud, { options, files })).toBe('entry');
  });

  test('a secretKeyFile that is missing, empty or unreadable is an error, not another identity', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'tcr-'));
    try {
      const path = join(folder, 'key');
      const attempt = () => {
        const { request, io } = prepared(cloud, {
          options: { secretId: 'AKIDentry', secretKeyFile: path },
          env: ways.env,
        });
        return faultOf(tcr.fetch(request, io));
      };
      expect((await attempt()).code).toBe('missing-secret');
      await writeFile(path, '\n');
      expect((await attempt()).code).toBe('empty-secret');
      await chmod(path, 0);
      if (process.getuid?.() !== 0) expect((await attempt()).code).toBe('unreadable-secret');
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  test.each([
    [{ secretId: 'AKIDentry' }, 'a secretId without a secret key'],
    [{ secretKey: 'sk-entry' }, 'a secret key without a secretId'],
    [{ secretKeyFile: 'tcr.key' }, 'a secret key without a secretId'],
  ])('half a pair in the entry is an error: %j', async (options, what) => {
    const { request, io } = prepared(cloud, { options, env: ways.env });
    const fault = await faultOf(tcr.identify(request, io));
    expect([fault.code, fault.what]).toEqual(['incomplete-keys', `the entry has ${what}`]);
  });
});

describe('roleArn of the entry is assumed on top of', () => {
  test.each([
    ['the keys of the entry', { options: ways.options }, 'AKIDentry'],
    ['the environment', { env: ways.env }, 'AKIDenv'],
    ['a credentials file', { files: ways.userFile }, 'AKIDuser'],
    ['the web identity of the environment', { env: ways.webEnv, files: ways.webFile }, role],
    ['the role of the CVM', {}, 'the CVM instance role'],
  ] as [string, Setting, string][])('%s', async (_name, setting, base) => {
    const own = { ...setting, options: { ...setting.options, roleArn: otherRole } };
    expect(await whoFor(own)).toBe(`${otherRole} assumed by ${base}`);
    expect(await usernameFor(cloud, own)).toBe('other role');
    expect(cloud.actions()).toContain('AssumeRole');
  });

  test('a role that refuses is an error, not the identity below it', async () => {
    const { request, io } = prepared(cloud, {
      options: { ...ways.options, roleArn: 'qcs::cam::uin/1:roleName/none' },
    });
    const fault = await faultOf(tcr.fetch(request, io));
    expect(fault.code).toBe('ResourceNotFound.RoleNotFound');
    expect(fault.what).toContain('AKIDentry');
    expect(cloud.actions()).toEqual(['AssumeRole']);
  });
});
