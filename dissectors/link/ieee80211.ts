/**
 * IEEE 802.11 data frames, and the headers that capturing software puts in front of them: radiotap (radiotap.org),
 * Prism, AVS.
 *
 * Not handled: protected frames, whose keys are not known, and fragments of frames: both are counted as not read. Mesh
 * control fields.
 */
import { handOver, Layer, type LinkResult, stop, Unread, u16, u16le, u32, u32le } from "./result.js";

/** Frame control, duration, three addresses, sequence control [IEEE 802.11] 9.3.2.1. */
const HEADER = 24;
const DATA = 2;
/** Bits of the subtype: no data; QoS control is there. */
const NO_DATA = 0x40;
const QOS = 0x80;
/** Bits of the frame control's second byte. */
const TO_DS = 0x01;
const FROM_DS = 0x02;
const MORE_FRAGMENTS = 0x04;
const PROTECTED = 0x40;
const ORDER = 0x80;
/** QoS control: the body is an aggregate of MSDUs. */
const A_MSDU = 0x80;

/** Destination, source, length: in front of each MSDU of an aggregate [IEEE 802.11] 9.3.2.2. */
const SUBFRAME_HEADER = 14;

const RADIOTAP_LEAST = 8;
const RADIOTAP_DATA_PAD = 0x20;

/** What `type` is where the body begins at a multiple of four bytes. */
const PADDED = 1;
/** And where an access point sent the frame control's two bytes the other way round. */
export const SWAPPED = 2;

/** A frame at `out.offset`, in the form that `out.type` says. */
export function ieee80211(data: Uint8Array, out: LinkResult): void {
  const at = out.offset;
  const swapped = out.type === SWAPPED;
  const { end } = out;
  if (at + 2 > end) {
    stop(out, Unread.CUT);
    return;
  }
  const control = data[swapped ? at + 1 : at]!;
  const flags = data[swapped ? at : at + 1]!;
  // Version 0, type data, with data in it: the others announce, acknowledge and manage.
  if ((control & 0x0f) !== DATA << 2 || (control & NO_DATA) !== 0) {
    stop(out);
    return;
  }
  const qos = (control & QOS) !== 0;
  let length = HEADER;
  if ((flags & (TO_DS | FROM_DS)) === (TO_DS | FROM_DS)) length += 6;
  const qosAt = at + length;
  if (qos) length += 2;
  if (qos && (flags & ORDER) !== 0) length += 4;
  if (out.type === PADDED) length = (length + 3) & ~3;
  if (at + length > end) {
    stop(out, Unread.CUT);
  } else if ((flags & PROTECTED) !== 0) stop(out, Unread.WLAN_PROTECTED);
  else if (!swapped && ((flags & MORE_FRAGMENTS) !== 0 || (data[at + 22]! & 0x0f) !== 0)) {
    stop(out, Unread.WLAN_FRAGMENT);
  } else if (qos && (data[qosAt]! & A_MSDU) !== 0) subframe(data, at + length, end, out);
  else handOver(out, Layer.LLC, at + length);
}

/** The MSDU that begins at `at`; `out.next` is where the one behind it begins. */
export function subframe(data: Uint8Array, at: number, end: number, out: LinkResult): void {
  out.next = 0;
  if (at + SUBFRAME_HEADER > end) {
    stop(out, Unread.CUT);
    return;
  }
  const length = u16(data, at + 12);
  const last = at + SUBFRAME_HEADER + length;
  // Each but the last is padded to four bytes.
  const next = at + ((SUBFRAME_HEADER + length + 3) & ~3);
  if (next + SUBFRAME_HEADER <= end) {
    out.next = next;
    out.nextEnd = end;
  }
  out.end = Math.min(last, end);
  handOver(out, Layer.LLC, at + SUBFRAME_HEADER);
}

/** radiotap: its length, and whether the frame's header is padded, which is in the flags, its second field. */
export function radiotap(data: Uint8Array, out: LinkResult): void {
  const at = out.offset;
  if (at + RADIOTAP_LEAST > out.end) {
    stop(out, Unread.CUT);
    return;
  }
  const length = u16le(data, at + 2);
  if (data[at] !== 0 || length < RADIOTAP_LEAST) {
    stop(out);
    return;
  }
  const present = u32le(data, at + 4);
  let field = at + 4;
  // Words of bits go on while their highest is set.
  while (field + 4 <= at + length && field + 4 <= out.end && (data[field + 3]! & 0x80) !== 0) field += 4;
  field += 4;
  // The time comes first, aligned to its eight bytes.
  if ((present & 1) !== 0) field = at + ((field - at + 7) & ~7) + 8;
  const flagged = (present & 2) !== 0 && field < at + length && field < out.end;
  out.type = flagged && (data[field]! & RADIOTAP_DATA_PAD) !== 0 ? PADDED : 0;
  handOver(out, Layer.IEEE80211, at + length);
}

const AVS_COOKIE = 0x80211000;

/** Prism's header says its length in the byte order of the machine; AVS came to be written under the same link type. */
export function prism(data: Uint8Array, out: LinkResult): void {
  const at = out.offset;
  if (at + 8 > out.end) {
    stop(out, Unread.CUT);
    return;
  }
  const avs = (u32(data, at) & 0xfffff000) >>> 0 === AVS_COOKIE;
  const little = u32le(data, at + 4);
  const length = avs || little > 0xffff ? u32(data, at + 4) : little;
  if (length < 8 || length > 0xffff) {
    stop(out);
    return;
  }
  out.type = 0;
  handOver(out, Layer.IEEE80211, at + length);
}
