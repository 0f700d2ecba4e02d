/** The grammar of patterns once more, as slowly and plainly as it can be said: what the compiled matcher is held against. */

/** Whether a glob without `/` and `:` in its classes matches a name, by trying everything. */
export function naiveGlob(glob: string, name: string): boolean {
  const first = glob.charAt(0);
  if (glob === '') return name === '';
  if (first === '*') {
    for (let i = 0; i <= name.length; i += 1) if (naiveGlob(glob.slice(1), name.slice(i))) return true;
    return false;
  }
  if (name === '') return false;
  if (first === '?') return naiveGlob(glob.slice(1), name.slice(1));
  if (first === '\\') return name.startsWith(glob.charAt(1)) && naiveGlob(glob.slice(2), name.slice(1));
  if (first === '[') {
    const { end, matches } = naiveClass(glob, name.charAt(0));
    return matches && naiveGlob(glob.slice(end), name.slice(1));
  }
  return name.startsWith(first) && naiveGlob(glob.slice(1), name.slice(1));
}

function naiveClass(glob: string, character: string): { end: number; matches: boolean } {
  let at = 1;
  const negated = glob.charAt(at) === '^';
  if (negated) at += 1;
  const read = (): string => {
    if (glob.charAt(at) === '\\') at += 1;
    at += 1;
    return glob.charAt(at - 1);
  };
  let inside = false;
  do {
    const low = read();
    let high = low;
    if (glob.charAt(at) === '-') {
      at += 1;
      high = read();
    }
    if (low <= character && character <= high) inside = true;
  } while (glob.charAt(at) !== ']');
  return { end: at + 1, matches: inside !== negated };
}

const hub = ['docker.io', 'index.docker.io', 'registry-1.docker.io'];

/** Whether a pattern matches an image given as `host[:port]/path`; patterns here have no scheme and no `/v1/`. */
export function naivePattern(pattern: string, image: string): boolean {
  const [authority, path] = cut(pattern, '/');
  const [imageAuthority, imagePath] = cut(image, '/');
  return naivePath(path ?? '', imagePath ?? '') && naiveAuthority(authority, imageAuthority);
}

export function naiveAuthority(authority: string, imageAuthority: string): boolean {
  const names = hub.includes(imageAuthority) ? hub : [imageAuthority];
  const [host, port] = cutPort(authority);
  return names.some(name => {
    const [imageHost, imagePort] = cutPort(name);
    const hostMatches =
      imageHost.startsWith('[') || host.startsWith('[:') ? host === imageHost : naiveGlob(host, imageHost);
    if (port === undefined || imagePort === undefined) return hostMatches && port === imagePort;
    return hostMatches && naiveGlob(port, imagePort);
  });
}

function naivePath(path: string, imagePath: string): boolean {
  if (path === '') return true;
  const segments = path.split('/');
  const imageSegments = imagePath.split('/');
  return segments.every(
    (segment, i) => i < imageSegments.length && naiveGlob(segment, imageSegments[i] ?? ''),
  );
}

function cut(text: string, separator: string): [string, string | undefined] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}

function cutPort(authority: string): [string, string | undefined] {
  const end = authority.startsWith('[:') ? authority.indexOf(']') + 1 : 0;
  const [rest, port] = cut(authority.slice(end), ':');
  return [authority.slice(0, end) + rest, port];
}
