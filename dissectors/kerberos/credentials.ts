/**
 * Forwarded credentials: the checksum that the GSS-API puts into an authenticator, [RFC 4121] 4.1.1; the KRB-CRED in it,
 * [RFC 4120] 5.8.1; and what that holds under its key, 5.8.2.
 *
 * Not handled: channel bindings and the extensions behind them.
 */
import { children, derText, field, type Tlv, within } from "../wire/der.js";
import { Reader } from "../wire/reader.js";
import {
  type Checksum,
  type EncryptedData,
  encryptedData,
  GSS_CHECKSUM,
  noteType,
  type PrincipalName,
  principal,
  readGssChecksum,
} from "./basic.js";
import { applicationBody, type EncryptionKey, readKey } from "./encrypted.js";
import { readTicket, type Ticket } from "./messages.js";

export const USAGE_KRB_CRED = 14;
/** The etype of what is not encrypted at all, as old senders write it. */
export const ETYPE_NULL = 0;

/** [RFC 4120] 5.8.1 KRB-CRED. */
export interface KrbCred {
  /** Null for one that cannot be read: the places are those of the infos. */
  tickets: (Ticket | null)[];
  enc_part: EncryptedData | null;
}

/** [RFC 4120] 5.8.2 KrbCredInfo. */
export interface KrbCredInfo {
  key: EncryptionKey | null;
  prealm: string | null;
  pname: PrincipalName | null;
}

/** The KRB-CRED in the checksum of an authenticator; null where it forwards nothing. Throws WireError where it is cut. */
export function forwardedIn({ cksumtype, checksum }: Checksum): Uint8Array | null {
  if (cksumtype !== GSS_CHECKSUM || checksum === null) return null;
  return readGssChecksum(new Reader(checksum, true, 0, checksum.length, "checksum"));
}

/** Null where `r` is no KRB-CRED. */
export function readKrbCred(r: Reader): KrbCred | null {
  return within(applicationBody(r, { 22: "KRB-CRED" }), (body) => {
    body?.r.also(noteType, { body, first: 0 });
    const tickets = field(body, 2, "tickets");
    if (body === null || tickets === null) return null;
    return {
      tickets: within(tickets, () => children(tickets, "Ticket").map(readTicket)),
      enc_part: encryptedData(body, 3, "enc-part"),
    };
  });
}

/** [RFC 4120] 5.8.2 EncKrbCredPart: what is said of each ticket, in their order. */
export function readEncKrbCredPart(r: Reader): KrbCredInfo[] | null {
  return within(applicationBody(r, { 29: "EncKrbCredPart" }), (body) => {
    const infos = field(body, 0, "ticket-info");
    if (infos === null) return null;
    return within(infos, () => children(infos, "KrbCredInfo").map((info) => within(info, readCredInfo)));
  });
}

function readCredInfo(info: Tlv | null): KrbCredInfo {
  return {
    key: within(field(info, 0, "key"), readKey),
    prealm: derText(field(info, 1, "prealm")),
    pname: principal(info, 2, "pname"),
  };
}
