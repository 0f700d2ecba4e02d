import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { Fault } from '../../src/fault.ts';
import { parseReference } from '../../src/image/reference.ts';
import rows from './rows.json';

const digest = `sha256:${'a'.repeat(64)}`;

describe('the rows of the kubelet', () => {
  test.each(rows)('$input', row => {
    if (row.err !== null) {
      expect(() => parseReference(row.input)).toThrow(Fault);
      return;
    }
    const { registry, repository, tag, digest } = parseReference(row.input);
    expect({ repo: `${registry}/${repository}`, digest: digest ?? '' }).toEqual({
      repo: row.repo,
      digest: row.digest,
    });
    expect(tag ?? (digest ? '' : 'latest')).toBe(row.tag);
  });
});

describe('references that are legal', () => {
  test.each([
    ['nginx', 'docker.io', 'docker.io', 'library/nginx'],
    ['docker.io/nginx', 'docker.io', 'docker.io', 'library/nginx'],
    ['index.docker.io/nginx', 'index.docker.io', 'docker.io', 'library/nginx'],
    ['registry-1.docker.io/library/nginx', 'registry-1.docker.io', 'registry-1.docker.io', 'library/nginx'],
    ['localhost/app', 'localhost', 'localhost', 'app'],
    ['localhost:5000/app', 'localhost:5000', 'localhost:5000', 'app'],
    ['team/app', 'docker.io', 'docker.io', 'team/app'],
    ['TEAM/app', 'TEAM', 'TEAM', 'app'],
    ['10.0.0.7:5000/a/b', '10.0.0.7:5000', '10.0.0.7:5000', 'a/b'],
    ['[::1]:5000/app', '[::1]:5000', '[::1]:5000', 'app'],
    ['[2001:db8::1]/app', '[2001:db8::1]', '[2001:db8::1]', 'app'],
    ['Reg.Example.COM/app', 'Reg.Example.COM', 'Reg.Example.COM', 'app'],
    [`reg.io/a__b--c.d_e:v1.0@${digest}`, 'reg.io', 'reg.io', 'a__b--c.d_e'],
    [`reg.io/a@sha512:${'0'.repeat(128)}`, 'reg.io', 'reg.io', 'a'],
    [`reg.io/${'a'.repeat(255)}`, 'reg.io', 'reg.io', 'a'.repeat(255)],
    [`reg.io/a:${'t'.repeat(128)}`, 'reg.io', 'reg.io', 'a'],
  ])('%s', (image, host, registry, repository) => {
    expect(parseReference(image)).toMatchObject({ host, registry, repository });
  });
});

describe('what is no reference', () => {
  test.each([
    ['', 'empty'],
    ['ROOT', 'lower case'],
    ['reg.io/Team/app', 'lower case'],
    ['reg.io/', 'repository'],
    ['/app', 'repository'],
    ['reg.io//app', 'repository'],
    ['reg.io/app/', 'repository'],
    ['reg.io/a..b', 'repository'],
    ['reg.io/a___b', 'repository'],
    ['reg.io/-a', 'repository'],
    ['reg.io/a b', 'repository'],
    ['-reg.io/app', 'registry'],
    ['reg_1.io/app', 'registry'],
    ['reg.io:/app', 'registry'],
    ['reg.io:x/app', 'registry'],
    ['[::1/app', 'registry'],
    ['[fe80::1%eth0]:5000/app', 'registry'],
    ['https://reg.io/app', 'scheme'],
    ['reg.io/app:', 'tag'],
    ['reg.io/app:-x', 'tag'],
    [`reg.io/app:${'t'.repeat(129)}`, 'tag'],
    ['reg.io/app@', 'digest'],
    ['reg.io/app@sha256:abc', 'digest'],
    [`reg.io/app@sha256:${'A'.repeat(64)}`, 'digest'],
    [`reg.io/app@md5:${'a'.repeat(32)}`, 'digest'],
    [`reg.io/${'a'.repeat(256)}`, '255'],
    ['a'.repeat(64), '64 hexadecimal digits'],
    ['nginx\n', 'repository'],
  ])('%j: %s', (image, why) => {
    let fault: unknown;
    try {
      parseReference(image);
    } catch (error) {
      fault = error;
    }
    expect(fault).toBeInstanceOf(Fault);
    expect((fault as Fault).code).toBe('invalid-image');
    expect((fault as Fault).message).toContain(why);
  });
});

test('tag and digest take no part in registry and repository', () => {
  const part = fc.stringMatching(/^[a-z0-9]{1,8}$/);
  fc.assert(
    fc.property(part, part, part, (host, name, tag) => {
      const bare = parseReference(`${host}.io/${name}`);
      for (const suffix of [`:${tag}`, `@${digest}`, `:${tag}@${digest}`]) {
        expect(parseReference(`${host}.io/${name}${suffix}`)).toMatchObject({
          registry: bare.registry,
          repository: bare.repository,
        });
      }
    }),
  );
});

test('any text is either a reference or a Fault', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), text => {
      try {
        parseReference(text);
      } catch (error) {
        expect(error).toBeInstanceOf(Fault);
      }
    }),
  );
});

test('an error shows no password of an image that was written like a URL', () => {
  for (const image of ['https://user:s3cret@reg.io/x', 'user:s3cret@reg.io/x', 's3cret@reg.io/x/y']) {
    expect(() => parseReference(image)).toThrow(/^(?!.*s3cret).*…@reg\.io/);
  }
});
