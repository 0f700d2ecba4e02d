/** Placeholder until the source of its own issue: every fetch is a failed source. */

import { Fault } from '../fault.ts';
import type { Source } from './source.ts';

export const ecr: Source = {
  identify: async () => ({ who: 'the node', scope: '' }),
  fetch: async () => {
    throw new Fault(
      'not-implemented',
      'tokens of ECR are not available in this version',
      'use a static entry for this host',
    );
  },
};
