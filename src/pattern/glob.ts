/**
 * Globs over one name (a host, a port, a path segment): `*`, `?`, `[a-z]`, `[^a-z]`, `\c`, with the results of
 * Go's path.Match (https://pkg.go.dev/path#Match) on names that hold no `/`.
 */

export type Token =
  | { readonly kind: 'literal'; readonly text: string }
  | {
      readonly kind: 'class';
      readonly text: string;
      readonly negated: boolean;
      readonly ranges: readonly Range[];
    }
  | { readonly kind: 'any' }
  | { readonly kind: 'star' };

/** First and last code point, both included. A range that runs backwards is legal and holds nothing, as in Go. */
type Range = readonly [number, number];

/** Why a glob is malformed, and the index of the character to blame. */
export class GlobError extends Error {
  readonly at: number;

  constructor(why: string, at: number) {
    super(why);
    this.at = at;
  }
}

/**
 * Splits a glob into its tokens; literal characters that stand side by side are one token, however they are written.
 * Throws a GlobError.
 */
export function tokenize(glob: string): Token[] {
  const tokens: Token[] = [];
  let literal = '';
  const push = (token: Token): void => {
    if (literal !== '') tokens.push({ kind: 'literal', text: literal });
    literal = '';
    tokens.push(token);
  };
  let from = 0;
  for (let at = 0; at < glob.length; ) {
    const character = glob[at];
    if (character !== '*' && character !== '?' && character !== '[' && character !== '\\') {
      at += 1;
      continue;
    }
    literal += glob.slice(from, at);
    if (character === '[') {
      const { token, end } = readClass(glob, at);
      push(token);
      at = end;
    } else if (character === '\\') {
      const escaped = readEscaped(glob, at);
      literal += escaped;
      at += 1 + escaped.length;
    } else {
      push(character === '*' ? star : any);
      at += 1;
    }
    from = at;
  }
  literal += glob.slice(from);
  if (literal !== '') tokens.push({ kind: 'literal', text: literal });
  return tokens;
}

const star: Token = { kind: 'star' };
const any: Token = { kind: 'any' };

function readClass(glob: string, start: number): { token: Token; end: number } {
  let at = start + 1;
  const negated = glob[at] === '^';
  if (negated) at += 1;
  const ranges: Range[] = [];
  while (glob[at] !== ']' || ranges.length === 0) {
    const low = readBound(glob, at, start);
    at = low.end;
    let high = low;
    if (glob[at] === '-') {
      high = readBound(glob, at + 1, start);
      at = high.end;
    }
    ranges.push([low.point, high.point]);
  }
  return { token: { kind: 'class', text: glob.slice(start, at + 1), negated, ranges }, end: at + 1 };
}

function readBound(glob: string, at: number, start: number): { point: number; end: number } {
  const character = characterAt(glob, at);
  if (character === '') throw new GlobError('this "[" has no "]"', start);
  if (character === ']')
    throw new GlobError('a character is missing before this "]" (write \\] for the bracket itself)', at);
  if (character === '-') throw new GlobError('this "-" is no range (write \\- for the character itself)', at);
  const escaped = character === '\\';
  const literal = escaped ? readEscaped(glob, at) : separatorFree(character, at);
  return { point: literal.codePointAt(0) ?? 0, end: at + (escaped ? 1 : 0) + literal.length };
}

function readEscaped(glob: string, at: number): string {
  const literal = characterAt(glob, at + 1);
  if (literal === '') throw new GlobError('nothing follows this "\\"', at);
  return separatorFree(literal, at + 1);
}

function separatorFree(character: string, at: number): string {
  if (character !== '/' && character !== ':') return character;
  throw new GlobError(
    `"${character}" separates host, port and path and can stand neither in "[…]" nor after "\\"`,
    at,
  );
}

function characterAt(text: string, at: number): string {
  const point = text.codePointAt(at);
  return point === undefined ? '' : String.fromCodePoint(point);
}

