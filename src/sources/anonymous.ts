/** The documented last resort: an empty user name and password, which runtimes take for an anonymous pull. */

import type { Source } from './source.ts';

export const anonymous: Source = {
  identify: async () => ({ who: 'nobody', scope: '' }),
  fetch: async () => ({ username: '', password: '' }),
};
