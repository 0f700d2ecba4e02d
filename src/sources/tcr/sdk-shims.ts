/** What stands in for the parts of Tencent's SDK that a bundle leaves out; scripts/lean-tencent.ts says which. */

const native = globalThis.Bun?.CryptoHasher;

/** `createHash` of node:crypto, whose import alone would cost the executable 3 ms and 4 MiB. */
export function createHash(algorithm: 'sha256') {
  return native ? new native(algorithm) : nodeCrypto().createHash(algorithm);
}

/** `createHmac` of node:crypto. */
export function createHmac(algorithm: 'sha256', key: string | Buffer) {
  return native ? new native(algorithm, key) : nodeCrypto().createHmac(algorithm, key);
}

function nodeCrypto() {
  return process.getBuiltinModule('node:crypto');
}

const WebURL = URL;

export { WebURL as URL };

/** The SDK writes requests with `json-bigint`; none of ours holds a number that JSON cannot write. */
// biome-ignore lint/style/noDefaultExport: the module that this replaces has one
export default () => JSON;

/** Referred to by the client's own transport, which src/sources/tcr/sdk.ts replaces, and never called. */
export const HttpConnection = undefined;
export const SSEResponseModel = undefined;
export const v4 = undefined;
