/** What an operator can do about an error code of the TCR API or STS. */

/** Who asks for what. */
export interface Asking {
  /** As `describeIdentity` writes it. */
  readonly identity: string;
  readonly roleArn?: string | undefined;
  readonly registryId?: string | undefined;
  readonly region?: string | undefined;
}

type Hint = string | ((asking: Asking, action: string) => string);

const forTcr: readonly (readonly [RegExp, Hint])[] = [
  [
    /(^|\.)UnauthorizedOperation|^InternalError\.(ErrUnauthorized|ErrorTcrUnauthorized)$|^OperationDenied/,
    ({ registryId, region }, action) =>
      action === 'DescribeInstances'
        ? `grant ${policy(['tcr:DescribeInstances', 'tcr:CreateInstanceToken'], 'qcs::tcr:::instance/*')} in CAM, or set registryId and region in the entry, which saves this call`
        : `grant ${policy(['tcr:CreateInstanceToken'], `qcs::tcr:${region ?? ''}::instance/${registryId ?? '*'}`)} in CAM: the preset policy QcloudTCRReadOnlyAccess does not contain it`,
  ],
  [
    /^ResourceInsufficient\.ErrorInstanceNotRunning$/,
    "wait until the instance is Running, or renew it in TCR's console when it is isolated",
  ],
  [
    /^ResourceNotFound|^InternalError\.ErrNotExist$/,
    ({ registryId, region }) =>
      `check that an instance ${registryId ?? ''} exists in ${region ?? 'this region'} and belongs to this account (registryId and region of the entry)`,
  ],
];

const forSts: readonly (readonly [RegExp, Hint])[] = [
  [
    /(^|\.)UnauthorizedOperation/,
    ({ roleArn }) =>
      `grant ${policy(['sts:AssumeRole'], roleArn ?? '*')} in CAM, and name this identity in the role's trust policy`,
  ],
  [
    /^ResourceNotFound|RoleNotFound|GetRoleError/,
    ({ roleArn }) => `check that the role ${roleArn ?? ''} exists`,
  ],
  [
    /^InvalidParameter|^FailedOperation|^AuthFailure\.(OIDC|WebIdentity)/,
    (_, action) =>
      action === 'AssumeRoleWithWebIdentity'
        ? "check providerId, and that the role's trust policy allows the token's issuer and audience (the kubelet's serviceAccountTokenAudience)"
        : "check roleArn, and the role's trust policy",
  ],
];

const forBoth: readonly (readonly [RegExp, Hint])[] = [
  [/^AuthFailure\.SignatureExpire/, 'set the clock of this node: the API allows five minutes of difference'],
  [/^AuthFailure\.SignatureFailure/, 'check that the secret key belongs to this secret id and is complete'],
  [/^AuthFailure\.(SecretIdNotFound|InvalidSecretId)/, 'check that this key exists and is enabled in CAM'],
  [
    /^AuthFailure\.TokenFailure/,
    'get new temporary keys: the session token is expired or belongs to other keys',
  ],
  [/^AuthFailure/, 'check the keys and what CAM allows them'],
  [
    /^RequestLimitExceeded/,
    'the account is throttled: it is asked again at the next pull; cache tokens, or ask for a higher limit',
  ],
  [
    /^InternalError/,
    'the service failed: it is asked again at the next pull; if that lasts, give Tencent Cloud the request id',
  ],
  [
    /^(UnsupportedRegion|InvalidAction|NoSuchVersion|InvalidVersion|UnknownParameter)/,
    'check endpoint and region of the entry',
  ],
];

/** What to do about `code`, which `action` was answered with. */
export function hintFor(code: string, action: string, asking: Asking): string {
  const own = action.startsWith('AssumeRole') ? forSts : forTcr;
  const hint = [...own, ...forBoth].find(([pattern]) => pattern.test(code))?.[1];
  if (typeof hint === 'function') return hint(asking, action);
  return hint ?? 'look the code up in https://cloud.tencent.com/document/api/1141/41571';
}

/** A whole CAM policy: https://cloud.tencent.com/document/product/598/10604 */
function policy(action: readonly string[], resource: string): string {
  return JSON.stringify({ version: '2.0', statement: [{ effect: 'allow', action, resource: [resource] }] });
}
