/** `request`: a CredentialProviderRequest as the kubelet would send it, to be piped into the plugin. */

import { Fault } from '../fault.ts';
import { parseReference } from '../image/reference.ts';
import { errorCode, type Io } from '../io/io.ts';
import { apiVersions, encodeRequest } from '../protocol.ts';
import { type Command, readOptions, usageFault } from './command.ts';

export const command: Command = {
  summary: 'print a CredentialProviderRequest for an image',
  usage: `request IMAGE [OPTION]...

Prints the request that a kubelet sends for the image: normalised, without tag and digest.

  --api-version VERSION               v1 (default), v1beta1 or v1alpha1
  --service-account-token-file PATH   send the token in the file, as in service-account mode (v1 only)
  --annotation KEY=VALUE              an annotation of the service account; may be given several times (v1 only)
`,
  async run(args, _context, io) {
    const options = {
      'api-version': { type: 'string' },
      'service-account-token-file': { type: 'string' },
      annotation: { type: 'string', multiple: true },
    } as const;
    const parsed = await readOptions('request', command, args, options, io);
    if (parsed === undefined) return 0;
    const [image, ...others] = parsed.positionals;
    if (image === undefined || others.length > 0) throw usageFault('request', 'exactly one image is needed');
    const { registry, repository } = parseReference(image);
    const apiVersion = apiVersionOf(parsed.values['api-version'] ?? 'v1');
    const tokenFile = parsed.values['service-account-token-file'];
    const annotations = (parsed.values.annotation ?? []).map(pairOf);
    if (apiVersion !== apiVersions[0] && (tokenFile !== undefined || annotations.length > 0)) {
      throw usageFault('request', `${apiVersion} has no service accounts`);
    }
    await io.stdout.write(
      encodeRequest({
        apiVersion,
        image: `${registry}/${repository}`,
        ...(tokenFile === undefined ? {} : { serviceAccountToken: await readToken(tokenFile, io) }),
        ...(annotations.length === 0 ? {} : { serviceAccountAnnotations: Object.fromEntries(annotations) }),
      }),
    );
    return 0;
  },
};

function apiVersionOf(text: string): string {
  const found = apiVersions.find(version => version === text || version.endsWith(`/${text}`));
  if (found === undefined) throw usageFault('request', `"${text}" is no version of the API`);
  return found;
}

function pairOf(text: string): [string, string] {
  const equals = text.indexOf('=');
  if (equals < 1) throw usageFault('request', `--annotation "${text}" is not KEY=VALUE`);
  return [text.slice(0, equals), text.slice(equals + 1)];
}

async function readToken(path: string, io: Io): Promise<string> {
  try {
    return new TextDecoder().decode(await io.files.read(path)).trim();
  } catch (error) {
    const code = errorCode(error) ?? 'unknown error';
    throw new Fault(
      'unreadable-token',
      `${path} cannot be read`,
      `name a file that holds the token (${code})`,
    );
  }
}
