/** Patterns: the keys of `auths`, `[scheme://]host[:port][/path]`, each part a glob, parsed once and compiled when needed. */

import { Fault } from '../fault.ts';
import { Glob, GlobError, type Token, tokenize } from './glob.ts';

/**
 * A parsed pattern. The grammar is that of the Kubernetes documentation on config.json as first published
 * (https://github.com/kubernetes/website/pull/28226), widened by globs in ports and path segments.
 */
export interface Pattern {
  /** As written in the file. */
  readonly text: string;
  /** The host glob without its port; an IPv6 address keeps its brackets. */
  readonly host: string;
  /** The port glob; empty when the pattern has none. */
  readonly port: string;
  /** The path glob with a leading `/` and without a trailing one; empty when the pattern has none. */
  readonly path: string;
  /** True when neither host nor port holds a wildcard. */
  readonly literalHost: boolean;
  readonly literalPath: boolean;
}

/** Docker Hub goes by three names, which are one registry for matching. */
export const dockerHub = 'docker.io';
export const dockerHubNames: readonly string[] = [dockerHub, 'index.docker.io', 'registry-1.docker.io'];

const wildcard = /[*?[\\]/;
const ipv6 = /^\[[0-9a-fA-F.]*:[0-9a-fA-F:.]*\](?=[:/]|$)/;

/** A host, perhaps with a port and a path, without brackets, escapes and anything in front or behind that is dropped. */
const simple = /^[\w*?][\w.*?-]*(?::[\d*?]+)?(?:\/(?!v[12]\/)[\w.*?-]+(?:\/[\w.*?-]+)*)?$/;

/** True for a pattern that is well-formed at first sight and means what it says: most are, and need no parsing to be found. */
export function isSimplePattern(text: string): boolean {
  return simple.test(text);
}

/** Whether a simple pattern, or a part of one, has a wildcard. */
export function hasWildcard(text: string): boolean {
  return text.includes('*') || text.includes('?');
}

/** Throws a Fault with code `invalid-pattern` that shows the pattern and points at the character. */
export function parsePattern(text: string): Pattern {
  const key = text.startsWith('https://') ? text.slice(8) : text.startsWith('http://') ? text.slice(7) : text;
  const offset = text.length - key.length;
  const slash = key.indexOf('/');
  const authority = slash < 0 ? key : key.slice(0, slash);
  if (authority.includes('@')) {
    const hint = 'a pattern holds no user or password: write the host alone';
    throw new Fault(
      'invalid-pattern',
      `malformed pattern for the host ${authority.slice(authority.lastIndexOf('@') + 1)}`,
      hint,
    );
  }
  const address = key.startsWith('[') ? (ipv6.exec(authority)?.[0] ?? '') : '';
  if (key.includes('[', address.length) || key.includes('\\')) check(text, key, address.length, offset);

  const colon = authority.indexOf(':', address.length);
  const host = colon < 0 ? authority : authority.slice(0, colon);
  const port = colon < 0 ? '' : authority.slice(colon + 1);
  if (host === '') throw malformed(text, offset, 'a host is missing here');
  if (colon >= 0 && port === '') throw malformed(text, offset + colon, 'no port follows this ":"');
  if (port.includes(':')) {
    throw malformed(
      text,
      offset + authority.indexOf(':', colon + 1),
      'this ":" is the second one of the host',
    );
  }
  const path = slash < 0 ? '' : effectivePath(key.slice(slash));
  const isLiteral = !wildcard.test(key);
  return {
    text,
    host: port === '' && dockerHubNames.includes(host) ? dockerHub : host,
    port,
    path,
    literalHost: isLiteral || ((address !== '' || !wildcard.test(host)) && !wildcard.test(port)),
    literalPath: isLiteral || !wildcard.test(path),
  };
}

/** Drops a leading `/v1` or `/v2` and one trailing `/`: what the kubelet and docker take for the bare host. */
function effectivePath(path: string): string {
  const rest = path.startsWith('/v1/') || path.startsWith('/v2/') ? path.slice(3) : path;
  return rest.endsWith('/') ? rest.slice(0, -1) : rest;
}

function check(text: string, key: string, start: number, offset: number): void {
  try {
    tokenize(key.slice(start));
  } catch (error) {
    if (!(error instanceof GlobError)) throw error;
    throw malformed(text, offset + start + error.at, error.message);
  }
}

/** Characters of a pattern that an error shows on either side of the fault. */
const shownLength = 60;

function malformed(text: string, at: number, why: string): Fault {
  const before = at > shownLength ? `…${text.slice(at - shownLength, at)}` : text.slice(0, at);
  const after = text.length - at > shownLength ? `${text.slice(at, at + shownLength)}…` : text.slice(at);
  const shown = text.length > 2 * shownLength ? `${text.slice(0, 2 * shownLength)}…` : text;
  const place = `at character ${at + 1}: ${before}»${after}`;
  return new Fault('invalid-pattern', `malformed pattern "${shown}"`, `${why}, ${place}`);
}

/**
 * The glob of a host, port, path or segment; literal for an IPv6 address, whose brackets are no class. It is compiled when
 * it is needed: of 10,000 patterns an image comes near a few, and the others are told apart by their ends.
 */
export class Part {
  /** Literal text that every match ends with: what follows its last wildcard, class or escape. */
  readonly suffix: string;
  readonly #text: string;
  #glob: Glob | undefined;

  constructor(text: string) {
    this.#text = text;
    const last = Math.max(
      text.lastIndexOf('*'),
      text.lastIndexOf('?'),
      text.lastIndexOf(']'),
      text.lastIndexOf('\\'),
    );
    this.suffix = text.slice(last + 1);
  }

  get prefix(): string {
    return this.#compiled.prefix;
  }

  get literal(): string | undefined {
    return this.#compiled.literal;
  }

  get inner(): string {
    return this.#compiled.inner;
  }

  matches(name: string): boolean {
    return this.#compiled.matches(name);
  }

  get #compiled(): Glob {
    this.#glob ??= new Glob(tokenize(escapeAddress(this.#text)));
    return this.#glob;
  }
}

/** All tokens of a pattern in the order in which they are compared: host, `:` and port, path. */
export function tokensOf({ host, port, path }: Pattern): Token[] {
  return tokenize(escapeAddress(host) + (port === '' ? '' : `:${port}`) + path);
}

function escapeAddress(part: string): string {
  return part.startsWith('[') && ipv6.test(part) ? `\\${part}` : part;
}
