/**
 * [C706] 12.5 connectionless (datagram) PDUs: how to recognise one. Their version is 4.
 *
 * Not handled: what they say.
 */

/** Bytes of the common header [C706] 12.5.2. */
const HEADER_SIZE = 80;
/** The highest type: ack, reject, cancel and the others lie below. */
const LAST_PTYPE = 10;
/** Bits of flags2 that must be 0; of flags1, implementations use those that are reserved. */
const FLAGS2_RESERVED = 0xfc;

/** Whether a datagram's payload `data[at .. end)` has the header of a PDU: version, type, flags, representation, length. */
export function isConnectionless(data: Uint8Array, at: number, end: number): boolean {
  if (at + HEADER_SIZE > end || data[at] !== 4 || data[at + 1]! > LAST_PTYPE) return false;
  if ((data[at + 3]! & FLAGS2_RESERVED) !== 0) return false;
  // Integers and characters have two representations each, floating-point numbers four; the third byte has none.
  if ((data[at + 4]! & 0xee) !== 0 || data[at + 5]! > 3 || data[at + 6] !== 0) return false;
  const little = (data[at + 4]! & 0x10) !== 0;
  const first = data[at + 74]!;
  const second = data[at + 75]!;
  const length = little ? first | (second << 8) : (first << 8) | second;
  return length <= end - at - HEADER_SIZE;
}
