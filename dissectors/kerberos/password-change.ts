/**
 * Requests for a new password: the message of [RFC 3244] 2, its KRB-PRIV ([RFC 4120] 5.7.1) and what that holds (5.7.2).
 * Version 1 is a user's own change, 0xff80 sets a password, perhaps another's.
 *
 * Not handled: the answer.
 */
import { DER_SEQUENCE, derBytes, derText, field, readTlv } from "../wire/der.js";
import { malformed } from "../wire/errors.js";
import { Reader } from "../wire/reader.js";
import { utf8 } from "../wire/text.js";
import { applicationBody } from "./encrypted.js";
import {
  type ApReq,
  type EncryptedData,
  type PrincipalName,
  readEncrypted,
  readKerberos,
  readPrincipal,
} from "./messages.js";

export const USAGE_KRB_PRIV = 13;

const CHANGE = 1;
const SET = 0xff80;

/** [RFC 3244] 2: the request. */
export interface PasswordChange {
  version: number;
  ap_req: ApReq;
  /** Of the KRB-PRIV. */
  enc_part: EncryptedData;
}

/** What the request asks for. */
export interface NewPassword {
  password: string;
  /** Whose it is; null where it is the sender's own. */
  targname: PrincipalName | null;
  targrealm: string | null;
}

/** Throws WireError where the bytes are no such request. */
export function readPasswordChange(bytes: Uint8Array): PasswordChange {
  const whole = new Reader(bytes, false);
  const r = whole.fork().window(whole.u16(), "message length");
  r.skip(2);
  const version = r.u16();
  if (version !== CHANGE && version !== SET) throw malformed(`version ${version}`, 2, "protocol version");
  const request = readKerberos(r.bytes(r.u16()));
  const part = readEncrypted(field(applicationBody(r.rest(), 21), 3));
  if (request.msg !== "AP-REQ" || part === null) throw malformed("no request for a new password");
  return { version, ap_req: request, enc_part: part };
}

/** The opened KRB-PRIV of a request; null where it holds no password. Throws WireError where it is cut. */
export function readNewPassword(version: number, clear: Uint8Array): NewPassword | null {
  const data = derBytes(field(applicationBody(clear, 28), 0));
  if (data === null) return null;
  if (version === CHANGE) return { password: utf8(data), targname: null, targrealm: null };
  const sequence = readTlv(data);
  const password = sequence.tag === DER_SEQUENCE ? derBytes(field(sequence, 0)) : null;
  if (password === null) return null;
  return {
    password: utf8(password),
    targname: readPrincipal(field(sequence, 1)),
    targrealm: derText(field(sequence, 2)),
  };
}
