/** The kubelet's cache of answers and its keyring, as far as a plugin's answer can tell. */

import { lookupOrder } from '../../src/kubelet/keyring.ts';
import type { CacheKeyType } from '../../src/protocol.ts';

export interface CachedAnswer {
  readonly cacheKeyType: CacheKeyType;
  /** Auth keys with what they carry. */
  readonly auth: ReadonlyMap<string, string>;
}

/**
 * Looks an image up: by image, then by registry; the first hit counts whatever its keys, and only without one the plugin
 * is asked. https://github.com/kubernetes/kubernetes/blob/v1.36.3/pkg/credentialprovider/plugin/plugin.go
 */
export class KubeletCache {
  readonly #answers = new Map<string, CachedAnswer>();

  /** What is tried for the image, in order. */
  pull(image: string, ask: (image: string) => CachedAnswer): string[] {
    const answer =
      this.#answers.get(`image ${image}`) ?? this.#answers.get(`registry ${registryOf(image)}`) ?? ask(image);
    const key = answer.cacheKeyType === 'Image' ? `image ${image}` : `registry ${registryOf(image)}`;
    this.#answers.set(key, answer);
    return triedFor(answer, image);
  }
}

/** What the kubelet tries for an image with one answer, in order. */
export function triedFor({ auth }: Pick<CachedAnswer, 'auth'>, image: string): string[] {
  return lookupOrder([...auth.keys()], image).map(key => auth.get(key) ?? '');
}

function registryOf(image: string): string {
  return image.split('/')[0] ?? '';
}
