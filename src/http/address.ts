/** Addresses: which hosts are this machine or its cloud's metadata service, and which lie in a network. */

/** Metadata services of AWS (EC2, ECS, EKS; IPv4 and IPv6) and Tencent Cloud, as `URL.hostname` writes them. */
const metadataHosts: readonly string[] = [
  '169.254.169.254',
  '[fd00:ec2::254]',
  '169.254.170.2',
  '169.254.170.23',
  '[fd00:ec2::23]',
  '169.254.0.23',
  'metadata.tencentyun.com',
];

/** True for `localhost`, 127.0.0.0/8 and ::1. `hostname` is that of a parsed URL. */
export function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(hostname);
}

/** True for the link-local services that hand out a machine's credentials. `hostname` is that of a parsed URL. */
export function isMetadata(hostname: string): boolean {
  return metadataHosts.includes(hostname);
}

/** True when the literal address lies in the network `address/bits`; false for names and malformed networks. */
export function inNetwork(address: string, network: string): boolean {
  const slash = network.lastIndexOf('/');
  const bits = network.slice(slash + 1);
  const base = parseAddress(network.slice(0, slash));
  const subject = parseAddress(address);
  if (slash < 0 || base === undefined || subject?.width !== base.width || !/^\d{1,3}$/.test(bits))
    return false;
  const shift = base.width - Number(bits);
  return shift >= 0 && subject.value >> BigInt(shift) === base.value >> BigInt(shift);
}

/** True when both texts are the same literal address, however it is written. */
export function sameAddress(a: string, b: string): boolean {
  const left = parseAddress(a);
  const right = parseAddress(b);
  return left !== undefined && right?.width === left.width && right.value === left.value;
}

interface Address {
  readonly width: 32 | 128;
  readonly value: bigint;
}

function parseAddress(text: string): Address | undefined {
  const bare = text.replace(/^\[(.*)\]$/, '$1');
  if (/^\d+\.\d+\.\d+\.\d+$/.test(bare)) {
    const bytes = bare.split('.').map(Number);
    if (bytes.some(byte => byte > 255)) return undefined;
    return { width: 32, value: bytes.reduce((sum, byte) => sum * 256n + BigInt(byte), 0n) };
  }
  if (!bare.includes(':') || !URL.canParse(`http://[${bare}]`)) return undefined;
  const [head = '', tail] = new URL(`http://[${bare}]`).hostname.slice(1, -1).split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  const groups = [...left, ...new Array<string>(8 - left.length - right.length).fill('0'), ...right];
  return { width: 128, value: groups.reduce((sum, group) => sum * 65536n + BigInt(`0x${group}`), 0n) };
}
