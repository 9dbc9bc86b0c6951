/**
 * What kind of place a listener's host is, and addresses in one spelling so that they can be compared.
 * RFC 1918, 3927, 4193, 4291, 4380, 6598.
 *
 * Not handled: looking names up.
 */

export type AddressClass =
  | "loopback"
  | "link_local"
  | "private"
  | "teredo"
  | "public"
  /** 0.0.0.0 and ::, which nobody can dial. */
  | "unspecified"
  | "multicast"
  /** A computer name, or what is no address. */
  | "name";

const IPV4 = /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?=\d)|$)){4}$/;

const isIPv4 = (text: string): boolean => IPV4.test(text);

/** The class of an IPv4 or IPv6 address (scope and brackets allowed) or of a computer name. */
export function classifyHost(host: string): AddressClass {
  const address = canonicalAddress(host);
  if (address === null) return /^localhost\.?$/i.test(host) ? "loopback" : "name";
  return isIPv4(address) ? classifyV4(address) : classifyV6(hextets(address));
}

function classifyV4(address: string): AddressClass {
  const [a = 0, b = 0] = address.split(".").map(Number);
  if (a === 127) return "loopback";
  if (a === 169 && b === 254) return "link_local";
  if (a === 10 || (a === 172 && b >= 16 && b < 32) || (a === 192 && b === 168)) return "private";
  if (a === 100 && b >= 64 && b < 128) return "private";
  if (address === "0.0.0.0") return "unspecified";
  return a >= 224 && a < 240 ? "multicast" : "public";
}

function classifyV6(words: number[]): AddressClass {
  const first = words[0] ?? 0;
  if (words.slice(0, 7).every((word) => word === 0)) {
    if (words[7] === 1) return "loopback";
    if (words[7] === 0) return "unspecified";
  }
  if ((first & 0xffc0) === 0xfe80) return "link_local";
  // Unique local addresses, and the site-local ones that they replaced.
  if ((first & 0xfe00) === 0xfc00 || (first & 0xffc0) === 0xfec0) return "private";
  if (first === 0x2001 && words[1] === 0) return "teredo";
  return (first & 0xff00) === 0xff00 ? "multicast" : "public";
}

/** Teredo, RFC 4380 section 4: the server that was used, and the client's address and port behind it. */
export function teredoParts(host: string): { server: string; client: string; port: number } | null {
  const address = canonicalAddress(host);
  if (address === null || isIPv4(address)) return null;
  const words = hextets(address);
  if (words[0] !== 0x2001 || words[1] !== 0) return null;
  const ipv4 = (high: number, low: number): string => `${high >> 8}.${high & 255}.${low >> 8}.${low & 255}`;
  return {
    server: ipv4(words[2]!, words[3]!),
    client: ipv4(words[6]! ^ 0xffff, words[7]! ^ 0xffff),
    port: words[5]! ^ 0xffff,
  };
}

/** Spellings met so far: those of a capture's machines are asked for with every call. A cache, emptied without a note. */
const spelled = new Map<string, string | null>();
const MAX_SPELLED = 4096;

/**
 * An address in the spelling of RFC 5952, without brackets and scope; IPv4-mapped addresses as IPv4. Null for what
 * is no address.
 */
export function canonicalAddress(host: string): string | null {
  let address = spelled.get(host);
  if (address === undefined) {
    address = spell(host);
    if (spelled.size >= MAX_SPELLED) spelled.clear();
    // A text of any length may stand where an address should.
    if (host.length < 64) spelled.set(host, address);
  }
  return address;
}

function spell(host: string): string | null {
  const bare = host
    .trim()
    .replace(/^\[([^\]]*)\]$/, "$1")
    .replace(/%.*$/s, "");
  if (isIPv4(bare)) return bare;
  if (!/^[0-9a-f:.]{2,45}$/i.test(bare) || !bare.includes(":")) return null;
  // The URL parser writes IPv6 as RFC 5952 does, save for mapped addresses, which it writes in hex.
  let address: string;
  try {
    address = new URL(`http://[${bare}]`).hostname.slice(1, -1);
  } catch {
    return null;
  }
  const mapped = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(address);
  if (mapped === null) return address;
  const [high, low] = [Number.parseInt(mapped[1]!, 16), Number.parseInt(mapped[2]!, 16)];
  return `${high >> 8}.${high & 255}.${low >> 8}.${low & 255}`;
}

/** The eight 16-bit words of an IPv6 address in canonical spelling. */
function hextets(address: string): number[] {
  const [head = "", tail] = address.split("::");
  const words = (part: string): number[] =>
    part === "" ? [] : part.split(":").map((word) => Number.parseInt(word, 16));
  const first = words(head);
  if (tail === undefined) return first;
  const last = words(tail);
  return [...first, ...new Array<number>(8 - first.length - last.length).fill(0), ...last];
}
