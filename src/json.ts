/** JSON from bytes, with errors that say where and never what: an engine's own message may quote a password. */

/** Why bytes are no JSON: a clause for the end of a sentence, with line and column where there are any. */
export class JsonFault extends Error {}

const decoder = new TextDecoder('utf-8', { fatal: true });

/** Throws a JsonFault for anything but one JSON value in UTF-8 (a byte order mark is allowed). */
export function parseJson(bytes: Uint8Array): unknown {
  const text = decode(bytes);
  try {
    return JSON.parse(text);
  } catch {
    throw new JsonFault(describeSyntaxError(text));
  }
}

function decode(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes);
  } catch {
    throw new JsonFault('it is not UTF-8');
  }
}

/** Finds the first place where the text stops being JSON (RFC 8259). */
function describeSyntaxError(text: string): string {
  if (text.trim() === '') return 'it is empty';
  const at = firstError(text);
  if (at >= text.length) return 'the JSON ends too early';
  const before = text.slice(0, at);
  const line = before.split('\n').length;
  return `it is no JSON at line ${line}, column ${at - before.lastIndexOf('\n')}`;
}

const symbols =
  /[\t\n\r ]*(?:([{}[\]:,])|(")|(-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\w.])|(?:true|false|null)(?!\w)))/y;
const stringPart = /[^"\\\p{Cc}]+|[\u007f-\u009f]+|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/uy;

/** The states of a small pushdown automaton: what may come next. */
type Expect = 'value' | 'value or ]' | 'key' | 'key or }' | ':' | ', or ]' | ', or }' | 'end';

function firstError(text: string): number {
  const open: ('{' | '[')[] = [];
  let expect: Expect = 'value';
  let at = 0;
  for (;;) {
    symbols.lastIndex = at;
    const match = symbols.exec(text);
    const start = skipSpace(text, at);
    if (match === null || start >= text.length) return start;
    const next = step(expect, match[1] ?? (match[2] === undefined ? 'scalar' : 'string'), open);
    if (next === undefined) return start;
    expect = next;
    at = symbols.lastIndex;
    if (match[2] !== undefined) {
      at = endOfString(text, at);
      if (text[at] !== '"') return at;
      at += 1;
    }
  }
}

function endOfString(text: string, from: number): number {
  let at = from;
  for (;;) {
    stringPart.lastIndex = at;
    if (!stringPart.test(text)) return at;
    at = stringPart.lastIndex;
  }
}

function skipSpace(text: string, from: number): number {
  let at = from;
  while (at < text.length && '\t\n\r '.includes(text.charAt(at))) at += 1;
  return at;
}

function step(expect: Expect, symbol: string, open: ('{' | '[')[]): Expect | undefined {
  const after = (): Expect => (open.length === 0 ? 'end' : open.at(-1) === '{' ? ', or }' : ', or ]');
  const close = (): Expect => {
    open.pop();
    return after();
  };
  const isValue = expect === 'value' || expect === 'value or ]';
  if (isValue && (symbol === '{' || symbol === '[')) {
    open.push(symbol);
    return symbol === '{' ? 'key or }' : 'value or ]';
  }
  if (isValue && (symbol === 'string' || symbol === 'scalar')) return after();
  if (symbol === ']' && (expect === 'value or ]' || expect === ', or ]')) return close();
  if (symbol === '}' && (expect === 'key or }' || expect === ', or }')) return close();
  if (symbol === 'string' && (expect === 'key' || expect === 'key or }')) return ':';
  if (symbol === ':' && expect === ':') return 'value';
  if (symbol === ',' && expect === ', or ]') return 'value';
  if (symbol === ',' && expect === ', or }') return 'key';
  return undefined;
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
