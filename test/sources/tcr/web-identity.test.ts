import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import { tcr } from '../../../src/sources/tcr.ts';
import { otherRole, prepared, role, startAccount, usernameFor, ways } from '../../support/tcr-account.ts';
import { faultOf } from '../../support/tcr-request.ts';
import type { Tencent } from '../../support/tencent.ts';

let cloud: Tencent;

beforeEach(async () => {
  cloud = await startAccount();
});

afterEach(() => cloud.stop());

describe('the service account of the pod', () => {
  const nodeKeys = { env: ways.env };

  test('needs no key of the node, and its token goes out unsigned and unchanged', async () => {
    cloud.cvmRole = undefined;
    expect(
      await usernameFor(cloud, { options: { providerId: 'provider' }, serviceAccount: ways.serviceAccount }),
    ).toBe('role');
    expect(cloud.actions()).toEqual(['AssumeRoleWithWebIdentity', 'CreateInstanceToken']);
    expect(cloud.calls[0]?.params).toMatchObject({ RoleArn: role, WebIdentityToken: 'jwt-of-the-pod' });
  });

  test('gets its provider from the entry, else its annotation, else the environment', async () => {
    const annotated = {
      ...ways.serviceAccount,
      annotations: { ...ways.serviceAccount.annotations, 'tke.cloud.tencent.com/provider-id': 'provider' },
    };
    expect(await usernameFor(cloud, { serviceAccount: annotated, ...nodeKeys })).toBe('role');
    const env = { ...ways.env, TKE_PROVIDER_ID: 'provider' };
    expect(await usernameFor(cloud, { serviceAccount: ways.serviceAccount, env })).toBe('role');
    const wrong = { options: { providerId: 'not-its-provider' }, serviceAccount: annotated, ...nodeKeys };
    const { request, io } = prepared(cloud, wrong);
    expect((await faultOf(tcr.fetch(request, io))).code).toBe('InvalidParameter.WebIdentityTokenError');
  });

  test.each([
    [
      'the annotation',
      { 'tke.cloud.tencent.com/role-arn': role },
      { roleArn: otherRole, providerId: 'provider' },
      {},
      'role',
    ],
    ['the entry', {}, { roleArn: otherRole, providerId: 'provider' }, { TKE_ROLE_ARN: role }, 'other role'],
    ['the environment', {}, {}, { TKE_ROLE_ARN: role, TKE_PROVIDER_ID: 'provider' }, 'role'],
  ] as [string, Record<string, string>, Record<string, string>, Record<string, string>, string][])(
    'gets its role from %s',
    async (_name, annotations, options, env, username) => {
      const serviceAccount = { token: 'jwt-of-the-pod', annotations };
      expect(await usernameFor(cloud, { options, env, serviceAccount })).toBe(username);
      expect(cloud.actions()).toEqual(['AssumeRoleWithWebIdentity', 'CreateInstanceToken']);
    },
  );

  test('comes below a roleArn that stands in the entry without a providerId', async () => {
    const env = { TKE_PROVIDER_ID: 'provider' };
    const { serviceAccount } = ways;
    expect(await usernameFor(cloud, { options: { roleArn: otherRole }, env, serviceAccount })).toBe(
      'other role',
    );
    expect(cloud.actions()).toEqual(['AssumeRoleWithWebIdentity', 'AssumeRole', 'CreateInstanceToken']);
    expect(cloud.calls[0]?.params.RoleArn).toBe(role);
  });

  test('that STS refuses is an error that says what to check, and the node does not step in', async () => {
    const serviceAccount = { ...ways.serviceAccount, token: 'jwt-expired' };
    const { request, io } = prepared(cloud, {
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
    const { request, io } = prepared(cloud, { serviceAccount: ways.serviceAccount, ...nodeKeys });
    const fault = await faultOf(tcr.fetch(request, io));
    expect(fault.code).toBe('missing-provider-id');
    expect(fault.hint).toContain('providerId');
    expect(cloud.calls).toEqual([]);
  });

  test('without any role leaves the node to ask', async () => {
    const serviceAccount = { token: 'jwt-of-the-pod', annotations: {} };
    expect(await usernameFor(cloud, { serviceAccount, ...nodeKeys })).toBe('env');
  });
});

describe('web identity of the environment', () => {
  test('loses the white space around it, and is asked in TKE_REGION', async () => {
    const setting = { options: { region: '' }, env: ways.webEnv, files: ways.webFile };
    expect(await usernameFor(cloud, setting)).toBe('role');
    expect(cloud.calls[0]).toMatchObject({
      region: 'ap-beijing',
      params: { WebIdentityToken: 'jwt-of-the-environment' },
    });
  });

  test('that is configured and fails is an error, not the role of the CVM', async () => {
    const { request, io } = prepared(cloud, { env: ways.webEnv, files: { '/var/run/token': 'jwt-expired' } });
    expect((await faultOf(tcr.fetch(request, io))).code).toBe('InvalidParameter.WebIdentityTokenError');
    const gone = prepared(cloud, { env: { ...ways.webEnv, TKE_WEB_IDENTITY_TOKEN_FILE: '/var/run/none' } });
    expect((await faultOf(tcr.fetch(gone.request, gone.io))).code).toBe('missing-secret');
    expect(cloud.actions()).toEqual(['AssumeRoleWithWebIdentity']);
  });
});
