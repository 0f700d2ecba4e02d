/** The compiled matcher: all patterns of a configuration, found by image. Literal hosts by hash, the others by their affixes. */

import type { Reference } from '../image/reference.ts';
import { GlobIndex } from './glob-index.ts';
import { dockerHub, dockerHubNames, hasWildcard, Part, type Pattern } from './pattern.ts';

export interface Matches<T> {
  /** The values whose whole pattern matches the image, in no particular order. */
  readonly values: T[];
  /** In lists: values whose pattern has a path and whose host part matches the image's host, whatever the path. */
  readonly withPath: (readonly T[])[];
}

export class PatternIndex<T> {
  /** By host and port as one text. */
  readonly #literalHosts = new Map<string, Items<T>>();
  /** Hosts or ports with a wildcard, each text once. */
  readonly #globHosts = new GlobIndex<GlobHost<T>>();
  readonly #globHostsByText = new Map<string, GlobHost<T>>();
  readonly #paths = new Map<Items<T>, PathIndex<T> | 'seen'>();

  add(pattern: Pattern, value: T): void {
    const { path, literalPath } = pattern;
    this.#itemsOf(pattern).push({ path, literalPath, value });
  }

  /** Adds a pattern of which `isSimplePattern` is true, unparsed. */
  addSimple(text: string, value: T): void {
    const slash = text.indexOf('/');
    const authority = slash < 0 ? text : text.slice(0, slash);
    const path = slash < 0 ? '' : text.slice(slash);
    const items = hasWildcard(authority)
      ? this.#globItems(authority)
      : this.#literalItems(dockerHubNames.includes(authority) ? dockerHub : authority);
    items.push({ path, literalPath: !hasWildcard(path), value });
  }

  /** Everything that matches one image. The three names of Docker Hub count as one. */
  lookup(image: Reference): Matches<T> {
    const matches: Matches<T> = { values: [], withPath: [] };
    const path = `/${image.repository}`;
    for (const items of this.#hostsMatching(image.host)) this.#collect(items, path, matches);
    return matches;
  }

  #itemsOf({ host, port, literalHost }: Pattern): Items<T> {
    const authority = port === '' ? host : `${host}:${port}`;
    return literalHost ? this.#literalItems(authority) : this.#globItems(authority);
  }

  #globItems(authority: string): Items<T> {
    let entry = this.#globHostsByText.get(authority);
    if (entry === undefined) {
      const { host, port } = splitPort(authority);
      const glob = new Part(host);
      entry = { glob, port: port === '' ? undefined : new Part(port), items: [] };
      this.#globHostsByText.set(authority, entry);
      this.#globHosts.add(glob, entry);
    }
    return entry.items;
  }

  #literalItems(host: string): Items<T> {
    let items = this.#literalHosts.get(host);
    if (items === undefined) {
      items = [];
      this.#literalHosts.set(host, items);
    }
    return items;
  }

  /** A run of the plugin looks up one image: an index of the paths pays from the second image of a host on. */
  #collect(items: Items<T>, path: string, matches: Matches<T>): void {
    const index = this.#paths.get(items);
    if (index === undefined) {
      walk(items, path, matches);
      this.#paths.set(items, 'seen');
      return;
    }
    const isCurrent = index !== 'seen' && index.size === items.length;
    const paths = isCurrent ? index : new PathIndex(items);
    this.#paths.set(items, paths);
    paths.collect(path, matches);
  }

  #hostsMatching(imageHost: string): Set<Items<T>> {
    const found = new Set<Items<T>>();
    const isHub = dockerHubNames.includes(imageHost);
    const literal = this.#literalHosts.get(isHub ? dockerHub : imageHost);
    if (literal !== undefined) found.add(literal);
    for (const name of isHub ? dockerHubNames : [imageHost]) {
      const { host, port, isAddress } = splitPort(name);
      this.#globHosts.forEachMatch(host, entry => {
        if (isAddress && entry.glob.literal === undefined) return;
        if (port === '' ? entry.port === undefined : entry.port?.matches(port)) found.add(entry.items);
      });
    }
    return found;
  }
}

