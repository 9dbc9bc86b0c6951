/** Which mechanism a per-message verifier is of, for a connection whose negotiation was not captured. */
import { derApplication } from "../wire/der.js";

const NTLM_SIGNATURE_LENGTH = 16;

/**
 * [MS-NLMP] 2.2.2.9: 16 bytes that begin with version 1. [RFC 4121] 4.2.6: 04 04 or 05 04. [RFC 1964] 1.1: a GSS-API
 * frame. Null for anything else.
 */
export function verifierMechanism(verifier: Uint8Array): "ntlmssp" | "kerberos" | null {
  const [a, b, c, d] = verifier;
  if (verifier.length === NTLM_SIGNATURE_LENGTH && a === 1 && b === 0 && c === 0 && d === 0) return "ntlmssp";
  if ((a === 0x04 || a === 0x05) && b === 0x04) return "kerberos";
  return a === derApplication(0) ? "kerberos" : null;
}
