/** Runs a profile's `credential_process` in place of the SDK, which would leave it running when nobody waits any more. */

import { externalDataInterceptor } from '@smithy/core/config';
import type { Io } from '../../io/io.ts';

const outputLimit = 1024 * 1024;

type Callback = (error: Error | null, result?: { readonly stdout: string }) => void;

/**
 * Makes the SDK run such programs through `io.run`, which ends them, and all that they started, when `signal` aborts. An aborted
 * one never calls back: who aborts has the answer. Elsewhere than on POSIX systems the SDK goes on by itself.
 * https://docs.aws.amazon.com/sdkref/latest/guide/feature-process-credentials.html
 */
export function endProcessesWith(signal: AbortSignal, io: Io): void {
  if (process.platform === 'win32') return;
  const exec = (command: string, callback: Callback): void => {
    io.run({ program: '/bin/sh', args: ['-c', command], input: '', signal, limit: outputLimit }).then(
      ({ outcome, code, stdout }) => {
        if (outcome === 'aborted') return;
        if (outcome === 'exited' && code === 0) callback(null, { stdout });
        else callback(new Error('the credential_process failed'));
      },
      callback,
    );
  };
  // The SDK looks among intercepted SSO tokens for an `exec` to use instead of its own.
  externalDataInterceptor.interceptToken('exec', exec);
}
