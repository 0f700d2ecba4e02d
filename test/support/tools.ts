/** Programs of the system that some tests need: absent ones skip the tests, but never where CI=true. */

/** The path of a program. Throws under CI=true when there is none, since a skipped test proves nothing. */
export function findTool(name: string): string | undefined {
  const path = Bun.which(name);
  if (path !== null) return path;
  if (process.env.CI === 'true') throw new Error(`${name} is missing, and under CI=true nothing is skipped`);
  return undefined;
}
