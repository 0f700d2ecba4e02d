/** An esbuild plugin that bundles the AWS clients in the form they have for browsers, which loads no Node built-ins. */

import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import type { Plugin } from 'esbuild';

/** The clients that are only ever given what a browser would have to be given: keys, a region and a request handler. */
const roots = /^@aws-sdk\/(client-ecr|nested-clients\/sts)$/;
const namespace = 'lean-aws';

/**
 * Follows the clients' imports by the `browser` field of each package. They get modules of their own, so that the profile
 * code of the same SDK, which does need files and processes, keeps the Node form.
 */
export function leanAws(): Plugin {
  return {
    name: namespace,
    setup(build) {
      build.onResolve(
        { filter: /.*/ },
        async ({ path, importer, namespace: from, resolveDir, kind, pluginData }) => {
          const entersHere = roots.test(path) && /[\\/]src[\\/]sources[\\/]ecr[\\/]/.test(importer);
          if (pluginData === resolving || (from !== namespace && !entersHere)) return undefined;
          const found = await build.resolve(path, { importer, kind, resolveDir, pluginData: resolving });
          if (found.errors.length > 0 || found.external) return found;
          return { path: browserForm(found.path), namespace, sideEffects: false };
        },
      );
      build.onLoad({ filter: /.*/, namespace }, async ({ path }) => ({
        contents: await readFile(path, 'utf8'),
        resolveDir: dirname(path),
        loader: path.endsWith('.json') ? 'json' : 'js',
      }));
    },
  };
}

/** Marks a resolution that this plugin itself asks for. */
const resolving = {};

function browserForm(path: string): string {
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
