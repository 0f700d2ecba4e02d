/** Durations as Go writes them (`1h30m`, `45s`, `250ms`), which is what the kubelet reads and operators write. */

/** Milliseconds of each unit: https://pkg.go.dev/time#ParseDuration */
const units = new Map([
  ['ns', 1e-6],
  ['us', 1e-3],
  ['µs', 1e-3],
  ['μs', 1e-3],
  ['ms', 1],
  ['s', 1000],
  ['m', 60_000],
  ['h', 3_600_000],
]);

const shape =
  /^(?:\d+(?:\.\d*)?|\.\d+)(?:ns|us|µs|μs|ms|s|m|h)(?:(?:\d+(?:\.\d*)?|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))*$/;

/** Milliseconds, or undefined when the text is no duration of zero or more. `0` needs no unit. */
export function parseDuration(text: string): number | undefined {
  if (text === '0') return 0;
  if (!shape.test(text)) return undefined;
  let total = 0;
  for (const [, amount, unit] of text.matchAll(/([\d.]+)(\D+)/g)) {
    total += Number(amount) * (units.get(unit ?? '') ?? Number.NaN);
  }
  return total;
}

/** The duration as Go prints it: `5h30m0s`, `1m0s`, `1.5s`, `250ms`, `0s`; whole milliseconds, rounded down. */
export function formatDuration(milliseconds: number): string {
  const whole = Math.max(0, Math.floor(milliseconds));
  if (whole > 0 && whole < 1000) return `${whole}ms`;
  const hours = Math.floor(whole / 3_600_000);
  const minutes = Math.floor(whole / 60_000) % 60;
  const seconds = (whole % 60_000) / 1000;
  return `${hours > 0 ? `${hours}h` : ''}${hours > 0 || minutes > 0 ? `${minutes}m` : ''}${seconds}s`;
}
