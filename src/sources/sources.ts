/** All sources by type. All but the static one are loaded when they are asked for the first time. */

import type { SourceType } from '../config/fields.ts';
import type { Source } from './source.ts';
import { staticSource } from './static.ts';

export async function loadSource(type: SourceType): Promise<Source> {
  switch (type) {
    case 'static':
      return staticSource;
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
