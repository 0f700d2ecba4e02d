/** Paths as configuration files write them. */

/** Relative paths in a configuration start at the folder of the file that names them. */
export function resolvePath(path: string, directory: string): string {
  return path.startsWith('/') || /^[A-Za-z]:[\\/]/.test(path) ? path : `${directory}/${path}`;
}

export function folderOf(file: string): string {
  const slash = file.lastIndexOf('/');
  if (slash < 0) return '.';
  return slash === 0 ? '/' : file.slice(0, slash);
}
