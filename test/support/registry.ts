/** A real registry (Debian's docker-registry) that wants a password, and a real client (skopeo) that pulls from it. */

import { createHash, randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Authority, createAuthority } from './certificates.ts';
import { type Accepts, startTokenServer, type TokenServer } from './token-server.ts';

/** `token`: Bearer, as TCR; the token server accepts what the function says. `basic`: htpasswd, as ECR. */
export type RegistryAuth =
  | { readonly mode: 'token'; readonly accepts: Accepts }
  | { readonly mode: 'basic'; readonly users: Readonly<Record<string, string>> };

export interface Registry {
  /** `127.0.0.1:PORT`, plain HTTP. */
  readonly host: string;
  /** Only in token mode. */
  readonly tokenServer: TokenServer | undefined;
  /** Puts an image there that is made from nothing. */
  push(repository: string, tag: string): Promise<void>;
  /** Pulls with skopeo: all of manifest, configuration and layers. */
  pull(image: string, auth: Readonly<Record<string, Login>>): Promise<Pulled>;
  stop(): Promise<void>;
}

export interface Login {
  readonly username: string;
  readonly password: string;
}

export type Pulled = { readonly ok: true } | { readonly ok: false; readonly stderr: string };

/** False where docker-registry or skopeo is missing; never on CI, where both must be there. */
export const hasRegistry =
  process.env.CI === 'true' || (Bun.which('docker-registry') !== null && Bun.which('skopeo') !== null);

export async function startRegistry(auth: RegistryAuth): Promise<Registry> {
  const folder = await mkdtemp(join(tmpdir(), 'keyring-registry-'));
  const authority = createAuthority();
  const publisher = { username: 'publisher', password: randomUUID() };
  const tokenServer =
    auth.mode === 'token' ? await startTokenServer(authority, mayPublish(auth.accepts)) : undefined;
  const users = auth.mode === 'basic' ? { ...auth.users, [publisher.username]: publisher.password } : {};
  await writeFile(join(folder, 'config.json'), configuration(folder, tokenServer, authority));
  await writeFile(join(folder, 'htpasswd'), await htpasswd(users));

  const child = Bun.spawn(['docker-registry', 'serve', join(folder, 'config.json')], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const host = await listeningHost(child.stderr);

  function mayPublish(accepts: Accepts): Accepts {
    return (username, password, action, repository) =>
      (username === publisher.username && password === publisher.password) ||
      (action === 'pull' && accepts(username, password, action, repository));
  }

  async function skopeoCopy(
    auths: Readonly<Record<string, Login>>,
    from: string,
    to: string,
  ): Promise<Pulled> {
    const file = join(folder, `${randomUUID()}.json`);
    const encoded = Object.entries(auths).map(([name, { username, password }]) => [
      name,
      { auth: Buffer.from(`${username}:${password}`).toString('base64') },
    ]);
    await writeFile(file, JSON.stringify({ auths: Object.fromEntries(encoded) }), { mode: 0o600 });
    const insecure = ['--insecure-policy', 'copy', '--src-tls-verify=false', '--dest-tls-verify=false'];
    const skopeo = Bun.spawn(['skopeo', ...insecure, '--authfile', file, from, to], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const stderr = await new Response(skopeo.stderr).text();
    return (await skopeo.exited) === 0 ? { ok: true } : { ok: false, stderr };
  }

  return {
    host,
    tokenServer,
    async push(repository, tag) {
      const layout = join(folder, randomUUID());
      await writeImage(layout);
      const pushed = await skopeoCopy(
        { [host]: publisher },
        `oci:${layout}`,
        `docker://${host}/${repository}:${tag}`,
      );
      if (!pushed.ok) throw new Error(`push failed: ${pushed.stderr}`);
    },
    pull: (image, auths) => skopeoCopy(auths, `docker://${image}`, `dir:${join(folder, randomUUID())}`),
    async stop() {
      child.kill();
      await child.exited;
      await tokenServer?.stop();
      authority.remove();
      await rm(folder, { recursive: true });
    },
  };
}

function configuration(folder: string, tokenServer: TokenServer | undefined, authority: Authority): string {
  const auth = tokenServer
    ? {
        token: {
          realm: tokenServer.realm,
          service: tokenServer.service,
          issuer: tokenServer.issuer,
          rootcertbundle: authority.file,
        },
      }
    : { htpasswd: { realm: 'registry.test', path: join(folder, 'htpasswd') } };
  return JSON.stringify({
    version: '0.1',
    storage: { filesystem: { rootdirectory: join(folder, 'storage') } },
    http: { addr: '127.0.0.1:0', secret: randomUUID() },
    auth,
  });
}

async function htpasswd(users: Readonly<Record<string, string>>): Promise<string> {
  const lines = Object.entries(users).map(async ([name, password]) => {
    return `${name}:${await Bun.password.hash(password, { algorithm: 'bcrypt', cost: 4 })}\n`;
  });
  return (await Promise.all(lines)).join('');
}

/** The address in the registry's own log, which it writes when it is ready. */
async function listeningHost(log: ReadableStream<Uint8Array>): Promise<string> {
  const decoder = new TextDecoder();
  const reader = log.getReader();
  for (let text = ''; ; ) {
    const { done, value } = await reader.read();
    if (done) throw new Error(`docker-registry ended: ${text}`);
    text += decoder.decode(value, { stream: true });
    const host = /listening on (127\.0\.0\.1:\d+)/.exec(text)?.[1];
    if (host === undefined) continue;
    void drain(reader);
    return host;
  }
}

async function drain(reader: { read(): Promise<{ done: boolean }> }): Promise<void> {
  while (!(await reader.read()).done);
}

/** An OCI image layout with one layer: https://github.com/opencontainers/image-spec/blob/main/image-layout.md */
async function writeImage(layout: string): Promise<void> {
  const blobs = join(layout, 'blobs/sha256');
  await mkdir(blobs, { recursive: true });
  const blob = async (mediaType: string, content: Uint8Array) => {
    const hex = createHash('sha256').update(content).digest('hex');
    await writeFile(join(blobs, hex), content);
    return { mediaType, digest: `sha256:${hex}`, size: content.byteLength };
  };
  const json = (value: object) => new TextEncoder().encode(JSON.stringify(value));
  const emptyTar = new Uint8Array(1024);
  const layer = await blob('application/vnd.oci.image.layer.v1.tar+gzip', Bun.gzipSync(emptyTar));
  const diffId = `sha256:${createHash('sha256').update(emptyTar).digest('hex')}`;
  const config = await blob(
    'application/vnd.oci.image.config.v1+json',
    json({ architecture: 'amd64', os: 'linux', config: {}, rootfs: { type: 'layers', diff_ids: [diffId] } }),
  );
  const mediaType = 'application/vnd.oci.image.manifest.v1+json';
  const manifest = await blob(mediaType, json({ schemaVersion: 2, mediaType, config, layers: [layer] }));
  await writeFile(join(layout, 'oci-layout'), JSON.stringify({ imageLayoutVersion: '1.0.0' }));
  await writeFile(join(layout, 'index.json'), JSON.stringify({ schemaVersion: 2, manifests: [manifest] }));
}
