/** Everything the product may do to the outside world, in one argument, so that all of it runs in process in a test. */

export interface Io {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdin: Input;
  readonly stdout: Output;
  readonly stderr: Output;
  readonly files: Files;
  /** The effective user id; undefined where the system has none (Windows). */
  readonly uid: number | undefined;
  /** Milliseconds since the epoch. */
  now(): number;
  /** Runs a program to its end and never through a shell. Rejects when it cannot be started. */
  run(command: RunCommand): Promise<RunResult>;
}

export interface Input {
  isTerminal(): Promise<boolean>;
  /** All bytes to the end of the stream, or undefined as soon as there are more than `limit`. */
  read(limit: number): Promise<Uint8Array | undefined>;
}

export interface Output {
  /** Resolves when the whole text is handed to the system. */
  write(text: string): Promise<void>;
  isTerminal(): Promise<boolean>;
}

/** Paths are absolute or relative to the working directory; a rejection carries the system's `code` (`ENOENT`, …). */
export interface Files {
  read(path: string): Promise<Uint8Array>;
  stat(path: string): Promise<FileStat>;
  /** Names (no paths) in a folder, in no particular order. */
  list(path: string): Promise<string[]>;
}

export interface FileStat {
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly size: number;
  readonly isDirectory: boolean;
}

export interface RunCommand {
  readonly program: string;
  readonly args: readonly string[];
  readonly input: string;
  /** Ends the program and everything that it started when it aborts. */
  readonly signal: AbortSignal;
  /** The most bytes of stdout to accept; a program that writes more is ended. */
  readonly limit: number;
}

export interface RunResult {
  /** undefined when a signal ended the program, or this side did. */
  readonly code: number | undefined;
  readonly stdout: string;
  readonly outcome: 'exited' | 'aborted' | 'too much output' | 'no text';
}

/** The system's error code (`ENOENT`, …) of a rejected file operation, or undefined. */
export function errorCode(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' ? code : undefined;
}
