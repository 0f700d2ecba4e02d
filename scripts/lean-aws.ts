/** An esbuild plugin that bundles the AWS clients in the form they have for browsers, which loads no Node built-ins. */

import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import type { OnLoadArgs, OnLoadResult, Plugin } from 'esbuild';

/** What is only ever given what a browser would have to be given (keys, a region, a request handler), and for which call. */
const roots: Readonly<Record<string, 'ecr' | 'sts'>> = {
  '@aws-sdk/client-ecr': 'ecr',
  '@aws-sdk/core/protocols': 'ecr',
  '@smithy/signature-v4': 'ecr',
  '@aws-sdk/nested-clients/sts': 'sts',
};

/**
 * Follows their imports by the `browser` field of each package. Each call gets modules of its own: profiles, which
 * do need files and processes, keep the Node form of the same SDK, and a call of ECR loads nothing that only STS needs.
 */
export function leanAws(): Plugin {
  return {
    name: 'lean-aws',
    setup(build) {
      build.onResolve(
        { filter: /.*/ },
        async ({ path, importer, namespace: from, resolveDir, kind, pluginData }) => {
          if (pluginData === resolving) return undefined;
          const inside = from.startsWith('lean-aws:');
          const enters = /[\\/]src[\\/]sources[\\/]ecr[\\/]/.test(importer) && Object.hasOwn(roots, path);
          if (!inside && !enters) return undefined;
          const found = await build.resolve(path, { importer, kind, resolveDir, pluginData: resolving });
          if (found.errors.length > 0 || found.external) return found;
          const namespace = inside ? from : `lean-aws:${roots[path]}`;
          return { path: browserForm(found.path), namespace, sideEffects: false };
        },
      );
      build.onLoad({ filter: /.*/, namespace: 'lean-aws:ecr' }, load);
      build.onLoad({ filter: /.*/, namespace: 'lean-aws:sts' }, load);
    },
  };
}

async function load({ path }: OnLoadArgs): Promise<OnLoadResult> {
  const loader = path.endsWith('.json') ? 'json' : 'js';
  let contents = await readFile(path, 'utf8');
  for (const { file, what, by } of cuts) if (file.test(path)) contents = contents.replace(what, by);
  return { contents, resolveDir: dirname(path), loader };
}

/**
 * What these modules do when they are loaded, to be ready for calls that the program does not make. Loops that long make the engine
 * compile: without them a cold answer of ECR takes 2 MiB and a tenth of its time less.
 */
const cuts: readonly { readonly file: RegExp; readonly what: RegExp; readonly by: string }[] = [
  // A class for each of a service's errors, 60 for one call; the program reads the code from the answer.
  { file: /client-ecr[\\/].*[\\/]schemas_0\.js$/, what: /^\w+_registry\.registerError\(.*\);$/gm, by: '' },
  // A table of hexadecimal numbers for where there is no crypto.randomUUID.
  { file: /[\\/]uuid[\\/]v4\.js$/, what: /^const decimalToHex = .*$/m, by: 'const decimalToHex = [];' },
];

/** Marks a resolution that this plugin itself asks for. */
const resolving = {};

function browserForm(path: string): string {
  // A browser parses XML with its DOMParser, which neither Bun nor Node has.
  if (path.includes('xml-builder')) return path;
  const [, folder] = /^(.*[\\/]node_modules[\\/](?:@[^\\/]+[\\/])?[^\\/]+)[\\/]/.exec(path) ?? [];
  if (folder === undefined) return path;
  const { browser = {} }: { browser?: Record<string, string> } = JSON.parse(
    readFileSync(join(folder, 'package.json'), 'utf8'),
  );
  const key = `./${relative(folder, path).replaceAll('\\', '/')}`;
  const replacement = browser[key] ?? browser[key.replace(/\.js$/, '')];
  if (replacement === undefined) return path;
  return join(folder, replacement.endsWith('.js') ? replacement : `${replacement}.js`);
}
