/** Which configuration files a run reads: named ones, those of `$KEYRING_CONFIG`, or the default ones. */

import { Fault } from '../fault.ts';
import { errorCode, type FileStat, type Io } from '../io/io.ts';
import { compareBytes } from '../pattern/specificity.ts';
import { folderOf } from './path.ts';

export const defaultFile = '/etc/keyring-credential-provider/config.json';
export const defaultFolder = '/etc/keyring-credential-provider/conf.d';

/**
 * The files in the order in which they count. `named` are the values of `--config`; a folder stands for its `*.json`
 * files in byte order of their names, dotfiles left out. Empty when nothing is named and no default file exists.
 * Throws a Fault: `missing-config`, `unreadable-config`, `empty-folder` or `unsafe-config`.
 */
export async function locateFiles(named: readonly string[], io: Io): Promise<string[]> {
  const paths =
    named.length > 0 ? named : (io.env.KEYRING_CONFIG ?? '').split(':').filter(path => path !== '');
  if (paths.length === 0) {
    const [file, folder] = await Promise.all([
      expand(defaultFile, io, false),
      expand(defaultFolder, io, false),
    ]);
    return [...file, ...folder];
  }
  const expanded = await Promise.all(paths.map(path => expand(path, io, true)));
  return expanded.flat();
}

async function expand(path: string, io: Io, required: boolean): Promise<string[]> {
  const stat = await statOf(path, io, required);
  if (stat === undefined) return [];
  refuseWritable(path, stat, io);
  if (!stat.isDirectory) {
    await refuseWritableFolder(path, io);
    return [path];
  }
  const names = (await io.files.list(path)).filter(name => name.endsWith('.json') && !name.startsWith('.'));
  if (names.length === 0 && required) {
    throw new Fault('empty-folder', `${path} holds no *.json file`, 'add one, or name another folder');
  }
  const files = names.sort(compareBytes).map(name => `${path.replace(/\/+$/, '')}/${name}`);
  await Promise.all(files.map(async file => refuseWritable(file, await io.files.stat(file), io)));
  return files;
}

async function statOf(path: string, io: Io, required: boolean): Promise<FileStat | undefined> {
  try {
    return await io.files.stat(path);
  } catch (error) {
    const code = errorCode(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') {
      if (!required) return undefined;
      throw new Fault(
        'missing-config',
        `${path} does not exist`,
        'create it, or name another file with --config',
      );
    }
    throw new Fault(
      'unreadable-config',
      `${path} cannot be read`,
      `make it readable (${code ?? 'unknown error'})`,
    );
  }
}

const writableByOthers = 0o022;
const sticky = 0o1000;

/** As root, refuses a file or folder that anybody else could change: it would hand out root's credentials. */
export function refuseWritable(path: string, stat: FileStat, io: Io): void {
  if (io.uid !== 0) return;
  if (stat.uid !== 0) {
    throw new Fault(
      'unsafe-config',
      `${path} belongs to user ${stat.uid}, not to root`,
      `run: chown root ${path}`,
    );
  }
  if ((stat.mode & writableByOthers) !== 0) {
    throw new Fault('unsafe-config', `${path} can be written by others than root`, `run: chmod go-w ${path}`);
  }
}

/** Whoever may write the folder of a file may replace the file, unless the folder is sticky as /tmp is. */
async function refuseWritableFolder(path: string, io: Io): Promise<void> {
  if (io.uid !== 0) return;
  const folder = folderOf(path);
  const stat = await io.files.stat(folder);
  if ((stat.mode & sticky) === 0) refuseWritable(folder, stat, io);
}
