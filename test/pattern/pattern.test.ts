import { describe, expect, test } from 'bun:test';
import { Fault } from '../../src/fault.ts';
import { parseReference } from '../../src/image/reference.ts';
import { isSimplePattern, parsePattern } from '../../src/pattern/pattern.ts';
import { PatternIndex } from '../../src/pattern/pattern-index.ts';

function matches(pattern: string, image: string): boolean {
  const index = new PatternIndex<string>();
  if (isSimplePattern(pattern)) index.addSimple(pattern, pattern);
  else index.add(parsePattern(pattern), pattern);
  return index.lookup(parseReference(image)).values.length > 0;
}

const yes = true;
const no = false;

describe('hosts', () => {
  test.each([
    ['reg.io', 'reg.io/app', yes],
    ['reg.io', 'sub.reg.io/app', no],
    ['Reg.io', 'reg.io/app', no],
    ['reg.io', 'Reg.io/app', no],
    ['*.io', 'a.b.io/app', yes],
    ['*.io', 'io.x/app', no],
    ['*', 'anything.at.all/app', yes],
    ['*', 'anything:5000/app', no],
    ['*.*', 'localhost/app', no],
    ['r?g.io', 'reg.io/app', yes],
    ['r?g.io', 'rg.io/app', no],
    ['reg[0-9].io', 'reg7.io/app', yes],
    ['reg[^0-9].io', 'reg7.io/app', no],
    ['reg\\.io', 'reg.io/app', yes],
    ['[b-a].io', 'a.io/app', no],
    ['a..b', 'a.b/app', no],
    ['*registry.io', 'evilregistry.io/app', yes],
  ])('%s on %s: %p', (pattern, image, expected) => {
    expect(matches(pattern, image)).toBe(expected);
  });
});

describe('ports', () => {
  test.each([
    ['reg.io', 'reg.io:5000/app', no],
    ['reg.io:5000', 'reg.io/app', no],
    ['reg.io:5000', 'reg.io:5000/app', yes],
    ['reg.io:5000', 'reg.io:50001/app', no],
    ['reg.io:*', 'reg.io:5000/app', yes],
    ['reg.io:*', 'reg.io/app', no],
    ['reg.io:5?00', 'reg.io:5100/app', yes],
    ['*:5000', 'a.b:5000/app', yes],
    ['*:5000', 'a.b:5001/app', no],
    ['reg*', 'reg:5000/app', no],
    ['10.0.0.*:5000', '10.0.0.7:5000/app', yes],
  ])('%s on %s: %p', (pattern, image, expected) => {
    expect(matches(pattern, image)).toBe(expected);
  });
});

describe('paths are prefixes of whole segments', () => {
  test.each([
    ['reg.io/images', 'reg.io/images', yes],
    ['reg.io/images', 'reg.io/images/a/b', yes],
    ['reg.io/images', 'reg.io/images-internal/a', no],
    ['reg.io/images', 'reg.io/image', no],
    ['reg.io/images/', 'reg.io/images/a', yes],
    ['reg.io/images/', 'reg.io/images', yes],
    ['reg.io/a/b', 'reg.io/a', no],
    ['reg.io/team-*', 'reg.io/team-1/app', yes],
    ['reg.io/team-*', 'reg.io/team/app', no],
    ['reg.io/*/app', 'reg.io/x/app/y', yes],
    ['reg.io/*/app', 'reg.io/x/y/app', no],
    ['reg.io/[a-c]*/x', 'reg.io/beta/x', yes],
    ['reg.io/*', 'reg.io/a/b/c', yes],
    ['reg.io//a', 'reg.io/a', no],
    ['*/images', 'reg.io/images/a', yes],
  ])('%s on %s: %p', (pattern, image, expected) => {
    expect(matches(pattern, image)).toBe(expected);
  });
});

describe('what the kubelet drops is dropped', () => {
  test.each([
    ['https://reg.io', 'reg.io/app', yes],
    ['http://reg.io/team', 'reg.io/team/app', yes],
    ['https://reg.io/v1/', 'reg.io/app', yes],
    ['https://reg.io/v2/', 'reg.io/app', yes],
    ['reg.io/v2/team', 'reg.io/team/app', yes],
    ['reg.io/v2/v2/app', 'reg.io/v2/app', yes],
    ['reg.io/v1', 'reg.io/app', no],
    ['reg.io/v1', 'reg.io/v1/app', yes],
    ['reg.io/', 'reg.io/app', yes],
  ])('%s on %s: %p', (pattern, image, expected) => {
    expect(matches(pattern, image)).toBe(expected);
  });
});

describe('Docker Hub is one registry by three names', () => {
  const names = ['docker.io', 'index.docker.io', 'registry-1.docker.io'];
  const images = [
    'nginx',
    'docker.io/library/nginx',
    'index.docker.io/library/nginx',
    'registry-1.docker.io/library/nginx',
  ];
  test.each(names)('%s', name => {
    for (const image of images) {
      expect(matches(name, image)).toBe(yes);
      expect(matches(`https://${name}/v1/`, image)).toBe(yes);
      expect(matches(`${name}/library`, image)).toBe(yes);
      expect(matches(`${name}/team`, image)).toBe(no);
    }
  });
  test.each([
    ['*.docker.io', 'nginx', yes],
    ['docker.i?', 'registry-1.docker.io/a', yes],
    ['docker.io:443', 'nginx', no],
    ['mirror.docker.io', 'nginx', no],
  ])('%s on %s: %p', (pattern, image, expected) => {
    expect(matches(pattern, image)).toBe(expected);
  });
});

describe('IPv6 addresses are literal', () => {
  test.each([
    ['[::1]:5000', '[::1]:5000/app', yes],
    ['[::1]', '[::1]/app', yes],
    ['[::1]', '[::1]:5000/app', no],
    ['[::1]:*', '[::1]:5000/app', yes],
    ['[::1]:5000', '[0:0:0:0:0:0:0:1]:5000/app', no],
    ['*:5000', '[::1]:5000/app', no],
    ['*', '[::1]/app', no],
    ['?::1?:5000', '[::1]:5000/app', no],
  ] as const)('%s on %s: %p', (pattern, image, expected) => {
    const attempt = (): boolean => matches(pattern, image);
    if (pattern.startsWith('?')) expect(attempt).toThrow(Fault);
    else expect(attempt()).toBe(expected);
  });
});

describe('a malformed pattern is shown with the place of the fault', () => {
  test.each([
    ['', 1, 'host'],
    ['/path', 1, 'host'],
    ['https:///path', 9, 'host'],
    [':5000', 1, 'host'],
    ['reg.io:', 7, 'port'],
    ['reg.io:/path', 7, 'port'],
    ['reg.io:50:00', 10, 'second'],
    ['reg[.io', 4, 'no "]"'],
    ['https://reg[.io', 12, 'no "]"'],
    ['reg.io/a[b', 9, 'no "]"'],
    ['reg.io/a[b/c]', 11, 'separates'],
    ['[::1]x', 2, 'separates'],
    ['[::*]', 2, 'separates'],
    ['reg.io\\', 7, 'nothing follows'],
    ['[]a].io', 2, 'missing before'],
  ])('%j at character %d', (pattern, character, why) => {
    let fault: Fault | undefined;
    try {
      parsePattern(pattern);
    } catch (error) {
      fault = error as Fault;
    }
    expect(fault).toBeInstanceOf(Fault);
    expect(fault?.code).toBe('invalid-pattern');
    expect(fault?.message).toContain(`"${pattern}"`);
    expect(fault?.message).toContain(`at character ${character}:`);
    expect(fault?.message).toContain(why);
  });
});
