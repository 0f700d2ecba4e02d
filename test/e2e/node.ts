/** A node of its own: containerd, a registry and a standalone kubelet with the plugin, all on the loopback. */

import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { anyImage, Keyring } from '../support/provider.ts';
import { Gateway, type RegistryRules } from './gateway.ts';
import { makeImage } from './image.ts';
import { freePort, processesWith, run, Service, until } from './process.ts';

const pauseImage = 'e2e.local/pause:1';

/** What the kubelet reports of the one container of a pod. */
export interface PodState {
  readonly phase: string;
  readonly running: boolean;
  /** Why it waits, such as `ErrImagePull`, and the message that comes with it. */
  readonly waiting: string | undefined;
  readonly message: string | undefined;
}

/** What a node is made of. */
export interface NodeOptions {
  readonly kubelet: string;
  readonly plugin: string;
  /** The plugin's own configuration. */
  readonly config: object;
  /** The docker `config.json` of the node, which the kubelet reads without any plugin. */
  readonly dockerConfig?: object;
  /** What the provider's entry adds to the plugin's environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** Ends every wait for the node or its pods. */
  readonly signal: AbortSignal;
}

/** What a scenario says about its node. */
export type NodeSetting = Pick<NodeOptions, 'config' | 'dockerConfig' | 'env'>;

/** Starts everything but pods. */
export async function startNode(options: NodeOptions): Promise<Node> {
  const node = new Node(options);
  try {
    await node.start();
  } catch (error) {
    await node[Symbol.asyncDispose]();
    throw error;
  }
  return node;
}

export class Node implements AsyncDisposable {
  readonly folder = mkdtempSync('/tmp/kcp-e2e-');
  readonly gateway: Gateway;
  readonly keyring: Keyring;
  readonly #manifests = join(this.folder, 'manifests');
  readonly #kubeletRoot = join(this.folder, 'kubelet');
  readonly #socket = join(this.folder, 'containerd.sock');
  readonly #registryPort: number;
  readonly #kubeletPort = freePort();
  readonly #kubeletProgram: string;
  readonly #services: Service[] = [];
  readonly #signal: AbortSignal;
  #kubelet: Service | undefined;
  #archive = '';

