/** A cloud on the loopback, which the plugin processes of a test ask; it counts, and answers when the test says so. */

import { type Subprocess, spawn } from 'bun';

export interface Cloud {
  readonly url: string;
  calls: number;
  /** Resolves when that many calls have come in. */
  called(count: number): Promise<void>;
  /** How each call is answered, by its number from 1. */
  answer: (call: number) => Promise<Response> | Response;
  stop(): void;
}

export function startCloud(answer: Cloud['answer']): Cloud {
  const waiting: { count: number; resolve: () => void }[] = [];
  const server = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    idleTimeout: 60,
    fetch: () => {
      cloud.calls++;
      for (const { count, resolve } of waiting) if (cloud.calls >= count) resolve();
      return cloud.answer(cloud.calls);
    },
  });
  const cloud: Cloud = {
    url: server.url.href,
    calls: 0,
    answer,
    called: count =>
      new Promise(resolve => {
        if (cloud.calls >= count) resolve();
        else waiting.push({ count, resolve });
      }),
    stop: () => void server.stop(true),
  };
  return cloud;
}

export interface Asked {
  how: string;
  password?: string;
  code?: string;
  uncached?: string;
}

export type Asking = Subprocess<'ignore', 'pipe', 'inherit'>;

/** One plugin process more, by a command that runs `ask.ts`. `timeout` in milliseconds. */
export function startProcess(run: string[], cloud: Cloud, directory: string, timeout = 45_000): Asking {
  return spawn([...run, cloud.url, directory, String(timeout)], {
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'inherit',
  });
}

export async function answerOfProcess(asking: Asking): Promise<Asked> {
  const text = await new Response(asking.stdout).text();
  return JSON.parse(text) as Asked;
}
