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
  const order = compare(address0, address1) || port0 - port1;
  const [from, fromPort, to, toPort] =
    order <= 0 ? [address0, port0, address1, port1] : [address1, port1, address0, port0];
  const size = from.length;
  const bytes = new Uint8Array(2 * size + 8);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, seed);
  bytes.set(from, 2);
  bytes.set(to, 2 + size);
  // Behind the protocol stands a byte of padding.
  bytes[2 + 2 * size] = protocol;
  view.setUint16(4 + 2 * size, fromPort);
  view.setUint16(6 + 2 * size, toPort);
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
