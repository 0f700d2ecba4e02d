/** Writes the tables of configuration keys into the README, from the same table that the schema is made from. */

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Fields, fileFields, sectionFields, sourceFields } from '../src/config/fields.ts';

const readme = join(import.meta.dir, '../README.md');
const begin = '<!-- reference: made by npm run reference -->';
const end = '<!-- end of reference -->';

function rows(fields: Fields): string {
  const lines = Object.entries(fields).map(([key, { type, about }]) => {
    return `| \`${key}\` | ${type === 'flag' ? 'true or false' : type} | ${about} |`;
  });
  return ['| key | value | meaning |', '| --- | --- | --- |', ...lines].join('\n');
}

/** The reference as it stands in the README. */
export function reference(): string {
  const objects = [
    '| `auths` | object | patterns with a credential, or a list of credentials that are tried in order |',
    '| `sources` | object | names with a source: `type` and its options |',
    ...Object.keys(sectionFields).map(name => `| \`${name}\` | object | see below |`),
  ];
  const parts = [`**The file**\n\n${rows(fileFields)}\n${objects.join('\n')}`];
  for (const [name, fields] of Object.entries(sectionFields))
    parts.push(`**\`${name}\`**\n\n${rows(fields)}`);
  for (const [type, fields] of Object.entries(sourceFields)) {
    if (Object.keys(fields).length === 0) continue;
    const title = type === 'static' ? 'A static credential' : `\`"source": "${type}"\``;
    parts.push(`**${title}**\n\n${rows(fields)}`);
  }
  return `${begin}\n\n${parts.join('\n\n')}\n\n${end}`;
}

/** The README with the reference in its place. */
export function withReference(text: string): string {
  const [before, rest = ''] = text.split(begin);
  const [, after] = rest.split(end);
  if (after === undefined) throw new Error(`README.md lacks ${begin} and ${end}`);
  return before + reference() + after;
}

if (import.meta.main) writeFileSync(readme, withReference(readFileSync(readme, 'utf8')));
