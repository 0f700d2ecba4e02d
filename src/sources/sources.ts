/** All sources by type. Each is loaded when it is asked for the first time, and none of them before. */

import type { SourceType } from '../config/fields.ts';
import type { Source } from './source.ts';

export async function loadSource(type: SourceType): Promise<Source> {
  switch (type) {
    case 'static':
      return (await import('./static.ts')).staticSource;
    case 'anonymous':
      return (await import('./anonymous.ts')).anonymous;
    case 'docker-credential-helper':
      return (await import('./docker-credential-helper.ts')).dockerCredentialHelper;
    case 'ecr':
      return (await import('./ecr.ts')).ecr;
    case 'tcr':
      return (await import('./tcr.ts')).tcr;
  }
}
