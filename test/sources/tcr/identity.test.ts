import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseIni } from '../../../src/sources/tcr/credentials-file.ts';
import { tcr } from '../../../src/sources/tcr.ts';
import { faultOf, requestOf, type Setting } from '../../support/tcr-request.ts';
import { startTencent, type Tencent } from '../../support/tencent.ts';

const role = 'qcs::cam::uin/100036950234:roleName/pull';
const other = 'qcs::cam::uin/100036950234:roleName/other';
const instance = { registryId: 'tcr-abc123', region: 'ap-guangzhou' };

/** Every way to an identity at once; the username of the token tells which was taken. */
const ways = {
  options: { secretId: 'AKIDentry', secretKey: 'sk-entry' },
  env: { TENCENTCLOUD_SECRET_ID: 'AKIDenv', TENCENTCLOUD_SECRET_KEY: 'sk-env' },
  userFile: { '/home/kubelet/.tencentcloud/credentials': ini('AKIDuser', 'sk-user') },
  systemFile: { '/etc/tencentcloud/credentials': ini('AKIDsystem', 'sk-system') },
  webEnv: {
    TKE_ROLE_ARN: role,
    TKE_PROVIDER_ID: 'provider',
    TKE_WEB_IDENTITY_TOKEN_FILE: '/var/run/token',
    TKE_REGION: 'ap-beijing',
  },
  webFile: { '/var/run/token': 'jwt-of-the-environment\n' },
};

let cloud: Tencent;

beforeEach(async () => {
  cloud = await startTencent();
  cloud.instances.push({ id: 'tcr-abc123', name: 'team', region: 'ap-guangzhou', status: 'Running' });
  for (const name of ['entry', 'env', 'user', 'system']) {
    cloud.principals.set(`AKID${name}`, { secretKey: `sk-${name}`, username: name });
  }
  cloud.roles.set(role, { username: 'role' }).set(other, { username: 'other role' });
  cloud.webTokens.set('jwt-of-the-environment', 'provider').set('jwt-of-the-pod', 'provider');
  cloud.cvmRole = { name: 'node-role', principal: { username: 'metadata' } };
});

afterEach(() => cloud.stop());

function ini(id: string, key: string): string {
  return `[other]\nsecret_id = no\nsecret_key = no\n\n[default]\nsecret_id = ${id}\nsecret_key = ${key}\n`;
}

function prepared(setting: Setting) {
  const env = { HOME: '/home/kubelet', ...setting.env };
  return requestOf(cloud, { ...setting, env, options: { ...instance, ...setting.options } });
}

async function usernameFor(setting: Setting): Promise<string | undefined> {
  const { request, io } = prepared(setting);
  return (await tcr.fetch(request, io))?.username;
}

async function whoFor(setting: Setting): Promise<string> {
  const { request, io } = prepared(setting);
  return (await tcr.identify(request, io)).who;
}

const podAccount = { token: 'jwt-of-the-pod', annotations: { 'tke.cloud.tencent.com/role-arn': role } };

describe('the first way that is there is taken', () => {
  const all: Setting = {
    options: { ...ways.options, providerId: 'provider' },
    env: { ...ways.env, ...ways.webEnv },
    files: { ...ways.userFile, ...ways.systemFile, ...ways.webFile },
    serviceAccount: { ...podAccount, annotations: { 'tke.cloud.tencent.com/role-arn': other } },
  };
  const { serviceAccount: _, ...withoutPod } = all;
  const withoutEntry = { ...withoutPod, options: {} };
  const withoutEnv = { ...withoutEntry, env: ways.webEnv };
  const withoutUserFile = { ...withoutEnv, files: { ...ways.systemFile, ...ways.webFile } };
  const withoutFiles = { ...withoutEnv, files: ways.webFile };
  test.each([
    ['the service account of the pod', all, 'other role', other],
    ['the keys of the entry', withoutPod, 'entry', 'AKIDentry'],
    ['the environment', withoutEntry, 'env', 'AKIDenv'],
    ["the user's credentials file", withoutEnv, 'user', 'AKIDuser'],
    ["the system's credentials file", withoutUserFile, 'system', 'AKIDsystem'],
    ['the web identity of the environment', withoutFiles, 'role', role],
    ['the role of the CVM', { ...withoutFiles, env: {} }, 'metadata', 'the CVM instance role'],
  ] as [string, Setting, string, string][])('%s', async (_name, setting, username, who) => {
    expect(await whoFor(setting)).toBe(who);
    expect(cloud.calls).toEqual([]);
    expect(await usernameFor(setting)).toBe(username);
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
      expect(await usernameFor(setting)).toBe('temporary');
    }
  });

  test('secretKeyFile is relative to the file that names it, and loses one line break', async () => {
    const options = { secretId: 'AKIDentry', secretKeyFile: 'tcr.key' };
    const files = { '/etc/keyring-credential-provider/tcr.key': 'sk-entry\n' };
    expect(await usernameFor({ options, files })).toBe('entry');
  });

  test('a secretKeyFile that is missing, empty or unreadable is an error, not another identity', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'tcr-'));
    try {
      const path = join(folder, 'key');
      const attempt = () => {
        const { request, io } = prepared({
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
    const { request, io } = prepared({ options, env: ways.env });
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
    const own = { ...setting, options: { ...setting.options, roleArn: other } };
    expect(await whoFor(own)).toBe(`${other} assumed by ${base}`);
    expect(await usernameFor(own)).toBe('other role');
    expect(cloud.actions()).toContain('AssumeRole');
  });

  test('a role that refuses is an error, not the identity below it', async () => {
    const { request, io } = prepared({
      options: { ...ways.options, roleArn: 'qcs::cam::uin/1:roleName/none' },
    });
    const fault = await faultOf(tcr.fetch(request, io));
    expect(fault.code).toBe('ResourceNotFound.RoleNotFound');
    expect(fault.what).toContain('AKIDentry');
    expect(cloud.actions()).toEqual(['AssumeRole']);
  });
});

