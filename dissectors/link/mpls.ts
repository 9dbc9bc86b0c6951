/**
 * MPLS label stacks [RFC 3032] and what lies below them. No field says what that is: IP is known by its first four bits
 * ([RFC 4928]), Ethernet ([RFC 4448]), with its control word or without, by an EtherType where one must be.
 *
 * Not handled: other pseudowires (ATM, frame relay, PPP), associated channels ([RFC 5586]), which carry no traffic.
 */
import { looksLikeEthernet } from "./ethernet.js";
import { enter, foundIp, Layer, type LinkResult, stop, Unread, u16 } from "./result.js";

const LABEL = 4;
const CONTROL_WORD = 4;
const ETHERNET_HEADER = 14;

/** A label stack that begins at `out.offset`. */
export function mpls(data: Uint8Array, out: LinkResult): void {
  const { end } = out;
  let at = out.offset;
  let bottom = false;
  while (!bottom) {
    if (at + LABEL > end) {
      stop(out, Unread.CUT);
      return;
    }
    bottom = (data[at + 2]! & 1) === 1;
    at += LABEL;
  }
  if (at >= end) {
    stop(out, Unread.CUT);
    return;
  }
  const first = data[at]! >> 4;
  if ((first === 4 && looksLikeIpv4(data, at, end)) || (first === 6 && looksLikeIpv6(data, at, end))) {
    foundIp(out, first, at);
  } else if (looksLikeEthernet(data, at, end)) enter(out, Layer.ETHERNET, at);
  else if (first === 0 && looksLikeEthernet(data, at + CONTROL_WORD, end)) {
    enter(out, Layer.ETHERNET, at + CONTROL_WORD);
  } else if (at + CONTROL_WORD + ETHERNET_HEADER > end) stop(out, Unread.CUT);
  else if (first === 1) stop(out);
  else stop(out, Unread.MPLS_OTHER);
}

function looksLikeIpv4(data: Uint8Array, at: number, end: number): boolean {
  if ((data[at]! & 15) < 5) return false;
  // A MAC address may begin with 4 too: then what would be the length of the packet is part of the address.
  return !looksLikeEthernet(data, at, end) || u16(data, at + 2) <= end - at;
}

function looksLikeIpv6(data: Uint8Array, at: number, end: number): boolean {
  return !looksLikeEthernet(data, at, end) || (at + 40 <= end && u16(data, at + 4) + 40 <= end - at);
}
