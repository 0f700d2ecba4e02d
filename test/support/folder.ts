/** A folder for one test file, with files that a test writes; it goes when the tests are over. */

import { afterAll } from 'bun:test';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

export interface Folder {
  readonly path: string;
  /** Writes a file, JSON for any value that is no text, and returns its path. */
  write(name: string, content: unknown, mode?: number): string;
}

export function temporaryFolder(): Folder {
  const path = mkdtempSync(join(tmpdir(), 'keyring-test-'));
  afterAll(() => rmSync(path, { recursive: true, force: true }));
  return {
    path,
    write(name, content, mode = 0o600) {
      const file = join(path, name);
      mkdirSync(dirname(file), { recursive: true });
      const bytes =
        typeof content === 'string' || content instanceof Uint8Array ? content : JSON.stringify(content);
      writeFileSync(file, bytes, { mode });
      return file;
    },
  };
}
