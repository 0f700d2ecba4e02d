/** An account with every way to an identity at once; the user name of a token tells which was taken. */

import { tcr } from '../../src/sources/tcr.ts';
import { requestOf, type Setting } from './tcr-request.ts';
import { startTencent, type Tencent } from './tencent.ts';

export const role = 'qcs::cam::uin/100036950234:roleName/pull';
export const otherRole = 'qcs::cam::uin/100036950234:roleName/other';

export const ways = {
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
  webFile: { '/var/run/token': ' jwt-of-the-environment\n\n' },
  serviceAccount: { token: 'jwt-of-the-pod', annotations: { 'tke.cloud.tencent.com/role-arn': role } },
} as const;

export async function startAccount(): Promise<Tencent> {
  const cloud = await startTencent();
  cloud.instances.push({ id: 'tcr-abc123', name: 'team', region: 'ap-guangzhou', status: 'Running' });
  for (const name of ['entry', 'env', 'user', 'system']) {
    cloud.principals.set(`AKID${name}`, { secretKey: `sk-${name}`, username: name });
  }
  cloud.roles.set(role, { username: 'role' }).set(otherRole, { username: 'other role' });
  cloud.webTokens.set('jwt-of-the-environment', 'provider').set('jwt-of-the-pod', 'provider');
  cloud.cvmRole = { name: 'node-role', principal: { username: 'metadata' } };
  return cloud;
}

/** A credentials file whose keys are not in its first section. */
export function ini(id: string, key: string): string {
  return `[other]\nsecret_id = no\nsecret_key = no\n\n[default]\nsecret_id = ${id}\nsecret_key = ${key}\n`;
}

/** A request for an instance that the entry names. */
export function prepared(cloud: Tencent, setting: Setting) {
  const env = { HOME: '/home/kubelet', ...setting.env };
  const options = { registryId: 'tcr-abc123', region: 'ap-guangzhou', ...setting.options };
  return requestOf(cloud, { ...setting, env, options });
}

export async function usernameFor(cloud: Tencent, setting: Setting): Promise<string | undefined> {
  const { request, io } = prepared(cloud, setting);
  return (await tcr.fetch(request, io))?.username;
}
