/** The kubelet's keyring: which auth keys match an image, and in which order their credentials are tried. */

import { byteString, parseSchemeless, splitPort } from './url.ts';

/** One label of a host: a literal, or what its stars and brackets mean. */
type Label = string | readonly LabelToken[];
type LabelToken = { readonly kind: 'star' } | { readonly kind: 'text'; readonly text: string } | LabelClass;
/** One byte out of inclusive ranges. The kubelet compares code points; hosts of images are ASCII. */
interface LabelClass {
  readonly kind: 'class';
  readonly ranges: readonly (readonly [string, string])[];
}

/**
 * An auth key as the keyring holds it. `indexKey` and `path` are byte strings (one character a byte of UTF-8), so that
 * comparing them with `<` is the kubelet's comparison. `labels` is undefined where a label can match nothing.
 */
export interface KubeletKey {
  readonly indexKey: string;
  readonly labels: readonly Label[] | undefined;
  readonly port: string;
  readonly path: string;
}

/** An image as the keyring sees it: the labels of its host, its port and its path, as byte strings. */
export interface KubeletTarget {
  readonly labels: readonly string[];
  readonly port: string;
  readonly path: string;
}

/** The index key whose credentials serve Docker Hub images that no key matches. */
const defaultRegistry = 'index.docker.io';

/**
 * Reads a raw key of `auths`: drops its scheme and one leading `/v1/` or `/v2/`, as `BasicDockerKeyring.Add` does.
 * Gives the reason as text where the kubelet would never use the key.
 * https://github.com/kubernetes/kubernetes/blob/v1.36.3/pkg/credentialprovider/keyring.go
 */
export function parseKey(key: string): KubeletKey | string {
  const indexKey = toIndexKey(key);
  return typeof indexKey === 'string' ? indexKey : compile(indexKey.text);
}

/**
 * Reads an item of a provider's `matchImages`, or gives the reason why the kubelet refuses it. Unlike a key it keeps
 * what looks like a scheme.
 */
export function parseMatchImage(pattern: string): KubeletKey | string {
  return compile(byteString(pattern));
}

/** Reads an image name without tag and digest; undefined where nothing can match it. */
export function parseTarget(image: string): KubeletTarget | undefined {
  const url = parseSchemeless(byteString(image));
  if (typeof url === 'string') return undefined;
  const { name, port } = splitPort(url.host);
  return { labels: name.split('.'), port, path: url.path };
}

/** Whether the host and the port of the key match those of the image: label by label, and equal ports. */
export function matchesHost(key: KubeletKey, target: KubeletTarget): boolean {
  const { labels } = key;
  if (labels === undefined || key.port !== target.port || labels.length !== target.labels.length)
    return false;
  return labels.every((label, i) => matchesLabel(label, target.labels[i] ?? ''));
}

/** Whether the key matches the image. Its path is a prefix of bytes, not of segments. */
export function matches(key: KubeletKey, target: KubeletTarget): boolean {
  return target.path.startsWith(key.path) && matchesHost(key, target);
}

/** Sorts keys as the kubelet tries them: reverse byte order of the index keys. */
export function compareKeys(a: KubeletKey, b: KubeletKey): number {
  if (a.indexKey === b.indexKey) return 0;
  return a.indexKey > b.indexKey ? -1 : 1;
}

/**
 * The raw keys whose credentials the kubelet tries for the image, in that order. Keys with equal index keys stay in
 * the order given. `index.docker.io` serves a Docker Hub image only when no key matches.
 */
export function lookupOrder(keys: readonly string[], image: string): string[] {
  const entries: { raw: string; key: KubeletKey }[] = [];
  for (const raw of keys) {
    const key = parseKey(raw);
    if (typeof key !== 'string') entries.push({ raw, key });
  }
  const target = parseTarget(image);
  const matching = target === undefined ? [] : entries.filter(({ key }) => matches(key, target));
  if (matching.length > 0) return matching.sort((a, b) => compareKeys(a.key, b.key)).map(({ raw }) => raw);
  if (!isDefaultRegistryMatch(image)) return [];
  return entries.filter(({ key }) => key.indexKey === defaultRegistry).map(({ raw }) => raw);
}

