/**
 * Forwarded credentials: the checksum that the GSS-API puts into an authenticator, [RFC 4121] 4.1.1; the KRB-CRED in it,
 * [RFC 4120] 5.8.1; and what that holds under its key, 5.8.2.
 *
 * Not handled: channel bindings and the extensions behind them.
 */
import { children, derText, field } from "../wire/der.js";
import { Reader } from "../wire/reader.js";
import { applicationBody, type Checksum, type EncryptionKey, readKey } from "./encrypted.js";
import {
  type EncryptedData,
  type PrincipalName,
  readEncrypted,
  readPrincipal,
  readTicket,
  type Ticket,
} from "./messages.js";

export const USAGE_KRB_CRED = 14;
/** The etype of what is not encrypted at all, as old senders write it. */
export const ETYPE_NULL = 0;

const GSS_CHECKSUM = 0x8003;
const GSS_C_DELEG_FLAG = 1;
const BINDINGS = 16;

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
  const r = new Reader(checksum, true, 0, checksum.length, "checksum");
  if (r.u32() !== BINDINGS) return null; // Lgth
  r.skip(BINDINGS); // Bnd
  if ((r.u32() & GSS_C_DELEG_FLAG) === 0) return null; // Flags
  r.skip(2); // DlgOpt
  return r.bytes(r.u16()); // Dlgth, Deleg
}

/** Null where the bytes are no KRB-CRED. */
export function readKrbCred(bytes: Uint8Array): KrbCred | null {
  const body = applicationBody(bytes, 22);
  const tickets = field(body, 2);
  if (body === null || tickets === null) return null;
  return { tickets: children(tickets).map(readTicket), enc_part: readEncrypted(field(body, 3)) };
}

/** [RFC 4120] 5.8.2 EncKrbCredPart: what is said of each ticket, in their order. */
export function readEncKrbCredPart(clear: Uint8Array): KrbCredInfo[] | null {
  const infos = field(applicationBody(clear, 29), 0);
  if (infos === null) return null;
  return children(infos).map((info) => ({
    key: readKey(field(info, 0)),
    prealm: derText(field(info, 1)),
    pname: readPrincipal(field(info, 2)),
  }));
}
