/** Which configuration files a run reads: named ones, those of `$KEYRING_CONFIG`, or the default ones. */

import { Fault } from '../fault.ts';
import { errorCode, type FileStat, type Io } from '../io/io.ts';
import { compareBytes } from '../pattern/specificity.ts';
import { folderOf } from './path.ts';

const defaultFile = '/etc/keyring-credential-provider/config.json';
const defaultFolder = '/etc/keyring-credential-provider/conf.d';

/**
 * The files in the order in which they count. `named` are the values of `--config`; a folder stands for its `*.json`
 * files in byte order of their names, dotfiles left out. Empty when nothing is named and no default file exists.
 * Throws a Fault: `missing-config`, `unreadable-config`, `empty-folder` or `unsafe-config`.
 */
export async function locateFiles(named: readonly string[], io: Io): Promise<string[]> {
  const paths =
    named.length > 0 ? named : (io.env.KEYRING_CONFIG ?? '').split(':').filter(path => path !== '');
  if (paths.length === 0) return await locateDefaults(io);
  const expanded = await Promise.all(paths.map(path => expand(path, io)));
  return expanded.flat();
}

async function locateDefaults(io: Io): Promise<string[]> {
  const files = await Promise.all(
    [defaultFile, defaultFolder].map(async path => {
      if (await exists(path, io)) return await expand(path, io, false);
      const folder = folderOf(path);
      // A link to nothing is a file that got lost, not a file that nobody wanted.
      const names = (await exists(folder, io)) ? await namesIn(folder, io) : [];
      return names.includes(path.slice(folder.length + 1)) ? await expand(path, io) : [];
    }),
  );
  return files.flat();
}

async function exists(path: string, io: Io): Promise<boolean> {
  return await io.files.stat(path).then(
    () => true,
    error => !isAbsent(error),
  );
}

async function expand(path: string, io: Io, required = true): Promise<string[]> {
  const stat = await statOf(path, io);
  await refuseUnsafe(path, stat, io);
  if (!stat.isDirectory) return [path];
  const names = (await namesIn(path, io)).filter(name => name.endsWith('.json') && !name.startsWith('.'));
  if (names.length === 0 && required) {
    throw new Fault('empty-folder', `${path} holds no *.json file`, 'add one, or name another folder');
  }
  const files = names.sort(compareBytes).map(name => `${path.replace(/\/+$/, '')}/${name}`);
  await Promise.all(files.map(async file => refuseWritable(file, await statOf(file, io), io)));
  return files;
}

async function namesIn(folder: string, io: Io): Promise<string[]> {
  return await io.files.list(folder).catch(error => {
    throw unreadable(folder, error);
  });
}

async function statOf(path: string, io: Io): Promise<FileStat> {
  try {
    return await io.files.stat(path);
  } catch (error) {
    if (!isAbsent(error)) throw unreadable(path, error);
    throw new Fault(
      'missing-config',
      `${path} does not exist`,
      'create it, or name another file with --config',
    );
  }
}

function isAbsent(error: unknown): boolean {
  const code = errorCode(error);
  return code === 'ENOENT' || code === 'ENOTDIR';
}

function unreadable(path: string, error: unknown): Fault {
  const code = errorCode(error) ?? 'unknown error';
  return new Fault('unreadable-config', `${path} cannot be read`, `make it readable (${code})`);
}

const writableByOthers = 0o022;
const sticky = 0o1000;

/** As root, refuses a file or folder that anybody else could change or replace: it would hand out root's credentials. */
export async function refuseUnsafe(path: string, stat: FileStat, io: Io): Promise<void> {
  refuseWritable(path, stat, io);
  await refuseWritableFolders(path, io);
}

function refuseWritable(path: string, stat: FileStat, io: Io): void {
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

/** Whoever may write a folder above a file may replace the file, unless the folder is sticky as /tmp is. */
async function refuseWritableFolders(path: string, io: Io): Promise<void> {
  if (io.uid !== 0) return;
  const folders: string[] = [];
  for (let folder = folderOf(path); folders.at(-1) !== folder; folder = folderOf(folder))
    folders.push(folder);
  await Promise.all(
    folders.map(async folder => {
      const stat = await statOf(folder, io);
      if ((stat.mode & sticky) === 0) refuseWritable(folder, stat, io);
    }),
  );
}
