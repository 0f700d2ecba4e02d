/**
 * Every key that a configuration may have, with its type and meaning: the one table that the schema, the quick check,
 * the hints for mistyped keys and the reference in the README are made from.
 */

/** `texts` is a list of texts, `map` an object of texts; a duration is a text such as `5m`. */
export type FieldType = 'text' | 'flag' | 'duration' | 'texts' | 'map';

export interface Field {
  readonly type: FieldType;
  readonly about: string;
  /** The only values that are allowed. */
  readonly values?: readonly string[];
}

export type Fields = Readonly<Record<string, Field>>;

function text(about: string): Field {
  return { type: 'text', about };
}

function flag(about: string): Field {
  return { type: 'flag', about };
}

/** A user name and password. The last four are docker's: read where they matter, else ignored. */
const staticFields: Fields = {
  auth: text('base64 of `username:password`, as docker writes it; it wins over `username` and `password`'),
  username: text('the user name'),
  usernameFile: text('a file that holds the user name'),
  password: text('the password itself; prefer `passwordFile`'),
  passwordFile: text('a file that holds the password, read at every run; one trailing line break is dropped'),
  passwordEnv: text("an environment variable of the kubelet's that holds the password"),
  email: text('ignored'),
  serveraddress: text('ignored'),
  identitytoken: text(
    "an OAuth2 refresh token, which the kubelet's API cannot carry: reported as a failed source",
  ),
  registrytoken: text("a bearer token, which the kubelet's API cannot carry: reported as a failed source"),
};

const ecrFields: Fields = {
  region: text("the AWS region; default: the host's"),
  registryId: text('the account that owns the registry, 12 digits; default: the one of the host'),
  profile: text("a profile of AWS's shared configuration files"),
  roleArn: text('an IAM role to assume'),
  externalId: text('the external id for assuming `roleArn`'),
  sessionName: text('the session name for assuming a role'),
  endpoint: text("the URL of the ECR API; default: the region's public endpoint"),
  fips: flag("whether to use the API's FIPS endpoint; default: whether the host is a FIPS host"),
  dualStack: flag(
    "whether to use the API's dual-stack endpoint; default: whether the host is a dual-stack host",
  ),
};

const tcrFields: Fields = {
  registryId: text('the id of the instance, `tcr-…`; default: looked up by the host'),
  region: text('the region of the instance, such as `ap-guangzhou`; default: looked up'),
  endpoint: text('the host or URL of the TCR API; default: `tcr.tencentcloudapi.com`'),
  stsEndpoint: text('the host or URL of the STS API; default: `sts.tencentcloudapi.com`'),
  secretId: text('the id of an API key'),
  secretKey: text('the key that belongs to `secretId`; prefer `secretKeyFile`'),
  secretKeyFile: text('a file that holds the key'),
  token: text('the session token of a temporary API key'),
  roleArn: text('a CAM role to assume'),
  providerId: text('the OIDC provider of CAM that trusts the service-account tokens of this cluster'),
};

/** Source types with their options. */
export const sourceFields = {
  static: staticFields,
  anonymous: {},
  ecr: ecrFields,
  tcr: tcrFields,
  'docker-credential-helper': { helper: text('runs the program `docker-credential-<helper>` from the PATH') },
} as const satisfies Record<string, Fields>;

export type SourceType = keyof typeof sourceFields;

export function isSourceType(name: string): name is SourceType {
  return Object.hasOwn(sourceFields, name);
}

export const cacheFields = {
  directory: text('the folder for tokens; default `/run/keyring-credential-provider`'),
  enabled: flag('whether tokens are kept on disk; default `true`'),
  static: {
    type: 'duration',
    about: 'how long the kubelet may cache credentials that do not expire; default `5m`',
  },
  noMatch: { type: 'duration', about: 'how long the kubelet may cache that no entry matches; default `1m`' },
} as const satisfies Fields;

const logFields = {
  file: text(
    'a file that gets one line of JSON for each request, without secrets; `FILE.1` keeps the older lines',
  ),
} as const satisfies Fields;

const metricsFields = {
  textfile: text("a file `*.prom` for node_exporter's textfile collector, replaced at every request"),
} as const satisfies Fields;

/** Objects of plain values. */
export const sectionFields = { cache: cacheFields, log: logFields, metrics: metricsFields } as const;

/** Keys of the file itself that hold plain values; `auths`, `sources` and the sections hold objects. */
export const fileFields = {
  dockerConfigFiles: {
    type: 'texts',
    about: "docker's `config.json` or legacy `.dockercfg` files, read at every run, after the own entries",
  },
  credHelpers: {
    type: 'map',
    about: 'registry hosts with the credential helper to ask for each, as in docker',
  },
  credsStore: text('the credential helper to ask for every other registry, as in docker'),
  timeout: {
    type: 'duration',
    about: 'the most time that a whole run may take, at most `55s`; default `45s`',
  },
  matching: {
    type: 'text',
    about: "`kubelet` gives this file's patterns the kubelet's own rules instead of the documented ones",
    values: ['kubelet'],
  },
} as const satisfies Fields;

/** Keys of docker's own config.json that have nothing to do with credentials, and the customary pointer to a schema. */
export const ignoredFileKeys: readonly string[] = [
  '$schema',
  'HttpHeaders',
  'aliases',
  'cliPluginsExtraDirs',
  'configFormat',
  'currentContext',
  'detachKeys',
  'experimental',
  'features',
  'imagesFormat',
  'kubernetes',
  'networksFormat',
  'nodesFormat',
  'plugins',
  'pluginsFormat',
  'proxies',
  'pruneFilters',
  'psFormat',
  'secretFormat',
  'serviceInspectFormat',
  'servicesFormat',
  'stackOrchestrator',
  'statsFormat',
  'tasksFormat',
  'volumesFormat',
];
