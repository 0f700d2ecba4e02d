/** From the API's token to the layers of an image: only the cloud is a double here, registry and client are real. */

import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { tcr } from '../../../src/sources/tcr.ts';
import { hasRegistry, type Registry, startRegistry } from '../../support/registry.ts';
import { keys, requestOf, startTeam } from '../../support/tcr-request.ts';
import type { Tencent } from '../../support/tencent.ts';

describe.skipIf(!hasRegistry)('a token of the TCR API', () => {
  let cloud: Tencent;
  let registry: Registry;
  let image: string;

  beforeAll(async () => {
    cloud = await startTeam();
    registry = await startRegistry({
      mode: 'token',
      accepts: (username, password) => cloud.issued.get(username)?.has(password) === true,
    });
    await registry.push('team/app', '1');
    image = `${registry.host}/team/app:1`;
  });

  afterAll(async () => {
    await registry.stop();
    await cloud.stop();
  });

  test('pulls an image from a registry whose token server accepts just that token', async () => {
    const options = { ...keys, registryId: 'tcr-abc123', region: 'ap-guangzhou' };
    const { request, io } = requestOf(cloud, { host: registry.host, literalHost: true, options });
    const credential = await tcr.fetch(request, io);
    if (!credential) throw new Error('no credential');
    expect(await registry.pull(image, { [registry.host]: credential })).toEqual({ ok: true });
    expect(registry.tokenServer?.requests).toContainEqual({
      method: 'GET',
      username: '100036950234',
      granted: true,
    });
  });

  test('is needed: nobody, and nobody with another password, pulls', async () => {
    for (const auths of [{}, { [registry.host]: { username: '100036950234', password: 'not-issued' } }]) {
      expect(await registry.pull(image, auths)).toMatchObject({
        ok: false,
        stderr: expect.stringMatching(/unauthorized|401/),
      });
    }
  });
});
