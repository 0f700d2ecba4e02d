/** The built plugin with a `tcr` entry: only the cloud is a double here, registry and client are real. */

import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import { carriers } from '../support/executable.ts';
import { runPlugin } from '../support/plugin.ts';
import { hasRegistry, type Registry, startRegistry } from '../support/registry.ts';
import { keys, startTeam } from '../support/tcr-request.ts';
import type { Tencent } from '../support/tencent.ts';

const fallback = { username: 'robot', password: 'robot-password' };
const env = { TENCENTCLOUD_SECRET_ID: keys.secretId, TENCENTCLOUD_SECRET_KEY: keys.secretKey };

let cloud: Tencent;

beforeEach(async () => {
  cloud = await startTeam();
});

afterEach(() => cloud.stop());

function entry(options: object = {}) {
  return { source: 'tcr', registryId: 'tcr-abc123', region: 'ap-guangzhou', endpoint: cloud.url, ...options };
}

describe.each(carriers)('$name', carrier => {
  const image = 'team.tencentcloudcr.com/app/web:1';

  test('finds the instance by the host and answers with its token for that host', async () => {
    const config = { auths: { '*.tencentcloudcr.com': { source: 'tcr', endpoint: cloud.url } } };
    const { code, stderr, response } = await runPlugin(carrier, { image, config, env });
    expect([code, stderr]).toEqual([0, '']);
    expect(response?.cacheKeyType).toBe('Registry');
    const [login] = Object.values(response?.auth ?? {});
    expect(Object.keys(response?.auth ?? {})).toEqual(['team.tencentcloudcr.com']);
    expect(cloud.issued.get(login?.username ?? '')).toContain(login?.password);
    expect(cloud.actions()).toEqual(['DescribeInstances', 'CreateInstanceToken']);
  });

  test('answers with the token first and the static credential second', async () => {
    const config = { auths: { '*.tencentcloudcr.com': [entry(), fallback] } };
    const { response } = await runPlugin(carrier, { image, config, env });
    const users = Object.entries(response?.auth ?? {}).sort(([a], [b]) => (a < b ? 1 : -1));
    expect(users.map(([, { username }]) => username)).toEqual(['100036950234', 'robot']);
  });

  test('leaves the static credential, for 30 seconds at most, when the token is refused, and says why', async () => {
    cloud.fail('CreateInstanceToken', { code: 'UnauthorizedOperation' });
    const config = { auths: { '*.tencentcloudcr.com': [entry(), fallback] } };
    const { code, stderr, response } = await runPlugin(carrier, { image, config, env });
    expect(code).toBe(0);
    expect(Object.values(response?.auth ?? {})).toEqual([fallback]);
    expect(response?.cacheDuration).toBe('30s');
    expect(stderr).toMatch(
      /^keyring-credential-provider: tcr: .*tcr:CreateInstanceToken.* \[UnauthorizedOperation\]\n$/,
    );
  });

  test('fails with one line and no output when there is nothing else', async () => {
    cloud.fail('CreateInstanceToken', 'html');
    const config = { auths: { '*.tencentcloudcr.com': entry() } };
    const { code, stdout, stderr } = await runPlugin(carrier, { image, config, env });
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(/^[^\n]+ \[invalid-response\]\n$/);
    expect(stderr).not.toContain(keys.secretKey);
  });

  test('says for the personal edition that only a static entry works', async () => {
    const config = { auths: { '*.ccs.tencentyun.com': { source: 'tcr' } } };
    const { code, stderr } = await runPlugin(carrier, {
      image: 'ccr.ccs.tencentyun.com/app/web:1',
      config,
      env,
    });
    expect(code).toBe(1);
    expect(stderr).toMatch(/static entry.* \[personal-edition\]\n$/);
  });

  test.skipIf(!hasRegistry)('gives a token that pulls from a real registry', async () => {
    const registry: Registry = await startRegistry({
      mode: 'token',
      accepts: (username, password) => cloud.issued.get(username)?.has(password) === true,
    });
    try {
      await registry.push('team/app', '1');
      const own = `${registry.host}/team/app:1`;
      const config = { auths: { [registry.host]: entry() } };
      const { response } = await runPlugin(carrier, { image: own, config, env });
      expect(await registry.pull(own, response?.auth ?? {})).toEqual({ ok: true });
      expect(await registry.pull(own, {})).toMatchObject({ ok: false });
    } finally {
      await registry.stop();
    }
  });
});