describe('the service account of the pod', () => {
  const nodeKeys = { env: ways.env };

  test('needs no key of the node, and its token goes out unsigned and unchanged', async () => {
    cloud.cvmRole = undefined;
    expect(await usernameFor({ options: { providerId: 'provider' }, serviceAccount: podAccount })).toBe(
      'role',
    );
    expect(cloud.actions()).toEqual(['AssumeRoleWithWebIdentity', 'CreateInstanceToken']);
    expect(cloud.calls[0]?.params).toMatchObject({ RoleArn: role, WebIdentityToken: 'jwt-of-the-pod' });
  });

  test('gets its provider from the entry, else its annotation, else the environment', async () => {
    const annotated = {
      ...podAccount,
      annotations: { ...podAccount.annotations, 'tke.cloud.tencent.com/provider-id': 'provider' },
    };
    expect(await usernameFor({ serviceAccount: annotated, ...nodeKeys })).toBe('role');
    const env = { ...ways.env, TKE_PROVIDER_ID: 'provider' };
    expect(await usernameFor({ serviceAccount: podAccount, env })).toBe('role');
    const wrong = { options: { providerId: 'not-its-provider' }, serviceAccount: annotated, ...nodeKeys };
    const { request, io } = prepared(wrong);
    expect((await faultOf(tcr.fetch(request, io))).code).toBe('InvalidParameter.WebIdentityTokenError');
  });

  test.each([
    [
      'the annotation',
      { 'tke.cloud.tencent.com/role-arn': role },
      { roleArn: other, providerId: 'provider' },
      {},
      'role',
    ],
    ['the entry', {}, { roleArn: other, providerId: 'provider' }, { TKE_ROLE_ARN: role }, 'other role'],
    ['the environment', {}, {}, { TKE_ROLE_ARN: role, TKE_PROVIDER_ID: 'provider' }, 'role'],
  ] as [string, Record<string, string>, Record<string, string>, Record<string, string>, string][])(
    'gets its role from %s',
    async (_name, annotations, options, env, username) => {
      const serviceAccount = { token: 'jwt-of-the-pod', annotations };
      expect(await usernameFor({ options, env, serviceAccount })).toBe(username);
      expect(cloud.actions()).toEqual(['AssumeRoleWithWebIdentity', 'CreateInstanceToken']);
    },
  );

  test('that STS refuses is an error that says what to check, and the node does not step in', async () => {
    const serviceAccount = { ...podAccount, token: 'jwt-expired' };
    const { request, io } = prepared({
      options: { ...ways.options, providerId: 'provider' },
      serviceAccount,
    });
    const fault = await faultOf(tcr.fetch(request, io));
    expect(fault.code).toBe('InvalidParameter.WebIdentityTokenError');
    expect(fault.hint).toContain('serviceAccountTokenAudience');
    expect(fault.message).not.toContain('jwt-expired');
    expect(cloud.actions()).toEqual(['AssumeRoleWithWebIdentity']);
  });

  test('with a role but no provider is an error before any call', async () => {
    const { request, io } = prepared({ serviceAccount: podAccount, ...nodeKeys });
    const fault = await faultOf(tcr.fetch(request, io));
    expect(fault.code).toBe('missing-provider-id');
    expect(fault.hint).toContain('providerId');
    expect(cloud.calls).toEqual([]);
  });

  test('without any role leaves the node to ask', async () => {
    const serviceAccount = { token: 'jwt-of-the-pod', annotations: {} };
    expect(await usernameFor({ serviceAccount, ...nodeKeys })).toBe('env');
  });
});

