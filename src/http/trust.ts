/** Which certificate authorities are trusted besides the runtime's own choice. */

import { Fault } from '../fault.ts';
import { errorCode, type Io } from '../io/io.ts';

/** Where Linux distributions and BSDs keep the bundle of the system's store. */
const systemBundles: readonly string[] = [
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/pki/tls/certs/ca-bundle.crt',
  '/etc/ssl/ca-bundle.pem',
  '/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem',
  '/etc/ssl/cert.pem',
];

/**
 * Every trusted certificate authority as PEM texts: the system's store, NODE_EXTRA_CA_CERTS, SSL_CERT_FILE and `files`.
 * undefined when the environment and the caller name no file, and the runtime's default already is the system's store.
 * Rejects with a Fault for a named file that cannot be read or holds no certificate.
 */
export async function trustedAuthorities(files: readonly string[], io: Io): Promise<string[] | undefined> {
  const named = new Map<string, string>();
  for (const variable of ['NODE_EXTRA_CA_CERTS', 'SSL_CERT_FILE']) {
    const path = io.env[variable];
    if (path) named.set(path, variable);
  }
  for (const path of files) named.set(path, 'the configured certificate authorities');
  if (named.size === 0 && typeof Bun !== 'undefined') return undefined;
  const extra = await Promise.all([...named].map(([path, origin]) => readNamed(path, origin, io)));
  return [...(await systemAuthorities(io)), ...extra];
}

async function readNamed(path: string, origin: string, io: Io): Promise<string> {
  let text: string;
  try {
    text = new TextDecoder().decode(await io.files.read(path));
  } catch (error) {
    throw new Fault(
      'UnreadableCertificates',
      `cannot read ${path} (${origin}): ${errorCode(error) ?? 'unreadable'}`,
      'name a readable file of PEM certificates',
    );
  }
  if (
    !text.includes('-----BEGIN CERTIFICATE-----') &&
    !text.includes('-----BEGIN TRUSTED CERTIFICATE-----')
  ) {
    throw new Fault(
      'UnreadableCertificates',
      `${path} (${origin}) holds no PEM certificate`,
      'name a file of PEM certificates',
    );
  }
  return text;
}

async function systemAuthorities(io: Io): Promise<string[]> {
  for (const path of systemBundles) {
    try {
      return [new TextDecoder().decode(await io.files.read(path))];
    } catch {}
  }
  const { rootCertificates } = await import('node:tls');
  return [...rootCertificates];
}
