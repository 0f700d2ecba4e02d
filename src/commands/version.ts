/** `version`: which build this is. */

import { commit, version } from '../version.ts';
import { type Command, readOptions } from './command.ts';

export const command: Command = {
  summary: 'show the version',
  usage: `version [--json]

Shows the version, the commit it was built from, the runtime and the platform.
`,
  async run(args, _context, io) {
    const options = await readOptions('version', command, args, { json: { type: 'boolean' } }, io);
    if (options === undefined) return 0;
    const { bun, node } = process.versions;
    const runtime = bun === undefined ? `node ${node}` : `bun ${bun}`;
    const platform = `${process.platform}-${process.arch}`;
    const text = `keyring-credential-provider ${version} (commit ${commit}, ${runtime}, ${platform})`;
    await io.stdout.write(
      `${options.values.json ? JSON.stringify({ version, commit, runtime, platform }) : text}\n`,
    );
    return 0;
  },
};
