/** An Io without a system behind it: files are a map, output is collected, the clock stands still until it is moved. */

import type { FileStat, Io, RunCommand, RunResult } from '../../src/io/io.ts';

export interface MemoryFile {
  readonly content: string | Uint8Array;
  readonly mode?: number;
  readonly uid?: number;
}

export interface MemorySystem {
  readonly files?: Readonly<Record<string, string | Uint8Array | MemoryFile>>;
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin?: string | Uint8Array;
  readonly uid?: number;
  readonly folderMode?: number;
  /** Modes of single folders. */
  readonly folderModes?: Readonly<Record<string, number>>;
  /** Names that are listed in their folders but lead nowhere. */
  readonly dangling?: readonly string[];
  readonly unlistable?: boolean;
  readonly run?: (command: RunCommand) => Promise<RunResult>;
}

export interface MemoryIo extends Io {
  /** Everything written so far. */
  readonly written: { stdout: string; stderr: string };
  /** Paths that were read, in order. */
  readonly reads: string[];
}

export function memoryIo(system: MemorySystem = {}): MemoryIo {
  const files = new Map(Object.entries(system.files ?? {}).map(([path, file]) => [path, asFile(file)]));
  const written = { stdout: '', stderr: '' };
  const reads: string[] = [];
  const output = (name: 'stdout' | 'stderr') => ({
    async write(text: string) {
      written[name] += text;
    },
    isTerminal: async () => false,
  });
  const names = [...files.keys(), ...(system.dangling ?? [])];
  const isFolder = (path: string): boolean => names.some(file => file.startsWith(folderPrefix(path)));
  return {
    written,
    reads,
    env: system.env ?? {},
    stdin: {
      isTerminal: async () => false,
      async read(limit) {
        const bytes = asBytes(system.stdin ?? '');
        return bytes.length > limit ? undefined : bytes;
      },
    },
    stdout: output('stdout'),
    stderr: output('stderr'),
    files: {
      async read(path) {
        reads.push(path);
        const file = files.get(path);
        if (file === undefined) throw systemError(isFolder(path) ? 'EISDIR' : 'ENOENT');
        return asBytes(file.content);
      },
      async stat(path): Promise<FileStat> {
        const file = files.get(path);
        if (file !== undefined) {
          const { mode = 0o100600, uid = 0, content } = file;
          return { mode, uid, gid: 0, size: asBytes(content).length, isDirectory: false };
        }
        if (path !== '.' && !isFolder(path)) throw systemError('ENOENT');
        const mode = system.folderModes?.[path] ?? system.folderMode ?? 0o40755;
        return { mode, uid: 0, gid: 0, size: 0, isDirectory: true };
      },
      async list(path) {
        const prefix = folderPrefix(path);
        if (system.unlistable) throw systemError('EACCES');
        const inside = names.filter(file => file.startsWith(prefix)).map(file => file.slice(prefix.length));
        return [...new Set(inside.map(file => file.split('/')[0] ?? ''))];
      },
    },
    uid: system.uid,
    now: () => 1_700_000_000_000,
    run: system.run ?? (() => Promise.reject(systemError('ENOENT'))),
  };
}

function folderPrefix(path: string): string {
  return path.endsWith('/') ? path : `${path}/`;
}

function asFile(file: string | Uint8Array | MemoryFile): MemoryFile {
  return typeof file === 'string' || file instanceof Uint8Array ? { content: file } : file;
}

function asBytes(content: string | Uint8Array): Uint8Array {
  return typeof content === 'string' ? new TextEncoder().encode(content) : content;
}

function systemError(code: string): Error {
  return Object.assign(new Error(code), { code });
}
