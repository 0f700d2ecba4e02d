/** Processes of this machine, found by their command lines, without any tool where there is a /proc. */

import { existsSync, readdirSync, readFileSync } from 'node:fs';

/** The ids of all processes whose command line holds the text. */
export function processesWith(commandLine: string): number[] {
  if (!existsSync('/proc/self/cmdline')) {
    const lines = Bun.spawnSync(['ps', '-axo', 'pid=,args=']).stdout.toString().split('\n');
    return lines.filter(line => line.includes(commandLine)).map(line => Number.parseInt(line, 10));
  }
  const ids = readdirSync('/proc').map(Number).filter(Number.isInteger);
  return ids.filter(id => commandLineOf(id).includes(commandLine));
}

/** Resolves when no process has the command line any more: one that was killed may take a moment to end. */
export async function gone(commandLine: string): Promise<void> {
  while (processesWith(commandLine).length > 0) await Bun.sleep(10);
}

/** Empty for a process that ended meanwhile, or that is not ours to see. */
function commandLineOf(id: number): string {
  try {
    return readFileSync(`/proc/${id}/cmdline`, 'utf8').replaceAll('\0', ' ');
  } catch {
    return '';
  }
}
