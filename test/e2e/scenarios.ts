/** What a node operator relies on, played with a real kubelet: fixed credentials, their order and their failures. */

import { equal, expectLine } from './expect.ts';
import type { Login, RegistryRules } from './gateway.ts';
import type { Node, NodeSetting } from './node.ts';

/** One story. `start` gives it a node of its own, which ends with it; `say` adds a line to the report. */
export interface Scenario {
  readonly name: string;
  readonly play: (
    start: (setting: NodeSetting) => Promise<Node>,
    say: (line: string) => void,
  ) => Promise<void>;
}

const wrong = { username: 'wrong', password: 'wrong' };
const right = { username: 'right', password: 'right-password' };

function isRight(login: Login | undefined): boolean {
  return login?.password === right.password;
}

/** A registry with one image that only the right user may pull. */
async function openFor(node: Node, host: string, rules: Partial<RegistryRules> = {}): Promise<string> {
  node.openRegistry(host, { mode: 'basic', allows: isRight, ...rules });
  await node.push('team/app');
  return `${host}/team/app:1`;
}

export const scenarios: readonly Scenario[] = [
  {
    name: 'one static credential, Basic and Bearer registry',
    async play(start, say) {
      const node = await start({ config: { auths: { '*.example.com': right } } });
      node.openRegistry('bearer.example.com', { mode: 'bearer', allows: isRight });
      node.createPod('basic', await openFor(node, 'basic.example.com'));
      await node.podRuns('basic');
      node.createPod('bearer', 'bearer.example.com/team/app:1');
      await node.podRuns('bearer');
      equal('attempts', node.gateway.attemptsOn('team/app'), ['right: allowed']);
      equal('asked', node.asked, ['basic.example.com/team/app', 'bearer.example.com/team/app']);
      say('both pods run');
    },
  },
  {
    name: 'a wrong credential first, the right one second',
    async play(start, say) {
      const node = await start({ config: { auths: { 'reg.example.com': [wrong, right] } } });
      node.createPod('app', await openFor(node, 'reg.example.com', { mode: 'bearer' }));
      await node.podRuns('app');
      equal('attempts', node.gateway.attemptsOn('team/app'), ['wrong: refused', 'right: allowed']);
      say(`the pod runs after ${node.gateway.attemptsOn('team/app').join(', ')}`);
    },
  },
  {
    name: 'a registry with a port, on localhost without any mirror',
    async play(start, say) {
      const node = await start({ config: { auths: { 'localhost:*': [wrong, right] } } });
      const host = `localhost:${node.gateway.port}`;
      node.gateway.open(host, { mode: 'basic', allows: isRight });
      await node.push('team/app');
      node.createPod('app', `${host}/team/app:1`);
      await node.podRuns('app');
      equal('attempts', node.gateway.attemptsOn('team/app'), ['wrong: refused', 'right: allowed']);
      say(`the pod runs after ${node.gateway.attemptsOn('team/app').join(', ')}`);
    },
  },
  {
    name: 'credentials by path for two repositories of one registry',
    async play(start, say) {
      const node = await start({
        config: {
          auths: {
            'reg.example.com/team-a': { username: 'a', password: 'of-a' },
            'reg.example.com/team-b': { username: 'b', password: 'of-b' },
          },
        },
      });
      const allows = (login: Login | undefined, repository: string) =>
        login?.password === `of-${repository.at(5)}`;
      node.openRegistry('reg.example.com', { mode: 'basic', allows });
      for (const team of ['team-a', 'team-b']) {
        await node.push(`${team}/app`);
        node.createPod(team, `reg.example.com/${team}/app:1`);
        await node.podRuns(team);
      }
      equal('attempts of a', node.gateway.attemptsOn('team-a/app'), ['a: allowed']);
      equal('attempts of b', node.gateway.attemptsOn('team-b/app'), ['b: allowed']);
      equal('asked', node.asked, ['reg.example.com/team-a/app', 'reg.example.com/team-b/app']);
      say('both pods run, each registry login with the credential of its own path');
    },
  },
  {
    name: 'the documented pattern that no kubelet understands: *my-registry.io/images for a sub-sub-domain',
    async play(start, say) {
      const node = await start({ config: { auths: { '*my-registry.io/images': right } } });
      node.openRegistry('a.sub.my-registry.io', { mode: 'basic', allows: isRight });
      await node.push('images/app');
      node.createPod('app', 'a.sub.my-registry.io/images/app:1');
      await node.podRuns('app');
      say('the pod runs');
    },
  },
  {
    name: 'the plugin fails first and is repaired later',
    async play(start, say) {
      const node = await start({
        config: { auths: { 'reg.example.com': { username: 'right', passwordFile: 'password' } } },
      });
      node.createPod('app', await openFor(node, 'reg.example.com'));
      const message = await node.podWaitsForImage('app');
      expectLine('the kubelet log', node.kubeletLog, 'keyring-credential-provider: static: ');
      say(`the pod waits: ${message.slice(message.lastIndexOf(': ') + 2)}`);
      await Bun.write(`${node.keyring.folder}/password`, `${right.password}\n`);
      await node.podRuns('app');
      equal('attempts', node.gateway.attemptsOn('team/app'), ['right: allowed']);
      say('the pod runs once the file is there');
    },
  },
  {
    name: 'no entry matches: the pull is anonymous and refused',
    async play(start, say) {
      const node = await start({ config: { auths: { 'other.example.com': right } } });
      node.createPod('app', await openFor(node, 'reg.example.com', { mode: 'bearer' }));
      const message = await node.podWaitsForImage('app');
      equal('attempts', node.gateway.attemptsOn('team/app'), ['anonymous: refused']);
      say(`the pod waits: ${message.slice(message.lastIndexOf(': ') + 2)}`);
    },
  },
  {
    name: 'anonymous as the last resort, Basic and Bearer registry',
    async play(start, say) {
      const node = await start({ config: { auths: { '*.example.com': [wrong, { source: 'anonymous' }] } } });
      const allows = (login: Login | undefined) => login === undefined;
      for (const mode of ['basic', 'bearer'] as const) {
        node.openRegistry(`${mode}.example.com`, { mode, allows });
        await node.push(`public/${mode}`);
        node.createPod(mode, `${mode}.example.com/public/${mode}:1`);
        await node.podRuns(mode);
        say(
          `the pod of the ${mode} registry runs after ${node.gateway.attemptsOn(`public/${mode}`).join(', ')}`,
        );
      }
      equal('attempts', node.gateway.attemptsOn('public/bearer'), ['wrong: refused', 'anonymous: allowed']);
    },
  },
  {
    name: 'a credential keeps the kubelet from pulling anonymously, also where that would do',
    async play(start, say) {
      const node = await start({ config: { auths: { 'reg.example.com': wrong } } });
      const allows = (login: Login | undefined) => login === undefined;
      node.createPod('app', await openFor(node, 'reg.example.com', { mode: 'bearer', allows }));
      const message = await node.podWaitsForImage('app');
      equal('attempts', node.gateway.attemptsOn('team/app'), ['wrong: refused']);
      say(`the pod waits: ${message.slice(message.lastIndexOf(': ') + 2)}`);
    },
  },
  {
    name: "the node's own docker file comes before the plugin",
    async play(start, say) {
      const auth = btoa('node:wrong');
      const node = await start({
        config: { auths: { 'reg.example.com': right } },
        dockerConfig: { auths: { '*.example.com': { auth } } },
      });
      node.createPod('app', await openFor(node, 'reg.example.com', { mode: 'bearer' }));
      await node.podRuns('app');
      equal('attempts', node.gateway.attemptsOn('team/app'), ['node: refused', 'right: allowed']);
      say(`the pod runs after ${node.gateway.attemptsOn('team/app').join(', ')}`);
    },
  },
  {
    name: 'the kubelet restarts',
    async play(start, say) {
      const node = await start({ config: { auths: { 'reg.example.com': right } } });
      const image = await openFor(node, 'reg.example.com');
      node.createPod('before', image);
      await node.podRuns('before');
      node.createPod('beside', image);
      await node.podRuns('beside');
      equal('asked before', node.asked, ['reg.example.com/team/app']);
      await node.restartKubelet();
      node.createPod('after', image);
      await node.podRuns('after');
      await node.podRuns('before');
      equal('asked after', node.asked, ['reg.example.com/team/app', 'reg.example.com/team/app']);
      say('the old pods and a new one run; each kubelet asked once');
    },
  },
];
