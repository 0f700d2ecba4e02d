/** The forms in which a user name and password stand in a configuration, and docker's `auth` text. */

import type { CredentialShape } from './shape.ts';

/**
 * Decodes docker's `auth`: base64, padded or not, of UTF-8 with a colon; the user name ends at the first one.
 * https://github.com/kubernetes/kubernetes/blob/v1.36.3/pkg/credentialprovider/config.go
 */
export function decodeAuth(auth: string): { username: string; password: string } | undefined {
  const text = textOf(auth);
  const colon = text?.indexOf(':') ?? -1;
  if (text === undefined || colon < 0) return undefined;
  return { username: text.slice(0, colon), password: text.slice(colon + 1) };
}

/** The text behind base64, undefined where there is none. */
function textOf(base64: string): string | undefined {
  try {
    const binary = atob(base64);
    if (!/[\x80-\xff]/.test(binary)) return binary;
    const bytes = Uint8Array.from(binary, byte => byte.charCodeAt(0));
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/**
 * What a static credential amounts to: `usable`; `empty` (no secret at all, which asks a credential store);
 * `token only` (docker's identity or registry token, which the kubelet's API cannot carry); or what is wrong with which key.
 */
export type StaticForm =
  | 'usable'
  | 'empty'
  | 'token only'
  | { readonly key: string; readonly problem: string };

const nameKeys = ['username', 'usernameFile'] as const;
const secretKeys = ['password', 'passwordFile', 'passwordEnv'] as const;
const indirectKeys = ['usernameFile', 'passwordFile', 'passwordEnv'] as const;

export function staticForm(credential: CredentialShape): StaticForm {
  const hasToken = Boolean(credential.identitytoken) || Boolean(credential.registrytoken);
  if (credential.auth) return authForm(credential, hasToken);

  const name = present(credential, nameKeys, 0);
  const secret = present(credential, secretKeys, 0);
  const secondName = present(credential, nameKeys, 1);
  const secondSecret = present(credential, secretKeys, 1);
  if (secondName !== undefined) return { key: secondName, problem: `cannot stand beside ${name}` };
  if (secondSecret !== undefined) return { key: secondSecret, problem: `cannot stand beside ${secret}` };
  for (const key of indirectKeys) if (credential[key] === '') return { key, problem: 'must not be empty' };
  if (name !== undefined && secret !== undefined) return 'usable';
  if (hasToken) return 'token only';
  if (name !== undefined) return { key: '', problem: 'needs one of password, passwordFile and passwordEnv' };
  if (secret !== undefined) return { key: '', problem: 'needs one of username and usernameFile' };
  return 'empty';
}

function authForm(credential: CredentialShape, hasToken: boolean): StaticForm {
  const other = present(credential, indirectKeys, 0);
  if (other !== undefined) return { key: other, problem: 'cannot stand beside auth' };
  const decoded = decodeAuth(String(credential.auth));
  if (decoded === undefined) {
    return { key: 'auth', problem: 'must be base64 of UTF-8 text "username:password"' };
  }
  return hasToken && decoded.password === '' ? 'token only' : 'usable';
}

/** The key at a position, from 0, among those of the keys that the credential has. */
function present(credential: CredentialShape, keys: readonly string[], position: number): string | undefined {
  let left = position;
  for (const key of keys) {
    if (credential[key] === undefined) continue;
    if (left === 0) return key;
    left -= 1;
  }
  return undefined;
}
