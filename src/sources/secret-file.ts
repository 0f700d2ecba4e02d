/** Files that hold one secret. */

import { resolvePath } from '../config/path.ts';
import { Fault } from '../fault.ts';
import { errorCode, type Io } from '../io/io.ts';

const secretLimit = 1024 * 1024;

/**
 * The content of a file without one trailing line break; relative paths start at `directory`.
 * Rejects with a Fault when there is no text to use.
 */
export async function readSecret(path: string, directory: string, io: Io): Promise<string> {
  const file = resolvePath(path, directory);
  const text = decode(file, await readBytes(file, io)).replace(/\r?\n$/, '');
  if (text === '') throw new Fault('empty-secret', `${file} is empty`, 'write the secret into it');
  return text;
}

async function readBytes(file: string, io: Io): Promise<Uint8Array> {
  try {
    if ((await io.files.stat(file)).size > secretLimit) {
      throw new Fault(
        'unreadable-secret',
        `${file} is larger than 1 MiB`,
        'name the file that holds the secret',
      );
    }
    return await io.files.read(file);
  } catch (error) {
    if (error instanceof Fault) throw error;
    const code = errorCode(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') {
      throw new Fault(
        'missing-secret',
        `${file} does not exist`,
        'create it, or correct the path in the configuration',
      );
    }
    throw new Fault(
      'unreadable-secret',
      `${file} cannot be read`,
      `make it a file that root can read (${code ?? 'unknown error'})`,
    );
  }
}

function decode(file: string, bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new Fault('unreadable-secret', `${file} is not UTF-8 text`, 'write the secret into it as text');
  }
}
