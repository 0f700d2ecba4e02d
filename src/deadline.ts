/** The moment by which an answer must be out; every wait, retry and request is bounded by it. */

export class Deadline {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly #now: () => number;

  constructor(at: number, now: () => number) {
    this.at = at;
    this.#now = now;
  }

  /** Milliseconds that are left, never negative. */
  remaining(): number {
    return Math.max(0, this.at - this.#now());
  }

  /** An earlier deadline, for those whose own errors and clean-up must come before this one. */
  earlier(milliseconds: number): Deadline {
    return new Deadline(this.at - milliseconds, this.#now);
  }

  /** Settles as the promise does, or rejects with `late` at the deadline. */
  bound<T>(promise: Promise<T>, late: Error): Promise<T> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(reject, this.remaining(), late);
      promise.then(resolve, reject).finally(() => clearTimeout(timer));
    });
  }

  /** Aborts at the deadline, or after `milliseconds` when that is sooner. */
  signal(milliseconds = Number.POSITIVE_INFINITY): AbortSignal {
    return AbortSignal.timeout(Math.floor(Math.min(this.remaining(), milliseconds)));
  }
}
