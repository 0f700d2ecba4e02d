/** Starts the program with the real process, under Bun. */

import { run } from './cli.ts';
import { io } from './io/bun.ts';

process.exit(await run(process.argv.slice(2), io));
