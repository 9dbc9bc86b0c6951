/** A name of Wireshark's that records can fill, and what its tables are written with. */

import type { AssociationRecord, CallRecord, OfferRecord } from "../events.js";

/** Values as Wireshark writes them; null where there is none. */
export type Shown = string | number | null | undefined | readonly (string | number | null)[];

/** The PDU that a name speaks of: of a call its request or response, of an association the first bind or what answered it. */
export type Of = "request" | "response" | "bind" | "bind_ack" | "handshake";

export interface SharedName {
  readonly name: string;
  /** Wireshark's type. */
  readonly type: string;
  readonly of: Of;
  readonly meaning: string;
  readonly call?: (call: CallRecord) => Shown;
  readonly association?: (association: AssociationRecord) => Shown;
  readonly offer?: (offer: OfferRecord) => Shown;
}

export const U8 = "FT_UINT8";
export const U16 = "FT_UINT16";
export const U32 = "FT_UINT32";
export const GUID = "FT_GUID";
export const TEXT = "FT_STRING";

/** As Wireshark writes numbers in hex: two digits a byte. */
export function hex(value: number | null | undefined, digits: 2 | 4 | 8 = 8): string | null {
  return value === null || value === undefined ? null : `0x${value.toString(16).padStart(digits, "0")}`;
}

/** Whether the call's request was captured: else its response stands for it. */
export function asked({ frames }: CallRecord): boolean {
  return frames.request.length > 0;
}

/** Datagrams have headers of their own. */
export function isDatagram({ transport }: CallRecord | AssociationRecord): boolean {
  return transport.protseq === "ncadg_ip_udp";
}

/** The frame that completes what is in these. */
export function lastOf(frames: readonly number[]): number | null {
  return frames.length === 0 ? null : frames.reduce((a, b) => Math.max(a, b));
}

/** The part before the dot of `major.minor`, or behind it. */
export function major(version: string | null | undefined): number | null {
  return version === null || version === undefined ? null : Number(version.split(".")[0]);
}

export function minor(version: string | null | undefined): number | null {
  return version === null || version === undefined ? null : Number(version.split(".")[1] ?? 0);
}
