/** The source for Amazon ECR: a twelve-hour token for every registry that the asking identity may pull from. */

import { choosePrincipal, principalName } from './ecr/principal.ts';
import { resolveTarget } from './ecr/target.ts';
import type { Source } from './source.ts';

export const ecr: Source = {
  async identify(request, io) {
    const target = resolveTarget(request, io);
    const principal = await choosePrincipal(request, io);
    const scope = [target.public ? 'ecr-public' : 'ecr', target.partition, target.region];
    if (target.endpointConfigured) scope.push(target.endpoint);
    return { who: principalName(principal), scope: scope.join(' ') };
  },

  async fetch(request, io) {
    const target = resolveTarget(request, io);
    const principal = await choosePrincipal(request, io);
    const { getToken } = await import('./ecr/token.ts');
    return getToken(target, principal, request, io);
  },
};
