/** The whole configuration of a run, from all its files. */

import { parseDuration } from '../duration.ts';
import type { Io } from '../io/io.ts';
import { Collector } from './collector.ts';
import { locateFiles } from './locate.ts';
import type { Matcher } from './matcher.ts';
import { addOwnEntries, addOwnSources } from './own.ts';
import { folderOf, resolvePath } from './path.ts';
import { ConfigError, type FileFinding, readConfigFile } from './read.ts';
import type { FileShape } from './shape.ts';
import { NamedSources } from './sources.ts';

export interface Config {
  readonly matcher: Matcher;
  /** Milliseconds that a whole run may take. */
  readonly timeout: number;
  readonly cache: CacheConfig;
  readonly logFile: string | undefined;
  readonly metricsFile: string | undefined;
  /** What was left out and why: docker files and keys that do not hurt the rest. */
  readonly notices: readonly FileFinding[];
}

export interface CacheConfig {
  readonly directory: string;
  readonly enabled: boolean;
  /** Milliseconds for which the kubelet may cache credentials that do not expire. */
  readonly static: number;
  /** Milliseconds for which the kubelet may cache that nothing matches. */
  readonly noMatch: number;
}

export const defaultTimeout = 45_000;
/** The kubelet kills a plugin after 60 s: https://github.com/kubernetes/kubernetes/blob/v1.36.3/pkg/credentialprovider/plugin/plugin.go */
const longestTimeout = 55_000;
const defaultStatic = 300_000;
const defaultNoMatch = 60_000;
const defaultDirectory = '/run/keyring-credential-provider';

/**
 * Loads the files that `--config` names, else those of `$KEYRING_CONFIG`, else the default ones, else the built-in
 * default. Of plain values that stand in several files the last one counts.
 * Throws a ConfigError with all findings, or a Fault for a file that cannot be read.
 */
export async function loadConfig(paths: readonly string[], io: Io): Promise<Config> {
  const files = await locateFiles(paths, io);
  const shapes = await Promise.all(files.map(file => readConfigFile(file, io)));
  const loaded = files.length === 0 ? [await builtIn()] : zip(files, shapes);
  const collector = new Collector();
  const named = new NamedSources();
  const values = new Values(collector);
  for (const { file, shape } of loaded) {
    addOwnSources(file, shape, named, collector);
    values.read(file, shape);
  }
  for (const { file, shape } of loaded) await addOwnEntries(file, shape, named, collector);
  for (const { file, shape } of loaded) {
    for (const path of shape.dockerConfigFiles ?? []) {
      const { addDockerFile } = await import('./docker.ts');
      await addDockerFile(resolvePath(path, folderOf(file)), collector, io);
    }
  }
  if (collector.findings.length > 0) throw new ConfigError(collector.findings);
  const { matcher, notices } = collector;
  const { timeout, cache, logFile, metricsFile } = values;
  const directory = io.env.KEYRING_CACHE_DIR || cache.directory;
  return { matcher, timeout, cache: { ...cache, directory }, logFile, metricsFile, notices };
}

async function builtIn(): Promise<{ file: string; shape: FileShape }> {
  const { defaultFileShape } = await import('./default.ts');
  return { file: 'built-in', shape: defaultFileShape };
}

function zip(files: readonly string[], shapes: readonly FileShape[]): { file: string; shape: FileShape }[] {
  return shapes.map((shape, i) => ({ file: files[i] ?? '', shape }));
}

/** The plain values of all files, with their defaults. */
class Values {
  timeout = defaultTimeout;
  cache: CacheConfig = {
    directory: defaultDirectory,
    enabled: true,
    static: defaultStatic,
    noMatch: defaultNoMatch,
  };
  logFile: string | undefined;
  metricsFile: string | undefined;
  readonly #collector: Collector;

  constructor(collector: Collector) {
    this.#collector = collector;
  }

  read(file: string, { timeout, cache = {}, log, metrics }: FileShape): void {
    const folder = folderOf(file);
    if (log?.file !== undefined) this.logFile = resolvePath(log.file, folder);
    if (metrics?.textfile !== undefined) this.metricsFile = resolvePath(metrics.textfile, folder);
    this.timeout = this.#duration(file, 'timeout', timeout, 1, longestTimeout) ?? this.timeout;
    const { directory, enabled } = cache;
    this.cache = {
      directory: directory ?? this.cache.directory,
      enabled: enabled ?? this.cache.enabled,
      static: this.#duration(file, 'cache.static', cache.static) ?? this.cache.static,
      noMatch: this.#duration(file, 'cache.noMatch', cache.noMatch) ?? this.cache.noMatch,
    };
    if (directory !== undefined && !directory.startsWith('/')) {
      this.#collector.find({ file, path: 'cache.directory' }, 'must be an absolute path');
    }
  }

  #duration(file: string, path: string, text: string | undefined, least = 0, most = Number.MAX_SAFE_INTEGER) {
    if (text === undefined) return undefined;
    const value = parseDuration(text);
    if (value !== undefined && value >= least && value <= most) return value;
    const limit = most === Number.MAX_SAFE_INTEGER ? '' : ' of more than zero and at most 55s';
    this.#collector.find({ file, path }, `must be a duration such as "45s" or "5m"${limit}`);
    return undefined;
  }
}
