/** Addresses that Zeek takes for local where nobody tells it otherwise: those that are not routed between networks. */

/** Prefixes as numbers of their addresses' bits, and how many count. */
const IPV4: readonly (readonly [number, number])[] = (
  "0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 192.0.2.0/24 " +
  "192.168.0.0/16 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 224.0.0.0/24 239.0.0.0/8 240.0.0.0/4"
)
  .split(" ")
  .map((prefix) => {
    const [address, bits] = prefix.split("/");
    return [ipv4(address!), Number(bits)] as const;
  });

const IPV6: readonly (readonly [readonly number[], number])[] =
  "::/127 64:ff9b:1::/48 100::/64 2001::/23 2001:2::/48 2001:db8::/32 fc00::/7 fe80::/10 fec0::/10"
    .split(" ")
    .map((prefix) => {
      const [address, bits] = prefix.split("/");
      return [groups(address!), Number(bits)] as const;
    });

/** Addresses that were asked for: a capture has few, and names each with every connection. */
const known = new Map<string, boolean>();
const MAX_KNOWN = 4_096;

/** `address`: as records write it. */
export function isLocal(address: string): boolean {
  let local = known.get(address);
  if (local === undefined) {
    local = isListed(address);
    if (known.size >= MAX_KNOWN) known.clear();
    known.set(address, local);
  }
  return local;
}

function isListed(address: string): boolean {
  if (!address.includes(":")) return isLocalIpv4(ipv4(address));
  const own = groups(address);
  // 6to4, [RFC 3056]: the IPv4 address behind it.
  if (own[0] === 0x2002) return isLocalIpv4(own[1]! * 0x10000 + own[2]!);
  return IPV6.some(([prefix, bits]) =>
    prefix.every((group, i) => sameBits(group, own[i]!, 16, bits - 16 * i)),
  );
}

function isLocalIpv4(address: number): boolean {
  return IPV4.some(([prefix, bits]) => sameBits(prefix, address, 32, bits));
}

/** Whether the first `bits` of two numbers of `size` bits are the same; none where that is not positive. */
function sameBits(a: number, b: number, size: number, bits: number): boolean {
  const divisor = 2 ** (size - Math.min(size, Math.max(0, bits)));
  return Math.floor(a / divisor) === Math.floor(b / divisor);
}

function ipv4(address: string): number {
  return address.split(".").reduce((number, byte) => number * 256 + Number(byte), 0);
}

function groups(address: string): number[] {
  const [before, after] = address.split("::").map((part) => (part === "" ? [] : part.split(":")));
  const rest = after ?? [];
  const zeros = new Array<string>(Math.max(0, 8 - before!.length - rest.length)).fill("0");
  return [...before!, ...(after === undefined ? [] : zeros), ...rest].map((group) =>
    Number.parseInt(group, 16),
  );
}