interface GlobHost<T> {
  readonly glob: Part;
  readonly port: Part | undefined;
  readonly items: Items<T>;
}

/** An IPv6 address keeps its brackets, and no wildcard reaches into one. */
function splitPort(host: string): { host: string; port: string; isAddress: boolean } {
  const isAddress = host.startsWith('[');
  const colon = host.indexOf(':', isAddress ? host.indexOf(']') : 0);
  return colon < 0
    ? { host, port: '', isAddress }
    : { host: host.slice(0, colon), port: host.slice(colon + 1), isAddress };
}

interface Item<T> {
  readonly path: string;
  readonly literalPath: boolean;
  readonly value: T;
}

/** The patterns of one host. They are told apart by their paths when an image has that host: few hosts are ever asked for. */
type Items<T> = Item<T>[];

/** What a PathIndex would collect, found without one. */
function walk<T>(items: Items<T>, path: string, matches: Matches<T>): void {
  const withPath: T[] = [];
  for (const item of items) {
    if (item.path === '') matches.values.push(item.value);
    else withPath.push(item.value);
    if (item.path !== '' && matchesPath(item, path)) matches.values.push(item.value);
  }
  if (withPath.length > 0) matches.withPath.push(withPath);
}

function matchesPath<T>(item: Item<T>, path: string): boolean {
  if (item.literalPath) {
    return path.startsWith(item.path) && (path.length === item.path.length || path[item.path.length] === '/');
  }
  const segments = item.path.split('/');
  const names = path.split('/').slice(0, segments.length);
  return matchesSegments({ ...item, segments: undefined }, names.join('/'));
}

/** Patterns by their paths, which match prefixes of whole segments. */
class PathIndex<T> {
  /** How many patterns it was made of. */
  readonly size: number;
  readonly #whole: T[] = [];
  readonly #literal = new Map<string, T[]>();
  readonly #globs = new GlobIndex<GlobPath<T>>();
  readonly #withPath: T[] = [];

  constructor(items: readonly Item<T>[]) {
    this.size = items.length;
    for (const item of items) this.#add(item);
  }

  #add({ path, literalPath, value }: Item<T>): void {
    if (path === '') {
      this.#whole.push(value);
      return;
    }
    this.#withPath.push(value);
    if (!literalPath) {
      this.#globs.add(new Part(path), { path, segments: undefined, value });
      return;
    }
    const known = this.#literal.get(path);
    if (known === undefined) this.#literal.set(path, [value]);
    else known.push(value);
  }

  collect(path: string, matches: Matches<T>): void {
    append(matches.values, this.#whole);
    if (this.#withPath.length > 0) matches.withPath.push(this.#withPath);
    for (let end = path.length; end > 0; end = path.lastIndexOf('/', end - 1)) {
      const prefix = path.slice(0, end);
      append(matches.values, this.#literal.get(prefix) ?? []);
      this.#globs.forEachMatch(prefix, globPath => {
        if (matchesSegments(globPath, prefix)) matches.values.push(globPath.value);
      });
    }
  }
}

interface GlobPath<T> {
  readonly path: string;
  /** Compiled when the path as a whole matches for the first time. */
  segments: readonly Part[] | undefined;
  readonly value: T;
}

/** In a path as a whole a `*` reaches over `/`; segment by segment it does not. */
function matchesSegments<T>(globPath: GlobPath<T>, path: string): boolean {
  globPath.segments ??= globPath.path.split('/').map(segment => new Part(segment));
  const names = path.split('/');
  const { segments } = globPath;
  return names.length === segments.length && segments.every((segment, i) => segment.matches(names[i] ?? ''));
}

function append<T>(list: T[], values: readonly T[]): void {
  for (const value of values) list.push(value);
}
