/** What a command is, and how its options are read. */

import { type ParseArgsConfig, parseArgs } from 'node:util';
import { Fault } from '../fault.ts';
import type { Io } from '../io/io.ts';

export interface Command {
  /** One line for the list of commands. */
  readonly summary: string;
  /** What `--help` prints behind the program's name. */
  readonly usage: string;
  run(args: readonly string[], context: Context, io: Io): Promise<number>;
}

/** All commands by name, in the order in which help lists them. */
export type Commands = Readonly<Record<string, () => Promise<{ command: Command }>>>;

export interface Context {
  readonly commands: Commands;
  /** The values of `--config` in front of the command. */
  readonly configPaths: readonly string[];
}

export const configOption = { config: { type: 'string', multiple: true } } as const;
export const configHelp = `  --config PATH   a configuration file or a folder of them; may be given several times`;

type Options = NonNullable<ParseArgsConfig['options']>;
type Parsed<T extends Options> = ReturnType<
  typeof parseArgs<{
    args: string[];
    options: T & { help: { type: 'boolean'; short: 'h' } };
    allowPositionals: true;
  }>
>;

/** The options and other arguments of a command; undefined when help was asked for and given. Throws a usage Fault. */
export async function readOptions<T extends Options>(
  name: string,
  command: Pick<Command, 'usage'>,
  args: readonly string[],
  options: T,
  io: Io,
): Promise<Parsed<T> | undefined> {
  const parsed = parse(name, args, { ...options, help: { type: 'boolean', short: 'h' } });
  if (!(parsed.values as { help?: boolean }).help) return parsed;
  await io.stdout.write(`Usage: keyring-credential-provider ${command.usage}`);
  return undefined;
}

function parse<T extends Options>(name: string, args: readonly string[], options: T) {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true });
  } catch (error) {
    const [what = ''] = (error as Error).message.split('. To specify');
    throw usageFault(name, what.replace(/^Unknown option/, 'unknown option'));
  }
}

export function usageFault(name: string, what: string): Fault {
  return new Fault('usage', what, `see: keyring-credential-provider ${name} --help`);
}
