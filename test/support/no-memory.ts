/** A request's memory that forgets at once: every fact is found anew. */

import type { SourceRequest } from '../../src/sources/source.ts';

export const noMemory: Pick<SourceRequest, 'remember'> = {
  remember: (_subject, _lifetime, find) => find(),
};
