/** Which of two patterns is the more specific one: the kubelet's reverse byte order, generalised to all wildcards. */

import type { Token } from './glob.ts';

const rank = { literal: 3, class: 2, any: 1, star: 0 } as const;

/**
 * Negative when `a` is more specific and so comes first. Tokens are compared left to right: a literal before a class
 * before `?` before `*`; literals by byte and classes by their text, the higher one first; the longer one before its own
 * prefix. On literals and `*` alone this is the kubelet's own order of keys:
 * https://github.com/kubernetes/kubernetes/blob/v1.36.3/pkg/credentialprovider/keyring.go
 */
export function compareSpecificity(a: readonly Token[], b: readonly Token[]): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i += 1) {
    const difference = compareTokens(b[i] as Token, a[i] as Token);
    if (difference !== 0) return difference;
  }
  return b.length - a.length;
}

function compareTokens(a: Token, b: Token): number {
  if (a.kind === 'literal' && b.kind === 'literal') return compareBytes(a.text, b.text);
  if (a.kind === 'class' && b.kind === 'class') return compareBytes(a.text, b.text);
  return rank[a.kind] - rank[b.kind];
}

/** UTF-8 byte order, which is the order of code points. */
export function compareBytes(a: string, b: string): number {
  let at = 0;
  while (at < a.length && a[at] === b[at]) at += 1;
  if (at === a.length || at === b.length) return a.length - b.length;
  return (a.codePointAt(at) as number) - (b.codePointAt(at) as number);
}
