/** Private registries of any host name in front of one docker-registry: each asks for credentials in its own way. */

import { randomBytes } from 'node:crypto';

/** How one registry asks for credentials, and whom it serves. */
export interface RegistryRules {
  /** `basic` as ECR does, `bearer` with a token server as TCR does. */
  readonly mode: 'basic' | 'bearer';
  /** Whether this user may pull from the repository; undefined is nobody in particular. */
  allows(user: Login | undefined, repository: string): boolean | Promise<boolean>;
}

export interface Login {
  readonly username: string;
  readonly password: string;
}

/** A credential that a registry has been shown, and what became of it. */
export interface Attempt {
  readonly host: string;
  readonly repository: string;
  readonly username: string | undefined;
  readonly allowed: boolean;
}

export class Gateway implements AsyncDisposable {
  readonly attempts: Attempt[] = [];
  readonly #registries = new Map<string, RegistryRules>();
  readonly #tokens = new Map<string, { host: string; repository: string }>();
  readonly #server: Bun.Server<undefined>;
  readonly #backend: string;

  /** `backend` is the URL of a registry that asks nobody. */
  constructor(backend: string) {
    this.#backend = backend;
    this.#server = Bun.serve({ hostname: '127.0.0.1', port: 0, fetch: request => this.#handle(request) });
  }

  get port(): number {
    return this.#server.port ?? 0;
  }

  /** Opens a registry under this host name, or changes its rules. */
  open(host: string, rules: RegistryRules): void {
    this.#registries.set(host, rules);
  }

  /** The attempts on a repository, as `username: allowed`, each run of equal ones once. */
  attemptsOn(repository: string): string[] {
    const lines = this.attempts
      .filter(attempt => attempt.repository === repository)
      .map(({ username = 'anonymous', allowed }) => `${username}: ${allowed ? 'allowed' : 'refused'}`);
    return lines.filter((line, i) => line !== lines[i - 1]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.stop(true);
  }

  async #handle(request: Request): Promise<Response> {
    const url = new URL(request.url);
    const host =
      url.searchParams.get('ns') ?? url.searchParams.get('service') ?? request.headers.get('host') ?? '';
    const rules = this.#registries.get(host);
    if (rules === undefined) return new Response(`no registry ${host}`, { status: 404 });
    const authorization = request.headers.get('authorization');
    if (url.pathname === '/token') return this.#giveToken(host, rules, url, loginOf(authorization));
    const repository = /^\/v2\/(.+)\/(?:manifests|blobs)\//.exec(url.pathname)?.[1] ?? '';
    if (rules.mode === 'basic') {
      if (authorization === null && !(await rules.allows(undefined, repository)))
        return this.#challenge(host, rules, '');
      if (!(await this.#allows(host, rules, loginOf(authorization), repository)))
        return this.#challenge(host, rules, '');
    } else {
      const token = this.#tokens.get(authorization?.replace(/^Bearer /, '') ?? '');
      if (token?.host !== host || token.repository !== repository)
        return this.#challenge(host, rules, repository);
    }
    return fetch(`${this.#backend}${url.pathname}`, { method: request.method, headers: accept(request) });
  }

  async #giveToken(
    host: string,
    rules: RegistryRules,
    url: URL,
    login: Login | undefined,
  ): Promise<Response> {
    const repository = /^repository:(.+):pull$/.exec(url.searchParams.get('scope') ?? '')?.[1] ?? '';
    if (!(await this.#allows(host, rules, login, repository))) return new Response(null, { status: 401 });
    const token = randomBytes(16).toString('hex');
    this.#tokens.set(token, { host, repository });
    return Response.json({ token, expires_in: 300 });
  }

  async #allows(
    host: string,
    rules: RegistryRules,
    login: Login | undefined,
    repository: string,
  ): Promise<boolean> {
    const allowed = await rules.allows(login, repository);
    this.attempts.push({ host, repository, username: login?.username, allowed });
    return allowed;
  }

  #challenge(host: string, rules: RegistryRules, repository: string): Response {
    const realm = `http://127.0.0.1:${this.port}/token`;
    const bearer = `Bearer realm="${realm}",service="${host}",scope="repository:${repository}:pull"`;
    const challenge = rules.mode === 'basic' ? `Basic realm="${host}"` : bearer;
    return new Response(null, { status: 401, headers: { 'www-authenticate': challenge } });
  }
}

function loginOf(authorization: string | null): Login | undefined {
  const encoded = /^Basic (.+)$/.exec(authorization ?? '')?.[1];
  if (encoded === undefined) return undefined;
  const [username = '', ...rest] = Buffer.from(encoded, 'base64').toString().split(':');
  return { username, password: rest.join(':') };
}

function accept(request: Request): Record<string, string> {
  return { accept: request.headers.get('accept') ?? '*/*' };
}
