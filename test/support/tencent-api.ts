/** The TCR API and STS of the double: what they check, and what they answer. */

import { randomBytes, randomUUID } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { verifyTc3 } from './tc3.ts';

export interface Instance {
  readonly id: string;
  readonly name: string;
  readonly region: string;
  readonly status: string;
}

export interface Principal {
  readonly secretKey: string;
  readonly token?: string | undefined;
  /** The Username of the tokens that it gets. */
  readonly username: string;
  /** API actions that CAM refuses it. */
  readonly denied?: readonly string[];
}

/** What the cloud knows, for a test to set up and to look at. */
export interface Account {
  readonly principals: Map<string, Principal>;
  readonly instances: Instance[];
  /** ARNs of roles that may be assumed, with what their tokens are issued to. */
  readonly roles: Map<string, Omit<Principal, 'secretKey'>>;
  /** Web identity tokens that STS accepts, each with the provider that it comes from. */
  readonly webTokens: Map<string, string>;
  /** The role bound to this CVM. */
  cvmRole: { name: string; principal: Omit<Principal, 'secretKey'> } | undefined;
  /** Added to the clock of the API, in milliseconds. */
  clockSkew: number;
  /** Merged into what CreateInstanceToken answers. */
  tokenFields: Record<string, unknown>;
  /** Passwords by user name, as issued. */
  readonly issued: Map<string, Set<string>>;
}

type Answer = { readonly Response: Record<string, unknown> };

const services: Record<string, string> = { '2019-09-24': 'tcr', '2018-08-13': 'sts' };

/** Answers a call; everything that is wrong with it is an error as HTTP 200, as in the real API. */
export function api(cloud: Account, action: string, headers: IncomingHttpHeaders, body: string): Answer {
  const service = services[String(headers['x-tc-version'])];
  if (service === undefined) return errorAnswer('NoSuchVersion');
  const params = JSON.parse(body || '{}') as Record<string, unknown>;
  if (service === 'sts' && action === 'AssumeRoleWithWebIdentity') {
    if (headers.authorization !== 'SKIP' || headers['x-tc-token'] !== undefined)
      return errorAnswer('InvalidParameter');
    return assumeWithWebIdentity(cloud, params);
  }
  const now = Date.now() + cloud.clockSkew;
  const signer = verifyTc3({ headers, body }, service, id => cloud.principals.get(id), now);
  if ('code' in signer) return errorAnswer(signer.code);
  const principal = cloud.principals.get(signer.secretId);
  if (!principal || principal.denied?.includes(action))
    return errorAnswer('AuthFailure.UnauthorizedOperation');
  if (!headers['x-tc-region']) return errorAnswer('MissingParameter');
  const region = String(headers['x-tc-region']);
  switch (`${service} ${action}`) {
    case 'tcr CreateInstanceToken':
      return createInstanceToken(cloud, params, region, principal);
    case 'tcr DescribeInstances':
      return describeInstances(cloud, params, region);
    case 'sts AssumeRole':
      return assumeRole(cloud, params);
    default:
      return errorAnswer('InvalidAction');
  }
}

function createInstanceToken(
  cloud: Account,
  params: Record<string, unknown>,
  region: string,
  principal: Principal,
): Answer {
  const unknown = Object.keys(params).find(name => !['RegistryId', 'TokenType', 'Desc'].includes(name));
  if (unknown !== undefined) return errorAnswer('UnknownParameter');
  if (params.TokenType !== undefined && params.TokenType !== 'temp') return errorAnswer('OperationDenied');
  const instance = cloud.instances.find(({ id }) => id === params.RegistryId);
  if (instance?.region !== region) return errorAnswer('ResourceNotFound.TcrResourceNotFound');
  if (instance.status !== 'Running') return errorAnswer('ResourceInsufficient.ErrorInstanceNotRunning');
  const token = `${randomBytes(24).toString('base64url')}.${randomBytes(400).toString('base64url')}`;
  const answer = {
    Username: principal.username,
    Token: token,
    ExpTime: Date.now() + 3_600_000,
    TokenId: null,
    ...cloud.tokenFields,
  };
  const username = String(answer.Username);
  cloud.issued.set(username, (cloud.issued.get(username) ?? new Set()).add(token));
  return { Response: { ...answer, RequestId: randomUUID() } };
}

function describeInstances(cloud: Account, params: Record<string, unknown>, region: string): Answer {
  const {
    Registryids: ids,
    Filters: filters,
    AllRegion: all,
    Offset: offset = 0,
    Limit: limit = 20,
  } = params;
  if (typeof limit !== 'number' || limit > 100 || typeof offset !== 'number')
    return errorAnswer('InvalidParameter');
  const found = cloud.instances.filter(instance => {
    if (all !== true && instance.region !== region) return false;
    if (Array.isArray(ids) && !ids.includes(instance.id)) return false;
    return ((filters as { Name: string; Values: string[] }[] | undefined) ?? []).every(
      ({ Name, Values }) => Name === 'RegistryName' && Values.some(value => instance.name.includes(value)),
    );
  });
  const page = found.slice(offset, offset + limit).map(({ id, name, region: RegionName, status }) => ({
    RegistryId: id,
    RegistryName: name,
    RegistryType: 'standard',
    Status: status,
    PublicDomain: `${name}.tencentcloudcr.com`,
    RegionName,
    TokenValidTime: 1,
  }));
  return { Response: { TotalCount: found.length, Registries: page, RequestId: randomUUID() } };
}

function assumeRole(cloud: Account, params: Record<string, unknown>): Answer {
  const role = cloud.roles.get(String(params.RoleArn));
  if (!role) return errorAnswer('ResourceNotFound.RoleNotFound');
  if (!/^[\w+=,.@-]{2,128}$/.test(String(params.RoleSessionName)))
    return errorAnswer('InvalidParameter.ParamError');
  const keys = temporaryKeys(cloud, role);
  return { Response: { Credentials: keys, ...expiry(), RequestId: randomUUID() } };
}

function assumeWithWebIdentity(cloud: Account, params: Record<string, unknown>): Answer {
  const provider = cloud.webTokens.get(String(params.WebIdentityToken));
  if (provider === undefined || provider !== params.ProviderId) {
    return errorAnswer('InvalidParameter.WebIdentityTokenError');
  }
  return assumeRole(cloud, params);
}

export function temporaryKeys(cloud: Account, role: Omit<Principal, 'secretKey'>) {
  const id = `AKID-tmp-${randomBytes(9).toString('hex')}`;
  const keys = {
    TmpSecretId: id,
    TmpSecretKey: randomBytes(16).toString('hex'),
    Token: randomBytes(48).toString('hex'),
  };
  cloud.principals.set(id, { ...role, secretKey: keys.TmpSecretKey, token: keys.Token });
  return keys;
}

export function expiry() {
  const at = Date.now() + 7_200_000;
  return { ExpiredTime: Math.floor(at / 1000), Expiration: new Date(at).toISOString() };
}

export function errorAnswer(Code: string): Answer {
  return {
    Response: { Error: { Code, Message: 'a message with sk-private-detail' }, RequestId: randomUUID() },
  };
}
