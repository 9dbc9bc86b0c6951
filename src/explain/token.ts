/**
 * The fields of an auth_value: a token of a handshake with the tokens inside of it, or what protects one PDU.
 *
 * Not handled: what is enciphered in a token (tickets, authenticators); the signature of NTLM without extended session security,
 * which looks the same and is shown as one with it.
 */
import {
  AUTH_TYPE_KERBEROS,
  AUTH_TYPE_NETLOGON,
  AUTH_TYPE_SPNEGO,
} from "../../dissectors/dcerpc/security.js";
import { readGssToken } from "../../dissectors/kerberos/gss.js";
import { readKerberos } from "../../dissectors/kerberos/messages.js";
import { readNlAuthMessage } from "../../dissectors/netlogon/messages.js";
import { isNtlm, readNtlmMessage } from "../../dissectors/ntlmssp/messages.js";
import { readExtendedSignature } from "../../dissectors/ntlmssp/sealing.js";
import {
  isNegoEx,
  isSpnego,
  mechanismName,
  OID_KERBEROS,
  OID_KERBEROS_U2U,
  OID_MS_KERBEROS,
  OID_SPNEGO,
  readGssFrame,
  readSpnego,
} from "../../dissectors/spnego/tokens.js";
import { verifierMechanism } from "../../dissectors/spnego/verifier.js";
import type { Reader } from "../../dissectors/wire/reader.js";

const KERBEROS: readonly string[] = [OID_KERBEROS, OID_MS_KERBEROS, OID_KERBEROS_U2U];

/** Reads all of `r`. `verifies`: it stands behind a stub. Throws WireError where it is none of its kind. */
export function readToken(r: Reader, authType: number, verifies: boolean): void {
  if (verifies) readVerifier(r, authType);
  else if (authType === AUTH_TYPE_NETLOGON) r.part("NL_AUTH_MESSAGE", readNlAuthMessage, undefined);
  else readMechanism(r, authType === AUTH_TYPE_SPNEGO || authType === AUTH_TYPE_KERBEROS);
}

function readVerifier(r: Reader, authType: number): void {
  if (authType === AUTH_TYPE_NETLOGON) return;
  const mechanism = verifierMechanism(r.ahead().rest());
  if (mechanism === "ntlmssp") r.part("NTLMSSP_MESSAGE_SIGNATURE", readExtendedSignature, undefined);
  else if (mechanism === "kerberos") r.part("GSS-API token", readGssToken, undefined);
}

/** `framed`: SPNEGO or Kerberos, with their frames or without. */
function readMechanism(r: Reader, framed: boolean): void {
  const bytes = r.ahead().rest();
  if (isNtlm(bytes)) readNtlm(r);
  else if (framed && !isNegoEx(bytes)) {
    const mechanism = isFramed(bytes) ? (readGssFrame(r.ahead())?.mechanism ?? null) : null;
    if (mechanism === OID_SPNEGO || (mechanism === null && isSpnego(bytes)))
      r.part("SPNEGO", readNegotiation, undefined);
    else if (mechanism === null) r.part("Kerberos", readKerberos, undefined);
    else if (KERBEROS.includes(mechanism)) r.part("Kerberos", readFramed, undefined);
    else r.part(mechanismName(mechanism), readOther, undefined);
  }
}

function isFramed(bytes: Uint8Array): boolean {
  return bytes[0] === 0x60;
}

function readNtlm(r: Reader): void {
  r.part("NTLMSSP", readMessage, undefined);
}

function readMessage(r: Reader): void {
  readNtlmMessage(r);
}

function readNegotiation(r: Reader): void {
  readSpnego(r, (inner, field) => {
    if (field === "mechListMIC") readVerifier(inner, AUTH_TYPE_SPNEGO);
    else readMechanism(inner, true);
  });
}

function readFramed(r: Reader): void {
  const frame = readGssFrame(r);
  if (frame !== null) readKerberos(frame.inner);
}

function readOther(r: Reader): void {
  const frame = readGssFrame(r);
  if (frame !== null && isNtlm(frame.inner.ahead().rest())) readNtlm(frame.inner);
}
