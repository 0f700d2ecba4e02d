/** To which hosts a cloud source's token may go: those of its cloud, however wide the pattern of an entry is. */

import type { SourceType } from '../config/fields.ts';
import { readEcrHost } from './ecr/host-name.ts';
import { isEnterprise, isPersonal } from './tcr/host-name.ts';

/** Whether credentials of a source are tokens of a cloud, which go through the token cache. */
export function givesTokens(type: SourceType): boolean {
  return type === 'ecr' || type === 'tcr';
}

/** True for every source that is no cloud's. The personal edition of TCR is served so that its error can say what to do. */
export function serves(type: SourceType, host: string): boolean {
  if (type === 'ecr') return readEcrHost(host) !== undefined;
  return type === 'tcr' ? isEnterprise(host) || isPersonal(host) : true;
}
