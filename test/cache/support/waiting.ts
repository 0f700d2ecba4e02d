/** Knows how many processes wait for the one that asks the cloud. */

import { readdirSync, readFileSync } from 'node:fs';

/** Resolves when that many processes hold a connection to the one that has the lock in the folder. Linux only. */
export async function waiting(count: number, directory: string): Promise<void> {
  for (;;) {
    const lock = readdirSync(directory).find(name => name.endsWith('.lock'));
    const flight = lock && readdirSync(`${directory}/${lock}`)[0];
    const lines = readFileSync('/proc/net/unix', 'utf8').split('\n');
    // One line is the listening socket itself.
    if (flight !== undefined && lines.filter(line => line.endsWith(flight)).length > count) return;
    await Bun.sleep(10);
  }
}
