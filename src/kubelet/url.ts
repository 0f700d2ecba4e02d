/** URL parsing as the kubelet's Go does it, as far as a registry key or an image can reach it. */

/**
 * The host (with its port) and the decoded path of a key. Both are byte strings: every character is one byte of
 * the UTF-8 text, so that comparing two of them compares bytes, as Go does.
 */
export interface SchemelessUrl {
  readonly host: string;
  readonly path: string;
}

const hostText = /^[-!"$&'()*+,.:;<=>[\]_~0-9A-Za-z\x80-\xff]*$/;
const userinfoText = /^[-._:~!$&'()*+,;=%@0-9A-Za-z]*$/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what the rule forbids
const controlCharacter = /[\x00-\x1f\x7f]/;
const badEscape = /%(?![0-9A-Fa-f]{2})/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: the range is all of ASCII
const asciiText = /^[\x00-\x7f]*$/;

/** The UTF-8 bytes of a text, one character a byte. */
export function byteString(text: string): string {
  if (asciiText.test(text)) return text;
  let bytes = '';
  for (const byte of new TextEncoder().encode(text)) bytes += String.fromCharCode(byte);
  return bytes;
}

/**
 * Parses the byte string `https://` + `text` and gives its host and path, or the reason why it is no URL.
 * User information, query and fragment are dropped.
 * The rules are those of Go 1.26: https://github.com/golang/go/blob/go1.26.0/src/net/url/url.go
 */
export function parseSchemeless(text: string): SchemelessUrl | string {
  const [beforeFragment, fragment] = cut(text, '#');
  if (controlCharacter.test(beforeFragment)) return 'invalid control character in URL';
  const [location] = cut(beforeFragment, '?');
  const slash = location.indexOf('/');
  const authority = slash < 0 ? location : location.slice(0, slash);
  const rawPath = slash < 0 ? '' : location.slice(slash);

  const at = authority.lastIndexOf('@');
  const host = parseHost(authority.slice(at + 1));
  if (typeof host === 'string') return host;
  const userinfo = authority.slice(0, Math.max(at, 0));
  if (!userinfoText.test(userinfo)) return 'invalid user information';
  const invalid = invalidEscape(userinfo) ?? invalidEscape(rawPath) ?? invalidEscape(fragment);
  if (invalid !== undefined) return invalid;
  return { host: host.text, path: decodeEscapes(rawPath) };
}

/**
 * The host and the port of a parsed host, as Go's `net.SplitHostPort`; a host that it refuses is all host.
 * The brackets of an IPv6 address stay where no port follows.
 */
export function splitPort(host: string): { name: string; port: string } {
  const whole = { name: host, port: '' };
  const colon = host.lastIndexOf(':');
  if (colon < 0) return whole;
  if (host.startsWith('[')) {
    const close = host.indexOf(']');
    if (close + 1 !== colon || host.includes('[', 1) || host.includes(']', close + 1)) return whole;
    return { name: host.slice(1, close), port: host.slice(colon + 1) };
  }
  const name = host.slice(0, colon);
  if (name.includes(':') || host.includes('[') || host.includes(']')) return whole;
  return { name, port: host.slice(colon + 1) };
}

function parseHost(host: string): { text: string } | string {
  const open = host.lastIndexOf('[');
  if (open > 0) return '"[" is only allowed at the start of the host';
  if (open === 0) return parseBracketedHost(host);
  const colon = host.indexOf(':');
  if (colon >= 0 && !isOptionalPort(host.slice(colon))) {
    return `invalid port "${host.slice(colon)}" after host`;
  }
  return unescapeHost(host);
}

function parseBracketedHost(host: string): { text: string } | string {
  const close = host.lastIndexOf(']');
  if (close < 0) return "missing ']' in host";
  const port = host.slice(close + 1);
  if (!isOptionalPort(port)) return `invalid port "${port}" after host`;
  const inside = host.slice(1, close);
  const zoneStart = inside.indexOf('%25');
  const address = unescapeHost(zoneStart < 0 ? inside : inside.slice(0, zoneStart));
  if (typeof address === 'string') return address;
  const zone = zoneStart < 0 ? { text: '' } : unescapeZone(inside.slice(zoneStart));
  if (typeof zone === 'string') return zone;
  const name = address.text + zone.text;
  if (!isIpv6(name)) return `invalid host: "${name}" is not an IPv6 address`;
  return { text: `[${name}]${port}` };
}

function isOptionalPort(text: string): boolean {
  return /^(:[0-9]*)?$/.test(text);
}

/** In a host only bytes outside ASCII, and `%25`, may be written as escapes. */
function unescapeHost(text: string): { text: string } | string {
  return unescapeChecked(text, (sequence, byte) => byte >= 0x80 || sequence === '%25');
}

/** In the zone of an IPv6 address an escape must stand for what a host may hold, a space or `%25`. */
function unescapeZone(text: string): { text: string } | string {
  return unescapeChecked(text, (sequence, byte) => {
    return sequence === '%25' || byte === 0x20 || hostText.test(String.fromCharCode(byte));
  });
}

function unescapeChecked(
  text: string,
  allowed: (sequence: string, byte: number) => boolean,
): { text: string } | string {
  if (hostText.test(text)) return { text };
  for (let i = 0; i < text.length; i++) {
    const character = text.charAt(i);
    if (character === '%') {
      const sequence = text.slice(i, i + 3);
      if (badEscape.test(sequence) || !allowed(sequence, Number.parseInt(sequence.slice(1), 16))) {
        return `invalid URL escape "${sequence}"`;
      }
      i += 2;
    } else if (!hostText.test(character)) {
      return `invalid character ${JSON.stringify(character)} in host name`;
    }
  }
  return { text: decodeEscapes(text) };
}

function invalidEscape(text: string): string | undefined {
  const at = text.search(badEscape);
  return at < 0 ? undefined : `invalid URL escape "${text.slice(at, at + 3)}"`;
}

function decodeEscapes(text: string): string {
  if (!text.includes('%')) return text;
  return text.replace(/%([0-9A-Fa-f]{2})/g, (_, digits: string) => {
    return String.fromCharCode(Number.parseInt(digits, 16));
  });
}

function cut(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}

/** Whether Go's `netip.ParseAddr` reads the text as an IPv6 address, with or without a zone. */
function isIpv6(text: string): boolean {
  const [address, zone] = cut(text, '%');
  if (text.includes('%') && zone === '') return false;
  const halves = address.split('::');
  if (halves.length > 2) return false;
  const groups = halves.flatMap(half => (half === '' ? [] : half.split(':')));
  const last = groups.at(-1) ?? '';
  const embedded = last.includes('.') && !address.endsWith('::');
  if (embedded && !isIpv4(last)) return false;
  const hex = embedded ? groups.slice(0, -1) : groups;
  if (!hex.every(group => /^[0-9A-Fa-f]{1,4}$/.test(group))) return false;
  const count = hex.length + (embedded ? 2 : 0);
  return halves.length === 2 ? count < 8 : count === 8;
}

function isIpv4(text: string): boolean {
  return /^((25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(\.(?!$)|$)){4}$/.test(text);
}
