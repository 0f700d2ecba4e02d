/** A throwaway certificate authority and server certificates, made by openssl. */

import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findTool } from './tools.ts';

export interface ServerCertificate {
  readonly cert: string;
  readonly key: string;
}

export interface Authority {
  /** The file of the authority's own certificate. */
  readonly file: string;
  /** `names` as in subjectAltName (`DNS:localhost,IP:127.0.0.1`). */
  issue(names: string, validity?: 'now' | 'expired'): ServerCertificate;
  remove(): void;
}

/** Whether tests can have certificates; those that need them are skipped otherwise. */
export const canCertify = findTool('openssl') !== undefined;

/** Without openssl an authority that issues nothing. */
export function createAuthority(): Authority {
  if (!canCertify) return { file: '', issue: () => ({ cert: '', key: '' }), remove: () => undefined };
  const folder = mkdtempSync(join(tmpdir(), 'keyring-authority-'));
  const file = join(folder, 'ca.pem');
  const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' });
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-batch'];
  const configuration = [
    '[ca]\ndefault_ca=throwaway\n[throwaway]\nnew_certs_dir=.\ndatabase=index.txt\nserial=serial\ndefault_md=sha256\npolicy=any',
    '[any]\ncommonName=supplied\n',
  ];
  writeFileSync(join(folder, 'ca.cnf'), configuration.join('\n'));
  writeFileSync(join(folder, 'index.txt'), '');
  writeFileSync(join(folder, 'serial'), '01');
  openssl(
    'req',
    '-x509',
    ...newKey,
    '-keyout',
    'ca.key',
    '-out',
    'ca.pem',
    '-subj',
    '/CN=throwaway',
    '-days',
    '2',
  );
  let count = 0;
  return {
    file,
    issue(names, validity = 'now') {
      const name = `server-${++count}`;
      openssl('req', ...newKey, '-keyout', `${name}.key`, '-out', `${name}.csr`, '-subj', `/CN=${name}`);
      writeFileSync(join(folder, `${name}.ext`), `subjectAltName=${names}\n`);
      const dates =
        validity === 'expired'
          ? ['-startdate', '200101000000Z', '-enddate', '200102000000Z']
          : ['-days', '2'];
      const signer = ['-config', 'ca.cnf', '-cert', 'ca.pem', '-keyfile', 'ca.key', '-batch', '-notext'];
      openssl(
        'ca',
        ...signer,
        '-in',
        `${name}.csr`,
        '-out',
        `${name}.pem`,
        '-extfile',
        `${name}.ext`,
        ...dates,
      );
      const read = (suffix: string) => readFileSync(join(folder, `${name}.${suffix}`), 'utf8');
      return { cert: read('pem'), key: read('key') };
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
