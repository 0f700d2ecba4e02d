import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { hasRegistry, type Registry, startRegistry } from './registry.ts';

describe.skipIf(!hasRegistry)('a registry in Basic mode', () => {
  let registry: Registry;

  beforeAll(async () => {
    registry = await startRegistry({ mode: 'basic', users: { AWS: 'right' } });
    await registry.push('team/app', '1');
  });

  afterAll(() => registry.stop());

  test.each([
    ['right', true],
    ['wrong', false],
  ])('answers the password %p with %p', async (password, ok) => {
    const login = { [registry.host]: { username: 'AWS', password } };
    expect(await registry.pull(`${registry.host}/team/app:1`, login)).toMatchObject({ ok });
  });
});

describe.skipIf(!hasRegistry)('a registry in token mode', () => {
  test('answers a POST to its token server with 405, so that containerd asks by GET', async () => {
    const registry = await startRegistry({ mode: 'token', accepts: () => true });
    try {
      const realm = registry.tokenServer?.realm ?? '';
      expect((await fetch(realm, { method: 'POST', body: 'grant_type=password' })).status).toBe(405);
    } finally {
      await registry.stop();
    }
  });
});
