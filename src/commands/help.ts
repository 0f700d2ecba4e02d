/** `help`: what the program is for and which commands there are. */

import { type Command, type Commands, usageFault } from './command.ts';

const introduction = `keyring-credential-provider: a kubelet image credential provider with ordered credentials

Usage:
  keyring-credential-provider [--config PATH]...      answer the CredentialProviderRequest on stdin (the kubelet's way)
  keyring-credential-provider COMMAND [OPTION]...     see below

Commands:
`;

const conclusion = `
Configuration: --config, else $KEYRING_CONFIG, else /etc/keyring-credential-provider/config.json and conf.d/*.json,
else the built-in default: every host of AWS ECR and Tencent TCR with the node's own identity.

Try it:  keyring-credential-provider request nginx | keyring-credential-provider
Exit codes: 0 fine, 1 a finding or failure, 2 usage or unreadable input.
`;

export async function overview(commands: Commands): Promise<string> {
  const lines = Object.entries(commands).map(async ([name, load]) => {
    const { command } = await load();
    return `  ${name.padEnd(10)} ${command.summary}\n`;
  });
  return introduction + (await Promise.all(lines)).join('') + conclusion;
}

export const command: Command = {
  summary: 'show this text, or the help of a command',
  usage: `help [COMMAND]

Shows what the program does, or what a command does.
`,
  async run([name], { commands }, io) {
    if (name === undefined || name.startsWith('-')) {
      await io.stdout.write(await overview(commands));
      return 0;
    }
    const load = Object.hasOwn(commands, name) ? commands[name] : undefined;
    if (load === undefined) throw usageFault('help', `there is no command "${name}"`);
    await io.stdout.write(`Usage: keyring-credential-provider ${(await load()).command.usage}`);
    return 0;
  },
};
