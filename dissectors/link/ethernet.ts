/**
 * Ethernet II, with any number of VLAN tags (IEEE 802.1Q, 802.1ad and the older QinQ values), LLC/SNAP (RFC 1042)
 * and PPPoE sessions (RFC 2516); and the EtherTypes that other link layers share with it.
 *
 * Not handled: MPLS, MACsec, 802.1ah. The frame check sequence needs no care: IP says where its packet ends.
 */
import type { LinkResult } from "./link.js";
import { pppProtocol } from "./ppp.js";

const HEADER = 14;
const TAG = 4;
/** PPPoE: version and type, code, session, length; the PPP protocol follows. */
const PPPOE_HEADER = 6;

export const EtherType = {
  IPV4: 0x0800,
  VLAN: 0x8100,
  IPV6: 0x86dd,
  PPPOE_SESSION: 0x8864,
  SERVICE_VLAN: 0x88a8,
  OLD_QINQ: 0x9100,
  OLD_QINQ_2: 0x9200,
  OLD_QINQ_3: 0x9300,
} as const;

/** Values below are the length of an IEEE 802.3 frame, not a type. */
const LEAST_TYPE = 0x0600;

export function ethernet(data: Uint8Array, start: number, end: number, out: LinkResult): void {
  if (start + HEADER > end) {
    out.network = 0;
    return;
  }
  etherType(data, start + HEADER, end, (data[start + 12]! << 8) | data[start + 13]!, out);
}

/** What follows an EtherType `type`, whose payload begins at `offset`. */
export function etherType(
  data: Uint8Array,
  offset: number,
  end: number,
  type: number,
  out: LinkResult,
): void {
  let at = offset;
  let kind = type;
  out.network = 0;
  for (;;) {
    switch (kind) {
      case EtherType.IPV4:
        out.network = 4;
        out.offset = at;
        return;
      case EtherType.IPV6:
        out.network = 6;
        out.offset = at;
        return;
      case EtherType.VLAN:
      case EtherType.SERVICE_VLAN:
      case EtherType.OLD_QINQ:
      case EtherType.OLD_QINQ_2:
      case EtherType.OLD_QINQ_3:
        if (at + TAG > end) return;
        kind = (data[at + 2]! << 8) | data[at + 3]!;
        at += TAG;
        break;
      case EtherType.PPPOE_SESSION:
        if (at + PPPOE_HEADER <= end && data[at] === 0x11 && data[at + 1] === 0) {
          pppProtocol(data, at + PPPOE_HEADER, end, out);
        }
        return;
      default:
        if (kind >= LEAST_TYPE || !isSnap(data, at, end)) return;
        kind = (data[at + 6]! << 8) | data[at + 7]!;
        if (kind < LEAST_TYPE) return;
        at += 8;
    }
  }
}

/** LLC with the SNAP extension and the organisation code that stands for EtherTypes. */
function isSnap(data: Uint8Array, at: number, end: number): boolean {
  return (
    at + 8 <= end &&
    data[at] === 0xaa &&
    data[at + 1] === 0xaa &&
    data[at + 2] === 3 &&
    data[at + 3] === 0 &&
    data[at + 4] === 0 &&
    data[at + 5] === 0
  );
}
