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

export function staticForm(credential: CredentialShape): StaticForm {
  const hasToken = Boolean(credential.identitytoken) || Boolean(credential.registrytoken);
  if (credential.auth) return authForm(credential, hasToken);

  const names = present(credential, ['username', 'usernameFile']);
  const secrets = present(credential, ['password', 'passwordFile', 'passwordEnv']);
  const [, secondName] = names;
  const [, secondSecret] = secrets;
  if (secondName !== undefined) return { key: secondName, problem: `cannot stand beside ${names[0]}` };
  if (secondSecret !== undefined) return { key: secondSecret, problem: `cannot stand beside ${secrets[0]}` };
  const empty = ['usernameFile', 'passwordFile', 'passwordEnv'].find(key => credential[key] === '');
  if (empty !== undefined) return { key: empty, problem: 'must not be empty' };
  if (names.length === 1 && secrets.length === 1) return 'usable';
  if (hasToken) return 'token only';
  if (names.length === 1) return { key: '', problem: 'needs one of password, passwordFile and passwordEnv' };
  if (secrets.length === 1) return { key: '', problem: 'needs one of username and usernameFile' };
  return 'empty';
}

function authForm(credential: CredentialShape, hasToken: boolean): StaticForm {
  const [other] = present(credential, ['usernameFile', 'passwordFile', 'passwordEnv']);
  if (other !== undefined) return { key: other, problem: 'cannot stand beside auth' };
  const decoded = decodeAuth(String(credential.auth));
  if (decoded === undefined)
    return { key: 'auth', problem: 'must be base64 of UTF-8 text "username:password"' };
  return hasToken && decoded.password === '' ? 'token only' : 'usable';
}

function present(credential: CredentialShape, keys: readonly string[]): string[] {
  const found: string[] = [];
  for (const key of keys) if (credential[key] !== undefined) found.push(key);
  return found;
}
