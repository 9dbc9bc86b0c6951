/**
 * Cisco's HDLC (LINKTYPE_C_HDLC): address, control, and an EtherType.
 *
 * Not handled: SLARP and CDP, which carry no traffic; ISO network layers, whose protocol field is followed by a pad.
 */
import { etherType, LEAST_TYPE } from "./ethernet.js";
import { type LinkResult, stop, Unread, u16 } from "./result.js";

const HEADER = 4;

export function ciscoHdlc(data: Uint8Array, out: LinkResult): void {
  const at = out.offset;
  if (at + HEADER > out.end) {
    stop(out, Unread.CUT);
    return;
  }
  const type = u16(data, at + 2);
  if (type < LEAST_TYPE) stop(out);
  else etherType(data, at + HEADER, type, out);
}
