/** Turns the chosen principal into AWS keys, loading only what its kind needs. */

import type { Io } from '../../io/io.ts';
import type { SourceRequest } from '../source.ts';
import { type Keys, type Principal, readTokenFile } from './principal.ts';
import { type Target, text } from './target.ts';

/** Rejects with a Fault; a failing link is never skipped for a later one. */
export async function obtainKeys(
  principal: Principal,
  target: Target,
  request: SourceRequest,
  io: Io,
): Promise<Keys> {
  const keys = await obtainBaseKeys(principal, target, request, io);
  if (principal.assumes === undefined) return keys;
  const { assumeRole } = await import('./sts.ts');
  const role = {
    roleArn: principal.assumes,
    externalId: text(request.options.externalId),
    sessionName: text(request.options.sessionName),
  };
  return assumeRole(role, keys, target, request, io);
}

async function obtainBaseKeys(
  principal: Principal,
  target: Target,
  request: SourceRequest,
  io: Io,
): Promise<Keys> {
  switch (principal.kind) {
    case 'keys':
      return principal.keys;
    case 'web identity':
    case 'web identity file': {
      const token =
        principal.kind === 'web identity' ? principal.token : await readTokenFile(principal.file, io);
      const { assumeRoleWithWebIdentity } = await import('./sts.ts');
      const fromFile = principal.kind === 'web identity file' ? io.env.AWS_ROLE_SESSION_NAME : undefined;
      const sessionName = text(request.options.sessionName) ?? text(fromFile);
      return assumeRoleWithWebIdentity(
        { roleArn: principal.roleArn, sessionName, token },
        target,
        request,
        io,
      );
    }
    case 'profile':
      return (await import('./shared-config.ts')).profileKeys(principal.name, target, request, io);
    case 'container':
      return (await import('./metadata.ts')).containerKeys(principal.url, request, io);
    case 'instance metadata':
      return (await import('./metadata.ts')).instanceKeys(request, io);
  }
}
