/** Bundles Tencent's SDK without the weight that this project never uses. */

import { fileURLToPath } from 'node:url';
import type { Plugin } from 'esbuild';

const shims = fileURLToPath(new URL('../src/sources/tcr/sdk-shims.ts', import.meta.url));
const leftOut = /^(json-bigint|uuid|crypto|url|\.\/http\/http_connection|\.\/sse_response_model)$/;
const sdkTree = /[/\\]tencentcloud-sdk-nodejs[/\\]es[/\\]/;

/**
 * An esbuild plugin that gives the SDK's ESM tree src/sources/tcr/sdk-shims.ts in place of its HTTP client,
 * event streams, big-number JSON, UUIDs and node:crypto. For the executable and for the portable file alike.
 */
export function leanTencent(): Plugin {
  return {
    name: 'lean-tencent',
    setup(build) {
      build.onResolve({ filter: leftOut }, ({ importer }) =>
        sdkTree.test(importer) ? { path: shims } : undefined,
      );
    },
  };
}
