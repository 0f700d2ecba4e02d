/** `explain`: what the plugin would answer for images, and why, without fetching anything. */

import { type Config, loadConfig } from '../config/load.ts';
import { Fault } from '../fault.ts';
import { parseReference } from '../image/reference.ts';
import type { Io } from '../io/io.ts';
import { type Plan, planFor } from '../plan.ts';
import { reportError, reportNotices } from '../report.ts';
import { givesTokens } from '../sources/serves.ts';
import { type Command, configHelp, configOption, readOptions, usageFault } from './command.ts';
import { describeKept, lookAt } from './kept.ts';
import { paint, table } from './table.ts';

export const command: Command = {
  summary: 'show which credentials an image gets, in order, and why',
  usage: `explain IMAGE... [OPTION]...

Shows for each image the entries that match, in the order in which the kubelet will try their credentials, with the
auth keys that carry them, and whether this node keeps a token for them. Nothing is fetched.
The image "-" stands for image names on stdin, one a line.
Exit code 1 when an image has no entry, 2 when a name is no image reference.

${configHelp}
  --json          one JSON object a line
`,
  async run(args, context, io) {
    const parsed = await readOptions(
      'explain',
      command,
      args,
      { ...configOption, json: { type: 'boolean' } },
      io,
    );
    if (parsed === undefined) return 0;
    if (parsed.positionals.length === 0) throw usageFault('explain', 'an image is needed');
    const config = await loadConfig([...context.configPaths, ...(parsed.values.config ?? [])], io);
    await reportNotices(config.notices, io);
    const wantsColour = !io.env.NO_COLOR && io.env.TERM !== 'dumb' && !parsed.values.json;
    const isColoured = wantsColour && (await io.stdout.isTerminal());
    let exitCode = 0;
    for (const image of await imagesOf(parsed.positionals, io)) {
      const plan = await planOf(image, config, io);
      exitCode = Math.max(exitCode, plan === undefined ? 2 : plan.credentials.length === 0 ? 1 : 0);
      if (plan === undefined) continue;
      await io.stdout.write(
        await (parsed.values.json
          ? asJson(image, plan, config, io)
          : asText(image, plan, config, isColoured, io)),
      );
    }
    return exitCode;
  },
};

/** undefined for a name that is no image reference, which is reported. */
async function planOf(image: string, { matcher }: Config, io: Io): Promise<Plan | undefined> {
  try {
    return planFor(matcher, parseReference(image));
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    await reportError(error, io);
    return undefined;
  }
}

const listLimit = 64 * 1024 * 1024;

async function imagesOf(names: readonly string[], io: Io): Promise<string[]> {
  const images: string[] = [];
  for (const name of names) {
    if (name !== '-') images.push(name);
    else images.push(...(await imagesFromStdin(io)));
  }
  return images;
}

/** Blank lines and lines that begin with `#` are left out. */
async function imagesFromStdin(io: Io): Promise<string[]> {
  const bytes = await io.stdin.read(listLimit);
  if (bytes === undefined)
    throw new Fault('too-large', 'the list on stdin is larger than 64 MiB', 'split it');
  const lines = new TextDecoder()
    .decode(bytes)
    .split(/\r?\n/)
    .map(line => line.trim());
  return lines.filter(line => line !== '' && !line.startsWith('#'));
}

function reasonOf({ image, pathEntry }: Plan): string {
  if (pathEntry === undefined) return `no entry for ${image.host} has a path`;
  return `${pathEntry.place} in ${pathEntry.file} has a path`;
}

async function asJson(image: string, plan: Plan, config: Config, io: Io): Promise<string> {
  const { registry, repository } = plan.image;
  const rows = plan.credentials.map(async ({ entry, key }) => {
    const { pattern, source, file } = entry;
    const { type, name } = source;
    const kept = givesTokens(type) ? (await lookAt(entry, plan.image, config, io)).kept : undefined;
    return {
      pattern,
      source: type,
      ...(name !== undefined && { name }),
      key,
      file,
      ...(kept !== undefined && kept.state !== 'none' && { cached: kept }),
    };
  });
  const credentials = await Promise.all(rows);
  const { cacheKeyType } = plan;
  return `${JSON.stringify({ image, registry, repository, credentials, cacheKeyType, reason: reasonOf(plan) })}\n`;
}

async function asText(
  image: string,
  plan: Plan,
  config: Config,
  isColoured: boolean,
  io: Io,
): Promise<string> {
  const { registry, repository } = plan.image;
  const looks = await Promise.all(plan.credentials.map(({ entry }) => lookAt(entry, plan.image, config, io)));
  const rows = plan.credentials.map(({ entry, key }, i) => {
    const { type, name } = entry.source;
    const source = name === undefined ? type : `${type} (${name})`;
    return [String(i + 1), entry.pattern, source, looks[i]?.who ?? '', key, entry.file];
  });
  const tokens = looks.flatMap(({ kept }, i) => {
    return kept === undefined ? [] : `  for ${i + 1}, ${describeKept(kept, io.now())}\n`;
  });
  const none = `  ${paint('no entry matches: the kubelet pulls without these credentials', 'yellow', isColoured)}\n`;
  const header = ['#', 'PATTERN', 'SOURCE', 'IDENTITY', 'AUTH KEY', 'FILE'];
  const left = plan.leftOut.map(({ pattern, source, file }) => {
    return `  not used: ${pattern} (${source.type}) in ${file}, since ${plan.image.host} is no host of that cloud\n`;
  });
  return [
    `${paint(image, 'bold', isColoured)}: registry ${registry}, repository ${repository}\n`,
    rows.length === 0 ? none : table([header, ...rows], isColoured),
    ...tokens,
    ...left,
    `  cached by the kubelet by ${plan.cacheKeyType}: ${reasonOf(plan)}\n`,
  ].join('');
}
