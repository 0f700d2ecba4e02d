/** The lines on stderr. When a plugin fails they are all that reaches the kubelet's log. */

import { ConfigError, type FileFinding, formatFinding } from './config/read.ts';
import { Fault, faultLine, printable } from './fault.ts';
import type { Asked } from './fetch-all.ts';
import { errorCode, type Io } from './io/io.ts';

const programName = 'keyring-credential-provider';

/** More lines than this about one kind of thing hide the others. */
const mostLines = 10;

/** One line for each source that failed, with its name in `sources` where it has one. */
export async function reportFailures(asked: readonly Asked[], io: Io): Promise<void> {
  const lines = asked.flatMap(({ source: { type, name }, outcome: { fault, why } }) => {
    const subject = name === undefined ? type : `${type} (${name})`;
    if (fault !== undefined) return [faultLine(subject, fault)];
    return why === undefined ? [] : [faultLine(`${subject}: an older token stands in`, why)];
  });
  await writeLines(lines, io);
}

/** What the configuration left out; the kubelet only shows it beside a failure. */
export async function reportNotices(notices: readonly FileFinding[], io: Io): Promise<void> {
  await writeLines(limited(notices.map(notice => printable(formatFinding(notice)))), io);
}

/**
 * Writes what was thrown and returns the exit code: 2 for bad input, 1 for an output that cannot be written or a fault of
 * this program. A reader of stdout that went away (`| head`) needs no word.
 */
export async function reportError(error: unknown, io: Io): Promise<number> {
  if (error instanceof ConfigError) {
    await writeLines(
      limited(error.findings.map(finding => `${printable(formatFinding(finding))} [invalid-config]`)),
      io,
    );
    return 2;
  }
  if (error instanceof Fault) {
    await writeLines([printable(`${error.what}: ${error.hint} [${error.code}]`)], io);
    return 2;
  }
  const code = errorCode(error);
  if (code === 'EPIPE') return 1;
  if (code !== undefined) {
    await writeLines(
      [`stdout cannot be written: make room, or send it elsewhere (${code}) [unwritable-output]`],
      io,
    );
    return 1;
  }
  const name = error instanceof Error ? error.name : typeof error;
  await writeLines([`internal error (${name}): please report this [internal]`], io);
  return 1;
}

/** A record that could not be kept. */
export async function reportUnwritable(file: string, why: string, io: Io): Promise<void> {
  await writeLines([printable(`${file} was not written: ${why} [unwritable-record]`)], io);
}

function limited(lines: readonly string[]): string[] {
  if (lines.length <= mostLines) return [...lines];
  return [...lines.slice(0, mostLines), `… and ${lines.length - mostLines} more`];
}

/** A stderr that cannot be written has nobody to be told. */
async function writeLines(lines: readonly string[], io: Io): Promise<void> {
  if (lines.length === 0) return;
  await io.stderr.write(lines.map(line => `${programName}: ${line}\n`).join('')).catch(() => undefined);
}
