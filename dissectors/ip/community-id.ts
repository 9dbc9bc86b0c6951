/**
 * Community ID, https://github.com/corelight/community-id-spec, version 1: one text for both directions of a conversation,
 * which Zeek, Suricata and Wireshark compute alike.
 *
 * Not handled: ICMP, whose types stand in for ports.
 */
import { hashText } from "#primitives";

/**
 * `protocol`: the IP protocol number of a transport with ports. The addresses are 4 or 16 bytes each, in any order, each
 * with its port.
 */
export function communityId(
  protocol: number,
  address0: Uint8Array,
  port0: number,
  address1: Uint8Array,
  port1: number,
  seed = 0,
): string {
  const first = compare(address0, address1) || port0 - port1;
  const from = first <= 0 ? address0 : address1;
  const to = first <= 0 ? address1 : address0;
  const fromPort = first <= 0 ? port0 : port1;
  const toPort = first <= 0 ? port1 : port0;
  const bytes = new Uint8Array(from.length + to.length + 8);
  bytes[0] = seed >> 8;
  bytes[1] = seed;
  bytes.set(from, 2);
  bytes.set(to, 2 + from.length);
  let at = 2 + from.length + to.length;
  bytes[at++] = protocol;
  // Padding.
  bytes[at++] = 0;
  bytes[at++] = fromPort >> 8;
  bytes[at++] = fromPort;
  bytes[at++] = toPort >> 8;
  bytes[at++] = toPort;
  return `1:${hashText("sha1", bytes, "base64")}`;
}

/** By the first byte that differs. */
function compare(a: Uint8Array, b: Uint8Array): number {
  for (let i = 0; i < a.length; i++) {
    const difference = a[i]! - b[i]!;
    if (difference !== 0) return difference;
  }
  return 0;
}
