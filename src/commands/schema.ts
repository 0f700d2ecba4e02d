/** `schema`: the JSON Schema of a configuration file. */

import { type Command, readOptions } from './command.ts';

export const command: Command = {
  summary: 'print the JSON Schema of a configuration file',
  usage: `schema

Prints the JSON Schema of a configuration file, for editors and for checks before a file reaches a node.
`,
  async run(args, _context, io) {
    if ((await readOptions('schema', command, args, {}, io)) === undefined) return 0;
    const { jsonSchema } = await import('../config/schema.ts');
    await io.stdout.write(`${JSON.stringify(jsonSchema(), null, 2)}\n`);
    return 0;
  },
};
