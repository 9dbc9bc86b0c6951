/**
 * Names of Wireshark's fields that records can fill, for -e: a table of what each is of, and how it is read from a record.
 *
 * A row is a call, an association or an offer, where Wireshark's is a frame. What both halves of a call have (frame, addresses,
 * PDU header) is the request's, in the frame that completes it; the response's where no request was captured. What only a
 * response has is the response's. Of an association it is the first bind, and what answered it.
 */

import type { Event } from "../events.js";
import type { SharedName, Shown } from "./shared-name.js";
import { AUTH_NAMES } from "./wireshark-auth.js";
import { CONNECTION_NAMES } from "./wireshark-connection.js";
import { DCOM_NAMES } from "./wireshark-dcom.js";
import { RPC_NAMES } from "./wireshark-rpc.js";

export const WIRESHARK_NAMES: readonly SharedName[] = [
  ...CONNECTION_NAMES,
  ...RPC_NAMES,
  ...DCOM_NAMES,
  ...AUTH_NAMES,
];

/** What a record has of a name. */
export function shown(name: SharedName, record: Event): Shown {
  switch (record.type) {
    case "call":
      return name.call?.(record) ?? null;
    case "association":
      return name.association?.(record) ?? null;
    case "offer":
      return name.offer?.(record) ?? null;
    default:
      return null;
  }
}
