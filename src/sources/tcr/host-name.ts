/** Which host names are registries of Tencent Cloud. Every run loads this, so it stays small. */

export const enterpriseSuffix = '.tencentcloudcr.com';
const personalSuffix = '.ccs.tencentyun.com';

/** An instance of the enterprise edition, by one of its default domains. */
export function isEnterprise(host: string): boolean {
  return isBelow(enterpriseSuffix, host);
}

/** The personal edition, which has hosts of its own and no short-lived tokens. */
export function isPersonal(host: string): boolean {
  return isBelow(personalSuffix, host);
}

/** The host without the port that HTTPS has anyway. */
export function bare(host: string): string {
  return host.endsWith(':443') ? host.slice(0, -':443'.length) : host;
}

function isBelow(suffix: string, host: string): boolean {
  return bare(host).endsWith(suffix) && bare(host).length > suffix.length;
}
