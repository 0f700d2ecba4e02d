/** The zod schema of a configuration file, made from the table of fields: the authority on shapes, and the JSON Schema. */

import * as z from 'zod/mini';
import {
  type Field,
  type Fields,
  fileFields,
  ignoredFileKeys,
  type SourceType,
  sectionFields,
  sourceFields,
} from './fields.ts';

/** A process that validates one file does not live long enough for compiled validators to pay. */
z.config({ jitless: true });

function typeOf(field: Field): z.ZodMiniType {
  if (field.values !== undefined) return z.enum(field.values as [string, ...string[]]);
  if (field.type === 'flag') return z.boolean();
  if (field.type === 'texts') return z.array(z.string());
  if (field.type === 'map') return z.record(z.string(), z.string());
  return z.string();
}

function shapeOf(fields: Fields): Record<string, z.ZodMiniType> {
  const entries = Object.entries(fields).map(([key, field]) => {
    const described = typeOf(field).register(z.globalRegistry, { description: field.about });
    return [key, z.optional(described)];
  });
  return Object.fromEntries(entries);
}

const types = Object.keys(sourceFields) as SourceType[];

/** A credential with its source's options inline; without `source` it is a static one. */
export const inlineCredentials = new Map(
  types.map(type => {
    const source = type === 'static' ? z.optional(z.literal(type)) : z.literal(type);
    return [type as string, z.strictObject({ source, ...shapeOf(sourceFields[type]) })];
  }),
);

/** A credential that names an entry of `sources`, which holds all options. */
export const namedCredential = z.strictObject({ source: z.string() });

export const configuredSources = new Map(
  types.map(type => [
    type as string,
    z.strictObject({ type: z.literal(type), ...shapeOf(sourceFields[type]) }),
  ]),
);

export const anySource = z.looseObject({ type: z.enum(types as [SourceType, ...SourceType[]]) });

const credential = z.union([...inlineCredentials.values(), namedCredential]);

const ignored = Object.fromEntries(ignoredFileKeys.map(key => [key, z.optional(z.unknown())]));

const sections = Object.fromEntries(
  Object.entries(sectionFields).map(([name, fields]) => [name, z.optional(z.strictObject(shapeOf(fields)))]),
);

/** The file with any credentials and sources, which are checked one by one for the sake of their messages. */
export const outerFile = z.strictObject({
  auths: z.optional(z.record(z.string(), z.unknown())),
  sources: z.optional(z.record(z.string(), z.unknown())),
  ...sections,
  ...shapeOf(fileFields),
  ...ignored,
});

const wholeFile = z.extend(outerFile, {
  auths: z.optional(z.record(z.string(), z.union([credential, z.array(credential)]))),
  sources: z.optional(z.record(z.string(), z.union([...configuredSources.values()]))),
});

/** The JSON Schema of a configuration file. */
export function jsonSchema(): object {
  return { title: 'Configuration of keyring-credential-provider', ...z.toJSONSchema(wholeFile) };
}
