/**
 * Addresses in one spelling, so that they can be compared: [RFC 5952]. Ours, and no library's: every TCP conversation that
 * begins is asked for its two, and texts from the wire come here as well.
 *
 * Not handled: looking names up; what kind of place an address is (invitation/host-class.ts).
 */
import type { Endpoint } from "./events.js";

const IPV4 = /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?=\d)|$)){4}$/;

/** Four decimal numbers without leading zeros. */
export function isIPv4(text: string): boolean {
  return IPV4.test(text);
}

/** Spellings met so far: those of a capture's machines are asked for with every call. */
const spelled = new Map<string, string | null>();
const MAX_SPELLED = 4096;

/**
 * An address in the spelling of [RFC 5952], without brackets and scope; IPv4-mapped addresses as IPv4. Null for what
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

/** The same, or `host` as it is where it is no address. */
export function canonicalHost(host: string): string {
  return canonicalAddress(host) ?? host;
}

/** An endpoint with its address in that spelling. */
export function canonicalEndpoint(endpoint: Endpoint): Endpoint {
  const address = canonicalHost(endpoint.address);
  return address === endpoint.address ? endpoint : { address, port: endpoint.port };
}

function spell(host: string): string | null {
  const bare = host
    .trim()
    .replace(/^\[([^\]]*)\]$/, "$1")
    .replace(/%.*$/s, "");
  if (isIPv4(bare)) return bare;
  if (!/^[0-9a-f:.]{2,45}$/i.test(bare) || !bare.includes(":")) return null;
  // The URL parser writes IPv6 as [RFC 5952] does, save for mapped addresses, which it writes in hex.
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
