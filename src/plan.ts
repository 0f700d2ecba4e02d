/** Which credentials an image gets, in which order and under which keys, before anything is fetched. Pure. */

import { authKeys } from './auth-keys.ts';
import { type Entry, hasLiteralHost } from './config/entry.ts';
import type { Matcher } from './config/matcher.ts';
import type { Reference } from './image/reference.ts';
import type { CacheKeyType } from './protocol.ts';
import { serves } from './sources/serves.ts';

export interface Plan {
  readonly image: Reference;
  /** In the order in which the kubelet is to try them. */
  readonly credentials: readonly PlannedCredential[];
  readonly cacheKeyType: CacheKeyType;
  /** The entry because of which the answer is good for this image alone; undefined for `Registry`. */
  readonly pathEntry: Entry | undefined;
  /** Entries of a cloud source that match the image but not its cloud's hosts, and so take no part. */
  readonly leftOut: readonly Entry[];
}

export interface PlannedCredential {
  readonly entry: Entry;
  /** The auth key it carries if all credentials before it are fetched and differ. */
  readonly key: string;
}

/**
 * The kubelet caches an answer by image or by registry, and the first hit counts even when its keys do not match the
 * image at hand. So an answer may be cached by registry only where no entry for the host has a path.
 * https://github.com/kubernetes/kubernetes/blob/v1.36.3/pkg/credentialprovider/plugin/plugin.go
 */
export function planFor(matcher: Matcher, image: Reference): Plan {
  const { entries, withPath } = matcher.find(image);
  const takesPart = (entry: Entry): boolean =>
    serves(entry.source.type, image.host) || hasLiteralHost(entry.rule);
  const taking = entries.filter(takesPart);
  const keys = authKeys(image.host, taking.length);
  const pathEntry = withPath.flatMap(list => list.find(takesPart) ?? [])[0];
  return {
    image,
    credentials: taking.map((entry, i) => ({ entry, key: keys[i] ?? '' })),
    cacheKeyType: pathEntry === undefined ? 'Registry' : 'Image',
    pathEntry,
    leftOut: entries.filter(entry => !takesPart(entry)),
  };
}
