/** Says whether a kubelet would start with a CredentialProviderConfig, and what it would refuse. */

import { decodeConfig, type Finding, type Provider, signedMilliseconds } from './config-decode.ts';
import { parseMatchImage } from './keyring.ts';

export type { Finding } from './config-decode.ts';

/** What differs between kubelets. */
export interface KubeletFeatures {
  /** The gate `KubeletServiceAccountTokenForCredentialProviders`: on since 1.34. */
  readonly serviceAccountTokens: boolean;
}

const v1 = 'credentialprovider.kubelet.k8s.io/v1';
const apiVersions = [v1, `${v1}alpha1`, `${v1}beta1`];
const cacheTypes = ['ServiceAccount', 'Token'];

/**
 * Everything for which the kubelet would refuse to start with these files (the parsed JSON of one file, or of all
 * files of a folder in the order of their names); empty if it starts. Paths are those of the merged configuration.
 * Rules: https://github.com/kubernetes/kubernetes/blob/v1.36.3/pkg/credentialprovider/plugin/config.go
 */
export function checkConfig(
  files: readonly unknown[],
  features: KubeletFeatures = { serviceAccountTokens: true },
): Finding[] {
  const decoded = files.map(decodeConfig);
  const undecodable = decoded.flatMap(({ findings }) => findings);
  if (undecodable.length > 0) return undecodable;
  const providers = decoded.flatMap(file => file.providers);
  if (providers.length === 0) {
    return [required('providers', 'at least 1 item in plugins is required')];
  }
  const findings = duplicates(providers.map(({ name = '' }) => name)).map(({ at, value }) => ({
    path: `providers[${at}].name`,
    message: `duplicate provider name ${quote(value)} found in configuration file(s)`,
  }));
  for (const [i, provider] of providers.entries()) {
    const path = `providers[${i}]`;
    findings.push(...nameFindings(`${path}.name`, provider.name ?? ''), ...coreFindings(path, provider));
    if (provider.tokenAttributes !== undefined) {
      findings.push(...tokenFindings(`${path}.tokenAttributes`, provider, features));
    }
  }
  return findings;
}

function nameFindings(path: string, name: string): Finding[] {
  const findings: Finding[] = [];
  if (name === '') findings.push(invalid(path, name, 'the name of an executable file is required'));
  if (name.includes('/')) findings.push(invalid(path, name, "provider name cannot contain '/'"));
  if (name.includes(' ')) findings.push(invalid(path, name, 'provider name cannot contain spaces'));
  if (name === '.' || name === '..') findings.push(invalid(path, name, `provider name cannot be '${name}'`));
  return findings;
}

function coreFindings(path: string, provider: Provider): Finding[] {
  const { apiVersion = '', matchImages = [], defaultCacheDuration } = provider;
  const findings: Finding[] = [];
  if (apiVersion === '') findings.push(required(`${path}.apiVersion`));
  else if (!apiVersions.includes(apiVersion)) {
    findings.push(unsupported(`${path}.apiVersion`, apiVersion, apiVersions));
  }
  if (matchImages.length === 0) {
    findings.push(required(`${path}.matchImages`, 'at least 1 item in matchImages is required'));
  }
  for (const [i, pattern] of matchImages.entries()) {
    const parsed = parseMatchImage(pattern);
    if (typeof parsed === 'string') {
      const reason = `match image is invalid: parse ${quote(`https://${pattern}`)}: ${parsed}`;
      findings.push(invalid(`${path}.matchImages[${i}]`, pattern, reason));
    }
  }
  const durationPath = `${path}.defaultCacheDuration`;
  if (defaultCacheDuration === undefined) findings.push(required(durationPath));
  else if ((signedMilliseconds(defaultCacheDuration) ?? 0) < 0) {
    findings.push(invalid(durationPath, defaultCacheDuration, 'must be greater than or equal to 0'));
  }
  return findings;
}

