/** Reads one configuration file: from its bytes to a checked shape, or every finding in it. */

import { Fault } from '../fault.ts';
import { errorCode, type Io } from '../io/io.ts';
import { JsonFault, parseJson } from '../json.ts';
import type { Finding } from './findings.ts';
import { type FileShape, isPlainFile } from './shape.ts';

/** Findings of configuration files that make a run impossible. */
export class ConfigError extends Error {
  readonly findings: readonly FileFinding[];

  constructor(findings: readonly FileFinding[]) {
    super('invalid configuration');
    this.findings = findings;
  }
}

export interface FileFinding extends Finding {
  readonly file: string;
}

/** `conf.d/20-team.json: auths["*.io"][1].passwordFile: problem` */
export function formatFinding({ file, path, problem }: FileFinding): string {
  return [file, path, problem].filter(part => part !== '').join(': ');
}

/** Throws a ConfigError for a file that is no valid configuration and a Fault for one that cannot be read. */
export async function readConfigFile(file: string, io: Io): Promise<FileShape> {
  const value = parse(file, await readBytes(file, io));
  if (isPlainFile(value)) return value;
  const { shapeFindings } = await import('./findings.ts');
  const findings = shapeFindings(value);
  if (findings.length > 0) throw new ConfigError(findings.map(finding => ({ file, ...finding })));
  return value as FileShape;
}

async function readBytes(file: string, io: Io): Promise<Uint8Array> {
  try {
    return await io.files.read(file);
  } catch (error) {
    const code = errorCode(error) ?? 'unknown error';
    throw new Fault('unreadable-config', `${file} cannot be read`, `make it a readable file (${code})`);
  }
}

function parse(file: string, bytes: Uint8Array): unknown {
  try {
    return parseJson(bytes);
  } catch (error) {
    if (!(error instanceof JsonFault)) throw error;
    throw new ConfigError([{ file, path: '', problem: error.message }]);
  }
}
