/** `cache`: shows and drops what the token cache holds, never a secret. */

import { clearCache, type Listed, listCache } from '../cache/contents.ts';
import { loadConfig } from '../config/load.ts';
import { formatDuration } from '../duration.ts';
import { Fault } from '../fault.ts';
import type { Io } from '../io/io.ts';
import { Glob, GlobError, tokenize } from '../pattern/glob.ts';
import { type Command, configHelp, configOption, readOptions, usageFault } from './command.ts';
import { table } from './table.ts';

export const command: Command = {
  summary: 'show or drop cached tokens, without their secrets',
  usage: `cache list [OPTION]...
       keyring-credential-provider cache clear [PATTERN] [OPTION]...

list shows every entry of the token cache: what it opens, for whom, and how old it is.
clear drops every entry, or those whose registry, source, scope, identity or name the pattern matches as a whole
(* any text, ? one character, [a-z] a range). The next request asks the cloud again.

${configHelp}
  --json          one JSON object a line
`,
  async run(args, context, io) {
    const options = { ...configOption, json: { type: 'boolean' } } as const;
    const parsed = await readOptions('cache', command, args, options, io);
    if (parsed === undefined) return 0;
    const [action, pattern, ...others] = parsed.positionals;
    if (action !== 'list' && action !== 'clear') throw usageFault('cache', 'list or clear is needed');
    if (others.length > 0 || (action === 'list' && pattern !== undefined)) {
      throw usageFault('cache', `too many arguments for ${action}`);
    }
    const selects = selection(pattern);
    const { cache } = await loadConfig([...context.configPaths, ...(parsed.values.config ?? [])], io);
    const entries = action === 'list' ? listCache(cache, io) : clearCache(cache, io, selects);
    if ('reason' in entries) {
      throw new Fault(
        'unusable-cache',
        `the token cache cannot be used, ${entries.reason}`,
        'put the folder right',
      );
    }
    if (parsed.values.json)
      await io.stdout.write(entries.map(entry => `${JSON.stringify(entry)}\n`).join(''));
    else await io.stdout.write(await asText(action, entries, io));
    return 0;
  },
};

function selection(pattern: string | undefined): (entry: Listed) => boolean {
  if (pattern === undefined) return () => true;
  try {
    const glob = new Glob(tokenize(pattern));
    return ({ host, source, scope, who, name }) =>
      [host, source, scope, who, name].some(text => text !== undefined && glob.matches(text));
  } catch (error) {
    if (error instanceof GlobError)
      throw usageFault('cache', `the pattern "${pattern}" is malformed, ${error.message}`);
    throw error;
  }
}

async function asText(action: 'list' | 'clear', entries: readonly Listed[], io: Io): Promise<string> {
  if (action === 'clear') return `dropped ${entries.length} ${entries.length === 1 ? 'entry' : 'entries'}\n`;
  if (entries.length === 0) return 'the token cache is empty\n';
  const isColoured = !io.env.NO_COLOR && (await io.stdout.isTerminal());
  const now = io.now();
  const rows = entries.map(entry => [
    entry.source,
    entry.host ?? entry.scope,
    entry.who,
    entry.failure === undefined
      ? `${entry.kind}, ${entry.state}`
      : `${entry.kind}, ${entry.state} (${entry.failure})`,
    entry.issued === undefined ? '' : rounded(now - entry.issued),
    entry.refresh === undefined ? '' : rounded(entry.refresh - now),
    rounded(entry.expires - now),
  ]);
  return table(
    [['source', 'registry', 'identity', 'state', 'age', 'refresh in', 'expires in'], ...rows],
    isColoured,
  );
}

function rounded(milliseconds: number): string {
  return milliseconds <= 0 ? 'now' : formatDuration(Math.ceil(milliseconds / 1000) * 1000);
}
