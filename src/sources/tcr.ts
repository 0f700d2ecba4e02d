/** Short-lived tokens of Tencent Container Registry, for instances of the enterprise edition. */

import type { Source } from './source.ts';
import { instanceQuery } from './tcr/host.ts';
import { describeIdentity, selectIdentity } from './tcr/identity.ts';
import { readOptions } from './tcr/options.ts';

export const tcr: Source = {
  async identify(request, io) {
    const options = readOptions(request.options);
    const query = instanceQuery(request.host, request.literalHost, options);
    return {
      who: describeIdentity(await selectIdentity(request, options, io)),
      scope: 'names' in query ? `instance named ${query.names[0]}` : `instance ${query.registryId}`,
    };
  },

  async fetch(request, io) {
    const options = readOptions(request.options);
    const query = instanceQuery(request.host, request.literalHost, options);
    const selected = await selectIdentity(request, options, io);
    const { fetchToken } = await import('./tcr/fetch.ts');
    return fetchToken(request, options, query, selected, io);
  },
};