/** What stands between two stars: a literal text, or tokens that take one UTF-16 unit of the name each (names are ASCII). */
type Chunk = {
  readonly literal: string | undefined;
  readonly tokens: readonly Token[];
  readonly length: number;
};

/** A compiled glob. Matching takes time linear in the name: what a `*` took is never given back. */
export class Glob {
  /** The name itself where the glob has no wildcard. */
  readonly literal: string | undefined;
  /** The literal text before the first and after the last wildcard, and between wildcards the longest one. */
  readonly prefix: string;
  readonly suffix: string;
  readonly inner: string;
  readonly #chunks: readonly Chunk[];

  constructor(tokens: readonly Token[]) {
    this.#chunks = chunksOf(tokens);
    const runs = literalRuns(tokens);
    this.literal = runs.length === 1 ? runs[0] : undefined;
    this.prefix = runs[0] ?? '';
    this.suffix = runs[runs.length - 1] ?? '';
    let inner = '';
    for (let i = 1; i < runs.length - 1; i += 1)
      if ((runs[i] as string).length > inner.length) inner = runs[i] as string;
    this.inner = inner;
  }

  matches(name: string): boolean {
    const chunks = this.#chunks;
    const first = chunks[0];
    const last = chunks[chunks.length - 1];
    if (first === undefined || last === undefined || !fits(first, name, 0)) return false;
    if (chunks.length === 1) return name.length === first.length;
    const end = name.length - last.length;
    let at = first.length;
    for (let i = 1; i < chunks.length - 1; i += 1) {
      const chunk = chunks[i] as Chunk;
      const found = find(chunk, name, at, end);
      if (found < 0) return false;
      at = found + chunk.length;
    }
    return at <= end && fits(last, name, end);
  }
}

function chunksOf(tokens: readonly Token[]): Chunk[] {
  const chunks: Chunk[] = [];
  let run: Token[] = [];
  for (const token of tokens) {
    if (token.kind !== 'star') {
      run.push(token);
      continue;
    }
    chunks.push(chunkOf(run));
    run = [];
  }
  chunks.push(chunkOf(run));
  return chunks;
}

function chunkOf(run: readonly Token[]): Chunk {
  const [first] = run;
  const literal =
    first === undefined ? '' : run.length === 1 && first.kind === 'literal' ? first.text : undefined;
  if (literal !== undefined) return { literal, tokens: [], length: literal.length };
  const tokens = run.flatMap(token => {
    return token.kind === 'literal' ? token.text.split('').map(literalToken) : [token];
  });
  return { literal, tokens, length: tokens.length };
}

function literalToken(text: string): Token {
  return { kind: 'literal', text };
}

/** The literal texts between wildcards, in order; one more than there are wildcards, empty where two wildcards touch. */
function literalRuns(tokens: readonly Token[]): string[] {
  const runs = [''];
  for (const token of tokens) {
    if (token.kind === 'literal') runs[runs.length - 1] = token.text;
    else runs.push('');
  }
  return runs;
}

/** The first place at or after `from` where the chunk fits and ends by `end`, or -1. */
function find(chunk: Chunk, name: string, from: number, end: number): number {
  if (chunk.literal !== undefined) {
    const at = name.indexOf(chunk.literal, from);
    return at + chunk.length <= end ? at : -1;
  }
  for (let at = from; at + chunk.length <= end; at += 1) if (fits(chunk, name, at)) return at;
  return -1;
}

function fits(chunk: Chunk, name: string, at: number): boolean {
  if (at < 0 || at + chunk.length > name.length) return false;
  if (chunk.literal !== undefined) return name.startsWith(chunk.literal, at);
  return chunk.tokens.every((token, i) => accepts(token, name.charAt(at + i)));
}

function accepts(token: Token, character: string): boolean {
  if (token.kind === 'literal') return token.text === character;
  if (token.kind !== 'class') return true;
  const point = character.charCodeAt(0);
  return token.ranges.some(([low, high]) => low <= point && point <= high) !== token.negated;
}