describe('web identity of the environment', () => {
  test('loses the line break of its file, and is asked in TKE_REGION', async () => {
    const setting = { options: { region: '' }, env: ways.webEnv, files: ways.webFile };
    expect(await usernameFor(setting)).toBe('role');
    expect(cloud.calls[0]).toMatchObject({
      region: 'ap-beijing',
      params: { WebIdentityToken: 'jwt-of-the-environment' },
    });
  });

  test('that is configured and fails is an error, not the role of the CVM', async () => {
    const { request, io } = prepared({ env: ways.webEnv, files: { '/var/run/token': 'jwt-expired' } });
    expect((await faultOf(tcr.fetch(request, io))).code).toBe('InvalidParameter.WebIdentityTokenError');
    const gone = prepared({ env: { ...ways.webEnv, TKE_WEB_IDENTITY_TOKEN_FILE: '/var/run/none' } });
    expect((await faultOf(tcr.fetch(gone.request, gone.io))).code).toBe('missing-secret');
    expect(cloud.actions()).toEqual(['AssumeRoleWithWebIdentity']);
  });
});

describe('with no keys anywhere', () => {
  async function faultFor(setting: Setting) {
    const { request, io } = prepared(setting);
    return faultOf(tcr.fetch(request, io));
  }

  test('the error says what was tried, in order', async () => {
    cloud.cvmRole = undefined;
    const fault = await faultFor({
      env: { TENCENTCLOUD_SECRET_ID: 'AKIDhalf' },
      files: { '/home/kubelet/.tencentcloud/credentials': '[team]\nsecret_id = x\n' },
    });
    expect(fault.code).toBe('no-credentials');
    expect(fault.what).toEndWith(
      [
        'tried in order: no secretId in the entry',
        'TENCENTCLOUD_SECRET_ID without TENCENTCLOUD_SECRET_KEY',
        '/home/kubelet/.tencentcloud/credentials has no section [default]',
        'no /etc/tencentcloud/credentials',
        'no TKE_WEB_IDENTITY_TOKEN_FILE',
        'no role is bound to this CVM',
      ].join('; '),
    );
  });

  test.each([
    ['hang', 'in time'],
    ['reset', 'closed the connection'],
    [{ status: 500 }, 'HTTP 500'],
    ['html', 'the metadata'],
    [{ status: 302, headers: { location: 'http://127.0.0.1:1/' } }, 'redirect'],
  ] as const)('a metadata service that fails (%j) is asked once, and named last', async (failure, said) => {
    cloud.fail('metadata', failure);
    const fault = await faultFor({});
    expect(fault.code).toBe('no-credentials');
    expect(fault.what.split('; ').at(-1)).toContain(said);
    expect(cloud.actions()).toEqual(['metadata']);
  });

  test('a metadata service that hangs costs a second of the deadline at most', async () => {
    cloud.fail('metadata', 'hang');
    const { request, io } = prepared({ milliseconds: 30_000 });
    await faultOf(tcr.fetch(request, io));
    expect(request.deadline.remaining()).toBeGreaterThan(25_000);
  });

  test('keys that the metadata cannot give are an error without a call to the API', async () => {
    cloud.fail('metadata', { delay: 0 }, 1);
    cloud.fail('metadata', { response: { Code: 'Failed' } }, 1);
    expect((await faultFor({})).what).toContain('no keys of the role node-role');
  });
});

test.each([
  ['[default]\nsecret_id=a', { default: { secret_id: 'a' } }],
  ['\uFEFF[ default ]\r\nsecret_id = "a b"\r\n', { default: { secret_id: 'a b' } }],
  ["; note\n# note\n[x]\n k = 'v=w' \n[y]\n[x]\nj=1", { x: { k: 'v=w', j: '1' }, y: {} }],
  ['before = any\n[x]\nno value\n=v\nk=1\nk=2', { x: { k: '2' } }],
  ['', {}],
])('INI: %j', (text, sections) => {
  const read = Object.fromEntries(
    [...parseIni(text)].map(([name, keys]) => [name, Object.fromEntries(keys)]),
  );
  expect(read).toEqual(sections as Record<string, Record<string, string>>);
});