  constructor({ kubelet, plugin, config, dockerConfig, env = {}, signal }: NodeOptions) {
    this.#signal = signal;
    this.#kubeletProgram = kubelet;
    this.#registryPort = freePort();
    this.gateway = new Gateway(`http://127.0.0.1:${this.#registryPort}`);
    const variables = Object.entries(env).map(([name, value]) => ({ name, value }));
    const matchImages = [...anyImage, `localhost:${this.gateway.port}`];
    this.keyring = new Keyring(plugin, config, { matchImages, env: variables });
    mkdirSync(this.#manifests);
    mkdirSync(this.#kubeletRoot);
    if (dockerConfig) writeFileSync(join(this.#kubeletRoot, 'config.json'), JSON.stringify(dockerConfig));
  }

  async start(): Promise<void> {
    this.#archive = await makeImage(this.folder, pauseImage);
    this.#startRegistry();
    await this.#startContainerd();
    await this.#startKubelet();
  }

  /** The repositories that the plugin was asked for, in order. */
  get asked(): string[] {
    return this.keyring.requests.map(({ image }) => image);
  }

  /** Opens a private registry under any host name; containerd finds it without DNS. */
  openRegistry(host: string, rules: RegistryRules): void {
    this.gateway.open(host, rules);
    const folder = join(this.folder, 'certs.d', host);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'hosts.toml'), `server = "http://127.0.0.1:${this.gateway.port}"\n[host]\n`);
  }

  /** Makes an image exist under this repository in every registry. */
  async push(repository: string): Promise<void> {
    const target = `docker://127.0.0.1:${this.#registryPort}/${repository}:1`;
    await run([
      'skopeo',
      '--insecure-policy',
      'copy',
      '-q',
      '--dest-tls-verify=false',
      `docker-archive:${this.#archive}`,
      target,
    ]);
  }

  /** Gives the kubelet a static pod that runs this image. */
  createPod(name: string, image: string): void {
    const container = { name: 'app', image, imagePullPolicy: 'Always' };
    const pod = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name, namespace: 'default' },
      spec: { hostNetwork: true, terminationGracePeriodSeconds: 1, containers: [container] },
    };
    writeFileSync(join(this.#manifests, `${name}.json`), JSON.stringify(pod));
  }

  deletePod(name: string): void {
    unlinkSync(join(this.#manifests, `${name}.json`));
  }

  /** The state of a pod; undefined where the kubelet does not know it. */
  async pod(name: string): Promise<PodState | undefined> {
    const response = await fetch(`https://127.0.0.1:${this.#kubeletPort}/pods`, {
      tls: { rejectUnauthorized: false },
    });
    const list = (await response.json()) as PodList;
    const pod = (list.items ?? []).find(item => item.metadata.name === `${name}-e2e`);
    if (pod === undefined) return undefined;
    const state = pod.status.containerStatuses?.[0]?.state;
    return {
      phase: pod.status.phase ?? '',
      running: state?.running !== undefined,
      waiting: state?.waiting?.reason,
      message: state?.waiting?.message,
    };
  }

  async podRuns(name: string): Promise<void> {
    await this.until(`pod ${name} runs`, async () => (await this.pod(name))?.running, 90_000);
  }

  /** Waits until the pod cannot get its image; gives the message. */
  async podWaitsForImage(name: string): Promise<string> {
    return await this.until(`pod ${name} fails to pull`, async () => {
      const pod = await this.pod(name);
      return pod?.waiting === 'ErrImagePull' ? pod.message : undefined;
    });
  }

  async podIsGone(name: string): Promise<void> {
    await this.until(`pod ${name} is gone`, async () => (await this.pod(name)) === undefined);
  }

  /** Waits until something holds, unless the run is interrupted. */
  until<T>(
    what: string,
    check: () => Promise<T | false | undefined> | T | false | undefined,
    atMost = 60_000,
  ): Promise<T> {
    return until(what, check, { atMost, signal: this.#signal });
  }

  /** What the kubelet has logged. */
  get kubeletLog(): string {
    return this.#kubelet?.log ?? '';
  }

  /** What helps to understand a failure: what registries saw, what the plugin was asked, what the kubelet complains of. */
  problems(): string[] {
    const attempts = this.gateway.attempts.slice(-20).map(attempt => `attempt: ${JSON.stringify(attempt)}`);
    const complaints = this.kubeletLog
      .split('\n')
      .filter(line => /^E.*(PullImage|plugin|pod_workers)/.test(line));
    const last = complaints.slice(-8).map(line => `kubelet: ${line.slice(0, 600)}`);
    return [...attempts, `asked: ${this.asked.join(', ')}`, ...last];
  }

  async #startKubelet(): Promise<void> {
    const config = join(this.folder, 'kubelet.json');
    writeFileSync(config, JSON.stringify(this.#kubeletConfig()));
    this.#kubelet = new Service(
      [
        this.#kubeletProgram,
        `--config=${config}`,
        `--root-dir=${this.#kubeletRoot}`,
        `--cert-dir=${join(this.#kubeletRoot, 'pki')}`,
        `--image-credential-provider-config=${this.keyring.config}`,
        `--image-credential-provider-bin-dir=${this.keyring.binDir}`,
        '--hostname-override=e2e',
        '--v=2',
      ],
      join(this.folder, 'kubelet.log'),
    );
    await this.until('the kubelet answers', async () => {
      if (!this.#kubelet?.running) throw new Error(`the kubelet ended:\n${this.kubeletLog.slice(-3000)}`);
      return this.pod('none').then(
        () => true,
        () => undefined,
      );
    });
  }

  async restartKubelet(): Promise<void> {
    await this.#kubelet?.stop();
    await this.#startKubelet();
  }

  /** Ends all that was started, and removes every trace; fails when a process had to be killed. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#kubelet?.stop();
    await this.#removeContainers().catch(() => undefined);
    for (const service of this.#services.toReversed()) await service.stop();
    await this.gateway[Symbol.asyncDispose]();
    const mounts = readFileSync('/proc/self/mounts', 'utf8')
      .split('\n')
      .map(line => line.split(' ')[1] ?? '');
    for (const mount of mounts.filter(path => path.startsWith(`${this.folder}/`)).toReversed()) {
      await run(['umount', '-l', mount]);
    }
    const left = await this.#killLeftOvers();
    this.#removeLogLinks();
    rmSync(this.folder, { recursive: true });
    this.keyring[Symbol.dispose]();
    if (left.length > 0) throw new Error(`these were still running: ${left.join('; ')}`);
  }

  /** What still runs although it has been given five seconds: shims of containers, or the plugin. */
  async #killLeftOvers(): Promise<string[]> {
    const running = () => processesWith(this.folder, this.keyring.folder);
    await until('all have ended', () => running().length === 0, { atMost: 5_000 }).catch(() => undefined);
    const left = running();
    for (const { pid } of left) process.kill(pid, 'SIGKILL');
    return left.map(({ command }) => command);
  }

  /** The kubelet links the logs of all containers in a folder that cannot be configured. */
  #removeLogLinks(): void {
    const links = '/var/log/containers';
    if (!existsSync(links)) return;
    for (const name of readdirSync(links)) {
      if (readlinkSync(join(links, name)).startsWith(`${this.folder}/`)) unlinkSync(join(links, name));
    }
  }

  #startRegistry(): void {
    const config = join(this.folder, 'registry.yml');
    const storage = { filesystem: { rootdirectory: join(this.folder, 'registry') } };
    writeFileSync(
      config,
      JSON.stringify({ version: 0.1, storage, http: { addr: `127.0.0.1:${this.#registryPort}` } }),
    );
    this.#services.push(new Service(['docker-registry', 'serve', config], join(this.folder, 'registry.log')));
  }

  async #startContainerd(): Promise<void> {
    const config = join(this.folder, 'containerd.toml');
    writeFileSync(config, this.#containerdConfig());
    const service = new Service(['containerd', '--config', config], join(this.folder, 'containerd.log'));
    this.#services.push(service);
    await this.until('containerd answers', async () => {
      if (!service.running) throw new Error(`containerd ended:\n${service.log.slice(-3000)}`);
      return this.#ctr('version').catch(() => undefined);
    });
    await this.#ctr('images', 'import', '--snapshotter', 'native', this.#archive);
  }

  #containerdConfig(): string {
    return `version = 2
root = "${this.folder}/containerd"
state = "${this.folder}/containerd-state"
[grpc]
  address = "${this.#socket}"
[plugins."io.containerd.internal.v1.opt"]
  path = "${this.folder}/opt"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "${pauseImage}"
  restrict_oom_score_adj = true
  disable_apparmor = true
  stream_server_port = "0"
  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = "native"
  [plugins."io.containerd.grpc.v1.cri".registry]
    config_path = "${this.folder}/certs.d"
`;
  }

  #kubeletConfig(): object {
    return {
      kind: 'KubeletConfiguration',
      apiVersion: 'kubelet.config.k8s.io/v1beta1',
      staticPodPath: this.#manifests,
      containerRuntimeEndpoint: `unix://${this.#socket}`,
      address: '127.0.0.1',
      port: this.#kubeletPort,
      readOnlyPort: 0,
      healthzPort: 0,
      authentication: { anonymous: { enabled: true }, webhook: { enabled: false } },
      authorization: { mode: 'AlwaysAllow' },
      cgroupDriver: 'cgroupfs',
      cgroupsPerQOS: false,
      enforceNodeAllocatable: [],
      failSwapOn: false,
      failCgroupV1: false,
      makeIPTablesUtilChains: false,
      localStorageCapacityIsolation: false,
      evictionHard: { 'memory.available': '1Mi', 'nodefs.available': '0.1%', 'imagefs.available': '0.1%' },
      fileCheckFrequency: '1s',
      syncFrequency: '2s',
      serializeImagePulls: false,
      registryPullQPS: 0,
      podLogsDir: join(this.folder, 'pod-logs'),
      volumePluginDir: join(this.folder, 'volume-plugins'),
    };
  }

  async #removeContainers(): Promise<void> {
    const ids = (await this.#ctr('tasks', 'ls', '-q')).split('\n').filter(id => id !== '');
    await Promise.all(ids.map(id => this.#ctr('tasks', 'kill', '-s', 'KILL', id).catch(() => undefined)));
    await until('all containers have ended', async () => {
      return !(await this.#ctr('tasks', 'ls')).includes('RUNNING');
    });
    await Promise.all(ids.map(id => this.#ctr('tasks', 'delete', id).catch(() => undefined)));
  }

  #ctr(...args: string[]): Promise<string> {
    return run(['ctr', '--address', this.#socket, '-n', 'k8s.io', ...args]);
  }
}

interface PodList {
  readonly items?: readonly {
    readonly metadata: { readonly name: string };
    readonly status: {
      readonly phase?: string;
      readonly containerStatuses?: readonly {
        readonly state?: {
          readonly running?: object;
          readonly waiting?: { readonly reason?: string; readonly message?: string };
        };
      }[];
    };
  }[];
}
