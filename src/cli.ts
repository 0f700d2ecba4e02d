/** Which command is meant; without one, the plugin itself. Loads nothing but what that command needs. */

import type { Commands } from './commands/command.ts';
import { Fault } from './fault.ts';
import type { Io, Output } from './io/io.ts';
import { provide } from './provide.ts';
import { reportError } from './report.ts';

const commands: Commands = {
  explain: () => import('./commands/explain.ts'),
  request: () => import('./commands/request.ts'),
  cache: () => import('./commands/cache.ts'),
  schema: () => import('./commands/schema.ts'),
  version: () => import('./commands/version.ts'),
  help: () => import('./commands/help.ts'),
};

/** Runs the program to its end and returns the exit code: 0 fine, 1 a finding or failure, 2 usage or unreadable input. */
export async function run(args: readonly string[], io: Io): Promise<number> {
  try {
    return await dispatch(args, io);
  } catch (error) {
    return await reportError(error, io);
  }
}

async function dispatch(args: readonly string[], io: Io): Promise<number> {
  const { configPaths, rest } = takeConfigPaths(args);
  const [first, ...others] = rest;
  if (first === undefined || first === 'get-credentials') return runPlugin(configPaths, others, io);
  const name = first === '--version' ? 'version' : first === '--help' || first === '-h' ? 'help' : first;
  const load = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (load === undefined) throw await unknownArgument(first);
  const { command } = await load();
  return await command.run(others, { commands, configPaths }, io);
}

async function runPlugin(configPaths: readonly string[], others: readonly string[], io: Io): Promise<number> {
  const { configPaths: more, rest } = takeConfigPaths(others);
  const [extra] = rest;
  if (extra === '--help' || extra === '-h') return showUsage(io.stdout, 0);
  if (extra !== undefined) throw await unknownArgument(extra);
  const exitCode = await provide([...configPaths, ...more], io);
  return exitCode ?? (await showUsage(io.stderr, 2));
}

/** The values of the `--config` options at the beginning. */
function takeConfigPaths(args: readonly string[]): { configPaths: string[]; rest: string[] } {
  const rest = [...args];
  const configPaths: string[] = [];
  for (;;) {
    const first = rest[0] ?? '';
    if (first !== '--config' && !first.startsWith('--config=')) return { configPaths, rest };
    const path =
      first === '--config' ? rest.splice(0, 2)[1] : rest.splice(0, 1)[0]?.slice('--config='.length);
    if (!path)
      throw new Fault('usage', '--config needs a value', 'name a configuration file or a folder of them');
    configPaths.push(path);
  }
}

async function unknownArgument(argument: string): Promise<Fault> {
  const { nearest } = await import('./config/nearest.ts');
  const near = nearest(argument, [
    ...Object.keys(commands),
    'get-credentials',
    '--config',
    '--help',
    '--version',
  ]);
  const hint = near === undefined ? 'see --help' : `did you mean "${near}"? See --help`;
  return new Fault('usage', `unknown ${argument.startsWith('-') ? 'option' : 'command'} "${argument}"`, hint);
}

async function showUsage(output: Output, exitCode: number): Promise<number> {
  const { overview } = await import('./commands/help.ts');
  await output.write(await overview(commands));
  return exitCode;
}
