/** What counts when there is no configuration file: the hosts of the clouds, with the node's own identity. */

import type { FileShape } from './shape.ts';

/**
 * Every host that ECR gives to a registry, so that the executable takes the place of AWS's own plugin, and TCR's.
 * https://github.com/kubernetes/cloud-provider-aws/tree/master/cmd/ecr-credential-provider
 */
const ecrHosts = [
  '*.dkr.ecr.*.amazonaws.com',
  '*.dkr.ecr.*.amazonaws.com.cn',
  '*.dkr.ecr.*.amazonaws.eu',
  '*.dkr.ecr-fips.*.amazonaws.com',
  '*.dkr-ecr.*.on.aws',
  '*.dkr-ecr-fips.*.on.aws',
  '*.dkr-ecr.*.on.amazonwebservices.com.cn',
  '*.dkr.ecr.*.c2s.ic.gov',
  '*.dkr.ecr.*.sc2s.sgov.gov',
  '*.dkr.ecr.*.cloud.adc-e.uk',
  '*.dkr.ecr.*.csp.hci.ic.gov',
  'public.ecr.aws',
  'ecr-public.aws.com',
];

export const defaultFileShape: FileShape = {
  auths: {
    ...Object.fromEntries(ecrHosts.map(host => [host, { source: 'ecr' }])),
    '*.tencentcloudcr.com': { source: 'tcr' },
  },
};
