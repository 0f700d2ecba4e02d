/** A process that asks the cache for one token of the cloud at argv[2], as the plugin would, and prints what came of it. */

import { cachedFetch } from '../../../src/cache/cache.ts';
import { Fault } from '../../../src/fault.ts';
import type { Credential, Source } from '../../../src/sources/source.ts';
import { ioWith, requestFor, systemClock } from './setting.ts';

const [, , url = '', directory = '', timeout = ''] = process.argv;

const source: Source = {
  identify: async () => ({ who: 'role/pull', scope: 'reg.example.com' }),
  fetch: async ({ deadline }) => {
    const response = await fetch(url, { signal: deadline.signal() });
    if (!response.ok) throw new Fault(await response.text(), 'the cloud said no', 'ask again');
    return (await response.json()) as Credential;
  },
};

const request = requestFor('reg.example.com', systemClock, Number(timeout));
const outcome = await cachedFetch(source, 'test', request, { enabled: true, directory }, ioWith(systemClock));
const { how, credential, fault, uncached } = outcome;
const answer = JSON.stringify({ how, password: credential?.password, code: fault?.code, uncached });
process.stdout.write(answer, () => process.exit(0));
