/** What went wrong, as a value: a code for machines, what happened, and what to do about it. */

/** Whether asking again may help: the cloud said no, said not so fast, or could not be asked. */
export type FaultKind = 'refused' | 'throttled' | 'unavailable';

/** What is worth knowing before asking again. */
export interface Again {
  readonly kind?: FaultKind;
  /** Milliseconds. */
  readonly retryAfter?: number;
}

/**
 * A failure that an operator can act on. Neither text may hold a secret, a token or an authorization header:
 * the kubelet copies the stderr of a failing plugin into its log.
 */
export class Fault extends Error {
  readonly code: string;
  readonly what: string;
  readonly hint: string;
  /** `unavailable` where the one who throws says nothing else: only a clear answer is worth remembering. */
  readonly kind: FaultKind;
  /** Milliseconds to wait before asking again, as the cloud said with a throttle (`Retry-After`). */
  readonly retryAfter: number | undefined;

  constructor(code: string, what: string, hint: string, again: Again = {}) {
    super(`${what}: ${hint}`);
    this.name = 'Fault';
    this.code = code;
    this.what = what;
    this.hint = hint;
    this.kind = again.kind ?? 'unavailable';
    this.retryAfter = again.retryAfter;
  }
}

/** The one line of stderr for a failure: `subject: what happened: what to do [code]`, control characters escaped. */
export function faultLine(subject: string, fault: Fault): string {
  return printable(`${subject}: ${fault.what}: ${fault.hint} [${fault.code}]`);
}

/** The text with control and line-separating characters written as `\u00xx`, so that it stays on one line. */
export function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this replaces
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g, character => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}
