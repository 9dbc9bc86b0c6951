/**
 * The choice between IPv4 and IPv6. Packets inside packets are
 * followed in tunnel.ts.
 *
 * Not handled: reassembly (it needs memory), checksums (offload makes them wrong).
 */
import { decodeIpv4 } from "./ipv4.js";
import { decodeIpv6 } from "./ipv6.js";
import type { IpResult } from "./result.js";

/**
 * Reads the packet that begins at `offset`. `network` is what the link layer announced; false where the bytes are no
 * such packet. Never throws.
 */
export function decodePacket(
  data: Uint8Array,
  offset: number,
  end: number,
  network: 0 | 4 | 6,
  out: IpResult,
): boolean {
  if (network === 4) return decodeIpv4(data, offset, end, out);
  return network === 6 && decodeIpv6(data, offset, end, out);
}

/** Whether `decodePacket` refused these bytes because the window ends inside the packet's headers. */
export function headersCut(data: Uint8Array, offset: number, end: number, network: 4 | 6): boolean {
  if (offset >= end) return true;
  if (data[offset]! >> 4 !== network) return false;
  const length = end - offset;
  return network === 4 ? length < Math.max(20, (data[offset]! & 15) << 2) : true;
}
