/** Starts the program with the real process. */

import { run } from './cli.ts';

const { io } = process.versions.bun ? await import('./io/bun.ts') : await import('./io/node.ts');
process.exit(await run(process.argv.slice(2), io));
