/** Tencent Cloud's credentials file: INI, of which the section `default` counts. */

import { errorCode, type Io } from '../../io/io.ts';
import type { Keys } from './identity.ts';

/** Where the file is looked for, in order. */
export function credentialsFiles(io: Io): string[] {
  const home = io.env.HOME ?? io.env.USERPROFILE ?? (io.uid === 0 ? '/root' : undefined);
  const system = '/etc/tencentcloud/credentials';
  return home === undefined ? [system] : [`${home}/.tencentcloud/credentials`, system];
}

/**
 * The keys of a file, or one line that says why it gave none.
 *
 * Format: https://github.com/TencentCloud/tencentcloud-sdk-nodejs#credential-management
 */
export async function readCredentialsFile(path: string, io: Io): Promise<Keys | string> {
  let content: string;
  try {
    content = new TextDecoder().decode(await io.files.read(path));
  } catch (error) {
    const code = errorCode(error);
    return code === 'ENOENT' || code === 'ENOTDIR'
      ? `no ${path}`
      : `${path} cannot be read (${code ?? 'unknown'})`;
  }
  const section = parseIni(content).get('default');
  if (!section) return `${path} has no section [default]`;
  const secretId = section.get('secret_id');
  const secretKey = section.get('secret_key');
  if (!secretId || !secretKey) return `${path} has no ${secretId ? 'secret_key' : 'secret_id'} in [default]`;
  const token = section.get('token');
  return token ? { secretId, secretKey, token } : { secretId, secretKey };
}

/** Sections of an INI file with their keys; a later key replaces an earlier one, and what is no `key = value` is skipped. */
export function parseIni(text: string): Map<string, Map<string, string>> {
  const sections = new Map<string, Map<string, string>>();
  let current: Map<string, string> | undefined;
  for (const raw of text.replace(/^\uFEFF/, '').split(/\r?\n/)) {
    const line = raw.trim();
    if (line === '' || line.startsWith('#') || line.startsWith(';')) continue;
    const header = /^\[(.*)\]$/.exec(line)?.[1]?.trim();
    if (header !== undefined) {
      current = sections.get(header) ?? new Map();
      sections.set(header, current);
      continue;
    }
    const equals = line.indexOf('=');
    if (equals > 0) current?.set(line.slice(0, equals).trim(), unquoted(line.slice(equals + 1).trim()));
  }
  return sections;
}

function unquoted(value: string): string {
  return /^(["']).*\1$/s.test(value) && value.length > 1 ? value.slice(1, -1) : value;
}
