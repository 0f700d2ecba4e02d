/** Tokens of doubles of AWS and Tencent Cloud, from the cloud's API to a running pod. */

import { mkdtempSync, rmSync } from 'node:fs';
import { type AwsDouble, awsDouble, nodeKeys } from '../support/aws.ts';
import { startTencent } from '../support/tencent.ts';
import { equal } from './expect.ts';
import type { Login } from './gateway.ts';
import type { NodeSetting } from './node.ts';
import type { Scenario } from './scenarios.ts';

const ecrHost = '123456789012.dkr.ecr.us-east-1.amazonaws.com';

function ecrSetting(aws: AwsDouble, cache: object = { enabled: false }): NodeSetting {
  const { accessKeyId: AWS_ACCESS_KEY_ID, secretAccessKey: AWS_SECRET_ACCESS_KEY } = nodeKeys;
  return {
    config: { auths: { '*.dkr.ecr.*.amazonaws.com': { source: 'ecr' } }, cache },
    env: { ...aws.env, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY },
  };
}

function tokenCalls(aws: AwsDouble): number {
  return aws.calls.filter(({ service }) => service === 'ecr').length;
}

/** A registry that accepts what the double issues, for `life` seconds after it has first seen it. */
function acceptsTokens(life: number): (login: Login | undefined) => boolean {
  const firstSeen = new Map<string, number>();
  return login => {
    if (login?.username !== 'AWS' || !login.password.startsWith('pass:ecr:')) return false;
    const since = firstSeen.get(login.password) ?? Date.now();
    firstSeen.set(login.password, since);
    return Date.now() < since + life * 1000;
  };
}

export const cloudScenarios: readonly Scenario[] = [
  {
    name: 'ECR: a token of GetAuthorizationToken pulls the image',
    async play(start, say) {
      const aws = awsDouble();
      try {
        const node = await start(ecrSetting(aws));
        node.openRegistry(ecrHost, { mode: 'basic', allows: acceptsTokens(3600) });
        await node.push('team/app');
        node.createPod('app', `${ecrHost}/team/app:1`);
        await node.podRuns('app');
        equal('attempts', node.gateway.attemptsOn('team/app'), ['AWS: allowed']);
        equal('calls', tokenCalls(aws), 1);
        say('the pod runs after one call to ECR');
      } finally {
        aws.close();
      }
    },
  },
  {
    name: 'TCR: a token of CreateInstanceToken pulls the image',
    async play(start, say) {
      const cloud = await startTencent();
      try {
        cloud.principals.set('AKIDnode', { secretKey: 'sk-node', username: '100012345678' });
        cloud.instances.push({ id: 'tcr-abc123', name: 'team', region: 'ap-guangzhou', status: 'Running' });
        const keys = { secretId: 'AKIDnode', secretKey: 'sk-node' };
        const entry = { source: 'tcr', endpoint: cloud.url, stsEndpoint: cloud.url, ...keys };
        const node = await start({ config: { auths: { '*.tencentcloudcr.com': entry } } });
        const allows = (login: Login | undefined) => {
          return cloud.issued.get(login?.username ?? '')?.has(login?.password ?? '') ?? false;
        };
        node.openRegistry('team.tencentcloudcr.com', { mode: 'bearer', allows });
        await node.push('team/app');
        node.createPod('app', 'team.tencentcloudcr.com/team/app:1');
        await node.podRuns('app');
        equal('attempts', node.gateway.attemptsOn('team/app'), ['100012345678: allowed']);
        equal('calls', cloud.actions(), ['DescribeInstances', 'CreateInstanceToken']);
        say(`the pod runs after ${cloud.actions().join(' and ')}`);
      } finally {
        await cloud.stop();
      }
    },
  },
  {
    name: '20 pods at once, with as many images, cost one call to ECR',
    async play(start, say) {
      let allAsked: () => Promise<undefined> = async () => undefined;
      const aws = awsDouble({ fault: () => allAsked().catch(() => undefined) });
      const directory = mkdtempSync('/run/kcp-e2e-');
      try {
        const node = await start(ecrSetting(aws, { directory }));
        allAsked = async () => {
          await node.until('20 plugins run', () => node.asked.length === 20, 9_000);
          return undefined;
        };
        node.openRegistry(ecrHost, { mode: 'basic', allows: acceptsTokens(3600) });
        const names = Array.from({ length: 20 }, (_, i) => `app-${i + 1}`);
        for (const name of names) await node.push(`team/${name}`);
        for (const name of names) node.createPod(name, `${ecrHost}/team/${name}:1`);
        for (const name of names) await node.podRuns(name);
        equal('asked', new Set(node.asked), new Set(names.map(name => `${ecrHost}/team/${name}`)));
        equal('calls', tokenCalls(aws), 1);
        say('20 pods run; ECR answered only when 20 runs of the plugin waited, and was called once');
      } finally {
        aws.close();
        rmSync(directory, { recursive: true });
      }
    },
  },
  {
    name: 'ECR tokens of 20 seconds are renewed while pods come and go',
    async play(start, say) {
      const life = 20;
      const aws = awsDouble({ tokenLife: life });
      const directory = mkdtempSync('/run/kcp-e2e-');
      try {
        const node = await start(ecrSetting(aws, { directory }));
        node.openRegistry(ecrHost, { mode: 'basic', allows: acceptsTokens(life) });
        await node.push('team/app');
        const end = Date.now() + 3 * life * 1000;
        let pods = 0;
        while (Date.now() < end) {
          const name = `app-${++pods}`;
          node.createPod(name, `${ecrHost}/team/app:1`);
          await node.podRuns(name);
          node.deletePod(name);
          await node.podIsGone(name);
        }
        equal('attempts', node.gateway.attemptsOn('team/app'), ['AWS: allowed']);
        equal('at least 3 tokens', tokenCalls(aws) >= 3, true);
        say(`${pods} pods ran one after the other on ${tokenCalls(aws)} tokens, none of them refused`);
      } finally {
        aws.close();
        rmSync(directory, { recursive: true });
      }
    },
  },
  {
    name: 'the kubelet restarts, and the token on disk spares a call to ECR',
    async play(start, say) {
      const aws = awsDouble();
      const directory = mkdtempSync('/run/kcp-e2e-');
      try {
        const node = await start(ecrSetting(aws, { directory }));
        node.openRegistry(ecrHost, { mode: 'basic', allows: acceptsTokens(3600) });
        for (const name of ['before', 'after']) {
          await node.push(`team/${name}`);
          node.createPod(name, `${ecrHost}/team/${name}:1`);
          await node.podRuns(name);
          if (name === 'before') await node.restartKubelet();
        }
        await node.podRuns('before');
        equal('asked', node.asked, [`${ecrHost}/team/before`, `${ecrHost}/team/after`]);
        equal('attempts', node.gateway.attemptsOn('team/after'), ['AWS: allowed']);
        equal('calls', tokenCalls(aws), 1);
        say('the old pod and a new one run; the new kubelet asked again, ECR was not called again');
      } finally {
        aws.close();
        rmSync(directory, { recursive: true });
      }
    },
  },
];
