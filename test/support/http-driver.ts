/** Runs one request from stdin through src/http.ts and prints its outcome, so that a test can choose the runtime. */

import { Deadline } from '../../src/deadline.ts';
import { Fault } from '../../src/fault.ts';
import { type HttpRequest, type HttpResponse, send } from '../../src/http.ts';
import { sourceIo } from './source-io.ts';

export type DriverRequest = Omit<HttpRequest, 'deadline' | 'retryable'> & {
  readonly env?: Record<string, string>;
  /** Milliseconds. */
  readonly within?: number;
};

export type Outcome =
  | { readonly response: HttpResponse }
  | { readonly code: string; readonly message: string };

export async function drive({ env = {}, within = 10_000, ...request }: DriverRequest): Promise<Outcome> {
  const io = sourceIo(env);
  try {
    const deadline = new Deadline(io.now() + within, io.now);
    return { response: await send({ ...request, deadline }, io) };
  } catch (error) {
    if (error instanceof Fault) return { code: error.code, message: error.message };
    throw error;
  }
}

if (process.argv[2] === 'drive') {
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(chunk);
  process.stdout.write(JSON.stringify(await drive(JSON.parse(Buffer.concat(chunks).toString()))));
}