/** Whether the kubelet takes the image for one of Docker Hub, by its first component alone. */
export function isDefaultRegistryMatch(image: string): boolean {
  const slash = image.indexOf('/');
  if (slash < 0) return image !== '';
  const first = image.slice(0, slash);
  if (first === 'docker.io' || first === defaultRegistry) return true;
  return first !== '' && !/[.:]/.test(first);
}

function toIndexKey(key: string): { text: string } | string {
  const url = parseSchemeless(byteString(key.replace(/^https?:\/\//, '')));
  if (typeof url === 'string') return url;
  const path = /^\/v[12]\//.test(url.path) ? url.path.slice('/v1'.length) : url.path;
  return { text: path === '/' ? url.host : url.host + path };
}

/** A lookup parses the index key once more, so an escape that the first parse decoded counts again. */
function compile(indexKey: string): KubeletKey | string {
  const url = parseSchemeless(indexKey);
  if (typeof url === 'string') return url;
  const { name, port } = splitPort(url.host);
  const labels: Label[] = [];
  for (const text of name.split('.')) {
    const label = /[*[]/.test(text) ? parseLabel(text) : text;
    if (label === undefined) return { indexKey, labels: undefined, port, path: url.path };
    labels.push(label);
  }
  return { indexKey, labels, port, path: url.path };
}

/** Reads `*` and the brackets of an IPv6 host, which Go's `filepath.Match` takes for a class; undefined if malformed. */
function parseLabel(text: string): Label | undefined {
  const tokens: LabelToken[] = [];
  for (let at = 0; at < text.length; ) {
    if (text.charAt(at) === '[') {
      const found = parseClass(text, at + 1);
      if (found === undefined) return undefined;
      tokens.push(found.token);
      at = found.end;
    } else {
      const run = /^(\*+|[^*[]+)/.exec(text.slice(at))?.[0] ?? '';
      tokens.push(run.startsWith('*') ? { kind: 'star' } : { kind: 'text', text: run });
      at += run.length;
    }
  }
  return tokens;
}

function parseClass(text: string, start: number): { token: LabelClass; end: number } | undefined {
  const content = /^(?:[^\]-](?:-[^\]-])?)+\]/.exec(text.slice(start))?.[0];
  if (content === undefined) return undefined;
  const ranges = Array.from(content.slice(0, -1).matchAll(/(.)(?:-(.))?/gs), ([, low = '', high = low]) => {
    return [low, high] as const;
  });
  return { token: { kind: 'class', ranges }, end: start + content.length };
}

function matchesLabel(label: Label, text: string): boolean {
  return typeof label === 'string' ? label === text : matchesTokens(label, text);
}

/** Goes forward only: of several stars the last one passed is the only one that may have to take more. */
function matchesTokens(tokens: readonly LabelToken[], text: string): boolean {
  let token = 0;
  let at = 0;
  let retryToken = -1;
  let retryAt = 0;
  for (;;) {
    const next = tokens[token];
    if (next === undefined && at === text.length) return true;
    if (next?.kind === 'star') {
      retryToken = ++token;
      retryAt = at;
      continue;
    }
    const size = next === undefined ? -1 : tokenSize(next, text, at);
    if (size >= 0) {
      token++;
      at += size;
    } else if (retryToken >= 0 && retryAt < text.length) {
      token = retryToken;
      at = ++retryAt;
    } else {
      return false;
    }
  }
}

/** How many bytes of the text the token takes at this place; -1 where it does not match. */
function tokenSize(token: Exclude<LabelToken, { kind: 'star' }>, text: string, at: number): number {
  if (token.kind === 'text') return text.startsWith(token.text, at) ? token.text.length : -1;
  const byte = text.charAt(at);
  return token.ranges.some(([low, high]) => low <= byte && byte <= high) ? 1 : -1;
}
