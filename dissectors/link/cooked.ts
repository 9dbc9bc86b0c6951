/**
 * Linux cooked captures, versions 1 and 2 (LINKTYPE_LINUX_SLL, LINKTYPE_LINUX_SLL2). Both carry an EtherType.
 *
 * Not handled: devices whose protocol field means something else (netlink, GRE); such values are no EtherType of ours.
 */
import { etherType } from "./ethernet.js";
import type { LinkResult } from "./link.js";

const HEADER_1 = 16;
const HEADER_2 = 20;

/** Packet type, device type, address length, address (8), protocol. */
export function cooked1(data: Uint8Array, start: number, end: number, out: LinkResult): void {
  if (start + HEADER_1 > end) out.network = 0;
  else etherType(data, start + HEADER_1, end, (data[start + 14]! << 8) | data[start + 15]!, out);
}

/** Protocol, reserved, interface (4), device type, packet type, address length, address (8). */
export function cooked2(data: Uint8Array, start: number, end: number, out: LinkResult): void {
  if (start + HEADER_2 > end) out.network = 0;
  else etherType(data, start + HEADER_2, end, (data[start]! << 8) | data[start + 1]!, out);
}
