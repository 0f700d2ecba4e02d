/** The options of a `tcr` entry, and the rules for how they go together. */

import { Fault } from '../../fault.ts';
import type { SourceOptions } from '../source.ts';

const names = [
  'registryId',
  'region',
  /** Where the TCR API answers: a host, or a URL without a path; `http://` for the loopback addresses only. */
  'endpoint',
  /** The same for STS. */
  'stsEndpoint',
  'secretId',
  'secretKey',
  'secretKeyFile',
  'token',
  'roleArn',
  'providerId',
] as const;

export type TcrOptions = { readonly [Name in (typeof names)[number]]?: string };

/** The options that are set to something; throws a Fault when half a key pair is. */
export function readOptions(options: SourceOptions): TcrOptions {
  const read: Partial<Record<keyof TcrOptions, string>> = {};
  for (const name of names) {
    const value = options[name];
    if (typeof value === 'string' && value !== '') read[name] = value;
  }
  const hasKey = read.secretKey !== undefined || read.secretKeyFile !== undefined;
  if (hasKey !== (read.secretId !== undefined)) {
    throw new Fault(
      'incomplete-keys',
      `the entry has ${hasKey ? 'a secret key without a secretId' : 'a secretId without a secret key'}`,
      'give secretId together with secretKey or secretKeyFile, or neither',
    );
  }
  return read;
}
