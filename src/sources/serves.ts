/** To which hosts a cloud source's token may go: those of its cloud, however wide the pattern of an entry is. */

import type { SourceType } from '../config/fields.ts';

/** https://github.com/kubernetes/cloud-provider-aws/blob/master/cmd/ecr-credential-provider/main.go */
const ecrHost =
  /^(?:\d{12}\.dkr[.-]ecr(?:-fips)?\.[a-zA-Z0-9][\w-]*\.(?:amazonaws\.(?:com(?:\.cn)?|eu)|on\.(?:aws|amazonwebservices\.com\.cn)|sc2s\.sgov\.gov|c2s\.ic\.gov|cloud\.adc-e\.uk|csp\.hci\.ic\.gov)|public\.ecr\.aws|ecr-public\.aws\.com)$/;

/** The personal edition has hosts of its own; it is served so that its error can say what to do. */
const tcrHost = /(?:\.tencentcloudcr\.com|\.ccs\.tencentyun\.com)$/;

/** True for every source that is no cloud's. `host` may have a port, which no cloud's registry has. */
export function serves(type: SourceType, host: string): boolean {
  if (type === 'ecr') return ecrHost.test(host);
  return type === 'tcr' ? tcrHost.test(host) : true;
}
