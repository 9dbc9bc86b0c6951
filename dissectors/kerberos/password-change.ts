/**
 * Requests for a new password: the message of [RFC 3244] 2, its KRB-PRIV ([RFC 4120] 5.7.1) and what that holds (5.7.2).
 * Version 1 is a user's own change, 0xff80 sets a password, perhaps another's.
 *
 * Not handled: the answer.
 */
import { DER_SEQUENCE, derBytes, derText, field, inside, isOctets, readTlv, within } from "../wire/der.js";
import { malformed } from "../wire/errors.js";
import type { Reader } from "../wire/reader.js";
import { utf8 } from "../wire/text.js";
import { type EncryptedData, encryptedData, noteType, type PrincipalName, principal } from "./basic.js";
import { applicationBody } from "./encrypted.js";
import { type ApReq, readKerberos } from "./messages.js";

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

/** All of `r`. Throws WireError where it is no such request. */
export function readPasswordChange(whole: Reader): PasswordChange {
  whole.littleEndian = false;
  const r = whole.fork().window(whole.ahead().u16(), "message length");
  r.u16("message length");
  const version = r.u16("protocol version number");
  if (version !== CHANGE && version !== SET) throw malformed(`version ${version}`, 2, "protocol version");
  const request = readKerberos(r.window(r.u16("AP_REQ length"), "AP_REQ length"));
  const part = within(applicationBody(r, { 21: "KRB-PRIV" }), (body) => {
    body?.r.also(noteType, { body, first: 0 });
    return encryptedData(body, 3, "enc-part");
  });
  if (request.msg !== "AP-REQ" || part === null) throw malformed("no request for a new password");
  return { version, ap_req: request, enc_part: part };
}

/** The opened KRB-PRIV of a request, all of `r`; null where it holds no password. Throws WireError where it is cut. */
export function readNewPassword(version: number, r: Reader): NewPassword | null {
  return within(applicationBody(r, { 28: "EncKrbPrivPart" }), (body) => {
    const data = field(body, 0, "user-data");
    if (!isOctets(data)) return null;
    if (version !== CHANGE) return inside(data, readChangePasswd, undefined);
    return { password: utf8(derBytes(data)!), targname: null, targrealm: null };
  });
}

/** [RFC 3244] 2 ChangePasswdData. */
function readChangePasswd(r: Reader): NewPassword | null {
  const sequence = readTlv(r, "ChangePasswdData");
  return within(sequence, () => {
    const password = sequence.tag === DER_SEQUENCE ? derBytes(field(sequence, 0, "newpasswd")) : null;
    if (password === null) return null;
    return {
      password: utf8(password),
      targname: principal(sequence, 1, "targname"),
      targrealm: derText(field(sequence, 2, "targrealm")),
    };
  });
}
