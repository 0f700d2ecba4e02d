/** Starts the program with the real process, under Node: the portable file. */

import { run } from './cli.ts';
import { io } from './io/node.ts';

process.exit(await run(process.argv.slice(2), io));