function tokenFindings(path: string, provider: Provider, features: KubeletFeatures): Finding[] {
  const attributes = provider.tokenAttributes ?? {};
  const { serviceAccountTokenAudience = '', cacheType = '', requireServiceAccount } = attributes;
  const requiredKeys = attributes.requiredServiceAccountAnnotationKeys ?? [];
  const optionalKeys = attributes.optionalServiceAccountAnnotationKeys ?? [];
  const requiredPath = `${path}.requiredServiceAccountAnnotationKeys`;
  const findings: Finding[] = [];
  if (!features.serviceAccountTokens) {
    const gate = 'KubeletServiceAccountTokenForCredentialProviders feature gate is disabled';
    findings.push(forbidden(path, `tokenAttributes is not supported when ${gate}`));
  }
  if (serviceAccountTokenAudience === '') findings.push(required(`${path}.serviceAccountTokenAudience`));
  if (requireServiceAccount === undefined) findings.push(required(`${path}.requireServiceAccount`));
  if (provider.apiVersion !== v1) {
    findings.push(forbidden(path, `tokenAttributes is only supported for ${v1} API version`));
  }
  if (requireServiceAccount === false && requiredKeys.length > 0) {
    const reason = 'requireServiceAccount cannot be false when requiredServiceAccountAnnotationKeys is set';
    findings.push(forbidden(requiredPath, reason));
  }
  findings.push(...annotationFindings(requiredPath, requiredKeys));
  findings.push(...annotationFindings(`${path}.optionalServiceAccountAnnotationKeys`, optionalKeys));
  const both = [...new Set(requiredKeys)].filter(key => optionalKeys.includes(key)).sort();
  if (both.length > 0) {
    findings.push(invalid(path, both, 'annotation keys cannot be both required and optional'));
  }
  if (cacheType === '') {
    const reason = 'cacheType is required to be set when tokenAttributes is specified';
    findings.push(required(`${path}.cacheType`, `${reason}. Supported values are: ${cacheTypes.join(', ')}`));
  } else if (!cacheTypes.includes(cacheType)) {
    findings.push(unsupported(`${path}.cacheType`, cacheType, cacheTypes));
  }
  return findings;
}

function annotationFindings(path: string, keys: readonly string[]): Finding[] {
  const findings = keys.flatMap((key, i) => {
    return annotationKeyProblems(key.toLowerCase()).map(reason => invalid(`${path}[${i}]`, key, reason));
  });
  for (const { at, value } of duplicates(keys)) {
    findings.push({ path: `${path}[${at}]`, message: `Duplicate value: ${quote(value)}` });
  }
  return findings;
}

/** https://kubernetes.io/docs/concepts/overview/working-with-objects/annotations/#syntax-and-character-set */
function annotationKeyProblems(key: string): string[] {
  const parts = key.split('/');
  if (parts.length > 2)
    return ["a qualified name must be a name with an optional DNS subdomain prefix and '/'"];
  const name = parts.at(-1) ?? '';
  const problems: string[] = [];
  if (parts.length === 2) {
    const prefix = parts[0] ?? '';
    const label = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
    if (prefix === '') problems.push('prefix part must be non-empty');
    else if (!prefix.split('.').every(part => label.test(part))) {
      problems.push('prefix part must be a lowercase DNS subdomain');
    }
    if (prefix.length > 253) problems.push('prefix part must be no more than 253 bytes');
  }
  if (name === '') problems.push('name part must be non-empty');
  else if (name.length > 63) problems.push('name part must be no more than 63 bytes');
  if (!/^[a-z0-9]([-a-z0-9_.]*[a-z0-9])?$/.test(name)) {
    const characters = "alphanumeric characters, '-', '_' or '.'";
    problems.push(
      `name part must consist of ${characters}, and must start and end with an alphanumeric character`,
    );
  }
  return problems;
}

/** Each value that has stood before, with its place. */
function duplicates(values: readonly string[]): { at: number; value: string }[] {
  return values.map((value, at) => ({ at, value })).filter(({ at, value }) => values.indexOf(value) < at);
}

function required(path: string, detail?: string): Finding {
  return { path, message: detail === undefined ? 'Required value' : `Required value: ${detail}` };
}

function invalid(path: string, value: unknown, detail: string): Finding {
  return { path, message: `Invalid value: ${JSON.stringify(value)}: ${detail}` };
}

function forbidden(path: string, detail: string): Finding {
  return { path, message: `Forbidden: ${detail}` };
}

function unsupported(path: string, value: string, values: readonly string[]): Finding {
  return {
    path,
    message: `Unsupported value: ${quote(value)}: supported values: ${values.map(quote).join(', ')}`,
  };
}

function quote(text: string): string {
  return JSON.stringify(text);
}
