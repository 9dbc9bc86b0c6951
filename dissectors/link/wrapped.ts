/**
 * Headers that capturing software and switches put in front of a frame, or into it: what the link type's registry entry
 * at tcpdump.org says of them, and no more than is needed to pass them.
 *
 * Not handled: preempted parts of Ethernet frames, frames of DOCSIS that are encrypted or no packets.
 */
import { etherType } from "./ethernet.js";
import { foundIp, handOver, Layer, type LinkResult, stop, Unread, u16, u16le, u32, u32le } from "./result.js";

/** Netfilter's log (LINKTYPE_NFLOG): family, version, resource, then attributes in the byte order of the machine. */
export function nflog(data: Uint8Array, out: LinkResult): void {
  const at = out.offset;
  if (at + 4 > out.end) {
    stop(out, Unread.CUT);
    return;
  }
  let payload = nflogPayload(data, at + 4, out.end, true);
  if (payload === 0) payload = nflogPayload(data, at + 4, out.end, false);
  if (payload === 0) stop(out, Unread.CUT);
  else if (data[at] === 2) foundIp(out, 4, payload);
  else if (data[at] === 10) foundIp(out, 6, payload);
  else stop(out);
}

const NFULA_PAYLOAD = 9;

/** Offset of the attribute that is the packet, or 0. Attributes are padded to four bytes. */
function nflogPayload(data: Uint8Array, first: number, end: number, little: boolean): number {
  for (let at = first; at + 4 <= end; ) {
    const size = little ? u16le(data, at) : u16(data, at);
    const type = (little ? u16le(data, at + 2) : u16(data, at + 2)) & 0x7fff;
    if (size < 4) return 0;
    if (type === NFULA_PAYLOAD) return at + 4;
    at += (size + 3) & ~3;
  }
  return 0;
}

/** Apple's (LINKTYPE_PKTAP): length, kind of record, link type of what follows. */
export function pktap(data: Uint8Array, out: LinkResult): void {
  const at = out.offset;
  if (at + 12 > out.end) {
    stop(out, Unread.CUT);
    return;
  }
  const length = u32le(data, at);
  // A record without a packet describes a process.
  if (length < 12 || length > 0xffff || u32le(data, at + 4) !== 1) {
    stop(out);
    return;
  }
  out.type = u32le(data, at + 8);
  handOver(out, Layer.LINK, at + length);
}

/** CACE's (LINKTYPE_PPI): version, flags, length, link type. */
export function ppi(data: Uint8Array, out: LinkResult): void {
  const at = out.offset;
  if (at + 8 > out.end) {
    stop(out, Unread.CUT);
    return;
  }
  const length = u16le(data, at + 2);
  if (data[at] !== 0 || length < 8) {
    stop(out);
    return;
  }
  out.type = u32le(data, at + 4);
  handOver(out, Layer.LINK, at + length);
}

/** LINKTYPE_IPOIB: 40 bytes for the global routing header, then an EtherType and two reserved bytes [RFC 4391] 6. */
export function ipoib(data: Uint8Array, out: LinkResult): void {
  const at = out.offset;
  if (at + 44 > out.end) stop(out, Unread.CUT);
  else etherType(data, at + 44, u16(data, at + 40), out);
}

/** An Ethernet frame with a switch's tag of `size` bytes behind its addresses (LINKTYPE_DSA_TAG_ and the like). */
export function switchTag(data: Uint8Array, out: LinkResult, size: number): void {
  const header = 12 + size + 2;
  const at = out.offset;
  if (at + header > out.end) stop(out, Unread.CUT);
  else etherType(data, at + header, u16(data, at + header - 2), out);
}

/** The layer `layer`, behind `size` bytes that show nothing of interest. */
export function behind(out: LinkResult, size: number, layer: number): void {
  if (out.offset + size > out.end) stop(out, Unread.CUT);
  else handOver(out, layer, out.offset + size);
}

/** LINKTYPE_PPP_PPPD: the address byte gave way to a direction, and the control byte may be gone. */
export function pppWithDirection(data: Uint8Array, out: LinkResult): void {
  const at = out.offset;
  behind(out, at + 1 < out.end && data[at + 1] === 3 ? 2 : 1, Layer.PPP);
}

/** LINKTYPE_NETANALYZER_TRANSPARENT: 4 bytes of the device, the preamble, the start of the frame. */
export function transparent(data: Uint8Array, out: LinkResult): void {
  let at = out.offset + 4;
  while (at < out.end && data[at] === 0x55) at++;
  if (at >= out.end) stop(out, Unread.CUT);
  else if (data[at] === 0xd5) handOver(out, Layer.ETHERNET, at + 1);
  else stop(out);
}

/** LINKTYPE_ETHERNET_MPACKET [IEEE 802.3] 99.3: preamble, and a delimiter that says whether the frame is whole. */
export function mpacket(data: Uint8Array, out: LinkResult): void {
  let at = out.offset;
  while (at < out.end && data[at] === 0x55) at++;
  if (at >= out.end) stop(out, Unread.CUT);
  else if (data[at] === 0xd5) handOver(out, Layer.ETHERNET, at + 1);
  // Verify and respond carry nothing.
  else if (data[at] === 0x07 || data[at] === 0x19) stop(out);
  else stop(out, Unread.MPACKET);
}

/** LINKTYPE_DOCSIS: frame control, parameter, length, extended header, check sequence; then an Ethernet frame. */
export function docsis(data: Uint8Array, out: LinkResult): void {
  const at = out.offset;
  if (at + 6 > out.end) {
    stop(out, Unread.CUT);
    return;
  }
  const control = data[at]!;
  const extended = (control & 1) === 1 ? data[at + 1]! : 0;
  if (control >> 6 !== 0) stop(out);
  // Baseline Privacy's element, with its key in use.
  else if (extended >= 5 && isPrivacy(data[at + 4]! >> 4) && (data[at + 6]! & 0x80) !== 0)
    stop(out, Unread.DOCSIS_PRIVACY);
  else behind(out, 6 + extended, Layer.ETHERNET);
}

function isPrivacy(element: number): boolean {
  return element === 3 || element === 4;
}

const JUNIPER_MAGIC = 0x4d4743;
const JUNIPER_NO_LINK = 0x02;
const JUNIPER_EXTENSIONS = 0x80;

/** Juniper's: magic, flags, extensions with their length; then a frame, unless its header was stripped. */
export function juniper(data: Uint8Array, out: LinkResult, layer: number): void {
  const at = out.offset;
  if (at + 6 > out.end) {
    stop(out, Unread.CUT);
    return;
  }
  const head = u32(data, at);
  if (head >>> 8 !== JUNIPER_MAGIC) {
    stop(out);
    return;
  }
  const size = (head & JUNIPER_EXTENSIONS) !== 0 ? 6 + u16(data, at + 4) : 4;
  if ((head & JUNIPER_NO_LINK) === 0) {
    behind(out, size, layer);
    return;
  }
  // The family as BSD numbers it, least significant byte first.
  if (at + size + 4 > out.end) stop(out, Unread.CUT);
  else if (data[at + size] === 2) foundIp(out, 4, at + size + 4);
  else if (data[at + size] === 28) foundIp(out, 6, at + size + 4);
  else stop(out);
}
