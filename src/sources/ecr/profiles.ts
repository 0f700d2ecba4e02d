/** Whether AWS's shared configuration files hold credentials for a profile, told without loading the SDK. */

import type { Io } from '../../io/io.ts';

export interface SharedFiles {
  readonly config: string;
  readonly credentials: string;
}

/** Settings that make a profile a source of credentials: https://docs.aws.amazon.com/sdkref/latest/guide/file-format.html */
const credentialSettings =
  /^(aws_access_key_id|role_arn|credential_process|credential_source|web_identity_token_file|sso_session|sso_start_url|login_session)\s*=/;

/** Where the shared files are; undefined when neither a variable nor HOME tells. */
export function sharedFiles({ env }: Io): SharedFiles | undefined {
  const home = env.HOME || env.USERPROFILE;
  const config = env.AWS_CONFIG_FILE || (home && `${home}/.aws/config`);
  const credentials = env.AWS_SHARED_CREDENTIALS_FILE || (home && `${home}/.aws/credentials`);
  if (!config && !credentials) return undefined;
  return { config: config || '/dev/null', credentials: credentials || '/dev/null' };
}

/** True when one of the files has a section for the profile with credentials in it. A missing file has none. */
export async function profileExists(name: string, io: Io): Promise<boolean> {
  const files = sharedFiles(io);
  if (files === undefined) return false;
  const inConfig = name === 'default' ? ['default', 'profile default'] : [`profile ${name}`];
  const found = await Promise.all([
    hasCredentials(files.credentials, [name], io),
    hasCredentials(files.config, inConfig, io),
  ]);
  return found.includes(true);
}

async function hasCredentials(path: string, sections: readonly string[], io: Io): Promise<boolean> {
  let lines: string[];
  try {
    lines = new TextDecoder().decode(await io.files.read(path)).split('\n');
  } catch {
    return false;
  }
  let inside = false;
  for (const line of lines.map(line => line.trim())) {
    const section = /^\[\s*(.*?)\s*\]/.exec(line)?.[1]?.replace(/\s+/g, ' ').replace(/["']/g, '');
    if (section !== undefined) inside = sections.includes(section);
    else if (inside && credentialSettings.test(line)) return true;
  }
  return false;
}
