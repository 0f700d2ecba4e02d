/** The ladder: auth keys under which the kubelet tries any number of credentials for one image in a given order. */

/**
 * `count` keys, the first one tried first. The kubelet sorts keys in reverse byte order, and `*` sorts below every other
 * character of a host: so credential i gets the host with i stars before the last character of its first label. The stars
 * match nothing, hence every key matches the image. Keys have no path.
 * https://github.com/kubernetes/kubernetes/blob/v1.36.3/pkg/credentialprovider/keyring.go
 *
 * A bracketed IPv6 address with a port comes first as itself and then as stars alone; without a port the kubelet reads its
 * brackets as a character class, which a literal key never matches, so there are only stars, the longest run first.
 */
export function authKeys(host: string, count: number): string[] {
  const keys: string[] = [];
  if (host.startsWith('[')) {
    const port = host.slice(host.indexOf(']') + 1);
    for (let i = 0; i < count; i += 1) {
      if (port === '') keys.push('*'.repeat(count - i));
      else keys.push(i === 0 ? host : `${'*'.repeat(i)}${port}`);
    }
    return keys;
  }
  const labelEnd = host.search(/[.:]|$/);
  const [head, tail] = [host.slice(0, labelEnd - 1), host.slice(labelEnd - 1)];
  for (let i = 0; i < count; i += 1) keys.push(head + '*'.repeat(i) + tail);
  return keys;
}
