/** The keys of the role that is bound to this CVM. */

import type { Deadline } from '../../deadline.ts';
import { type Again, Fault } from '../../fault.ts';
import { againAfter, send } from '../../http.ts';
import type { Io } from '../../io/io.ts';
import { memberOf } from './api.ts';
import type { Keys } from './identity.ts';

/** Milliseconds that the metadata service has for an answer; it is next door, or not there at all. */
const patience = 1000;

/**
 * Keys of the instance's role; rejects with a Fault that lists what had been tried before. A metadata service that
 * does not answer costs a second at most.
 *
 * API: https://cloud.tencent.com/document/product/213/4934
 */
export async function instanceKeys(tried: readonly string[], deadline: Deadline, io: Io): Promise<Keys> {
  const origin = io.env.TENCENTCLOUD_METADATA_ENDPOINT || 'http://metadata.tencentyun.com';
  const folder = `${origin.replace(/\/+$/, '')}/latest/meta-data/cam/security-credentials/`;
  const role = await get(folder);
  if (role.status === 404) throw nothing('no role is bound to this CVM', { kind: 'refused' });
  const name = role.body.trim();
  if (role.status !== 200 || !/^[\w.@+=-]{1,128}$/.test(name))
    throw nothing(`HTTP ${role.status} from the metadata`, againAfter(role, io.now()));
  const answer = await get(folder + name);
  const keys = answer.status === 200 ? readKeys(answer.body) : undefined;
  if (!keys) {
    const what = `the metadata gave no keys of the role ${name} (HTTP ${answer.status})`;
    throw nothing(what, againAfter(answer, io.now()));
  }
  return keys;

  async function get(url: string) {
    try {
      return await send(
        {
          method: 'GET',
          url,
          headers: {},
          deadline,
          connectTimeout: patience,
          timeout: patience,
          attempts: 1,
        },
        io,
      );
    } catch (error) {
      throw nothing(error instanceof Fault ? error.what : 'no answer from the metadata');
    }
  }

  function nothing(last: string, again?: Again): Fault {
    return new Fault(
      'no-credentials',
      `no keys for Tencent Cloud; tried in order: ${[...tried, last].join('; ')}`,
      'bind a CVM role, or configure one of the others',
      again,
    );
  }
}

function readKeys(body: string): Keys | undefined {
  let answer: unknown;
  try {
    answer = JSON.parse(body);
  } catch {
    return undefined;
  }
  return readTemporaryKeys(answer);
}

/** `TmpSecretId`, `TmpSecretKey` and `Token`, as the metadata and STS give them. */
export function readTemporaryKeys(answer: unknown): Keys | undefined {
  const secretId = memberOf(answer, 'TmpSecretId');
  const secretKey = memberOf(answer, 'TmpSecretKey');
  const token = memberOf(answer, 'Token');
  if (typeof secretId !== 'string' || typeof secretKey !== 'string' || typeof token !== 'string')
    return undefined;
  return secretId && secretKey && token ? { secretId, secretKey, token } : undefined;
}
