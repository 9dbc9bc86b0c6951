/**
 * Keys of NTLM: from a password to what signs and seals. [MS-NLMP] 3.3.1 and 3.3.2 (one-way functions, responses),
 * 3.4.5 (KXKEY, SIGNKEY, SEALKEY).
 *
 * Not handled: LM hashes of passwords outside ASCII (their code page is unknown), sessions proved by an LMv2 response
 * alone, datagram sessions.
 */
import { des, desl } from "../crypto/des.js";
import { hmacMd5, md5 } from "../crypto/digest.js";
import { md4 } from "../crypto/md4.js";
import { rc4 } from "../crypto/rc4.js";
import { concat, sameBytes } from "../wire/bytes.js";
import { latin1Bytes, utf16Bytes } from "../wire/text.js";
import {
  has,
  NEGOTIATE_56,
  NEGOTIATE_128,
  NEGOTIATE_DATAGRAM,
  NEGOTIATE_EXTENDED_SESSIONSECURITY,
  NEGOTIATE_KEY_EXCH,
  NEGOTIATE_LM_KEY,
  NEGOTIATE_SEAL,
  NEGOTIATE_SIGN,
  REQUEST_NON_NT_SESSION_KEY,
} from "./flags.js";
import type { AuthenticateMessage, Version } from "./messages.js";

const KEY_LENGTH = 16;
const LM_PASSWORD_LENGTH = 14;
const NTLMSSP_REVISION_W2K3 = 0x0f;
const LM_CONSTANT = latin1Bytes("KGS!@#$%");

/** What stands for a password: its NT hash, and its LM hash where there is one. */
export interface Hashes {
  nt: Uint8Array;
  lm: Uint8Array | null;
}

/** Which end of the connection a key belongs to. */
export type Side = "client" | "server";

/** Upper case as Windows does it: one code unit to one, so that `ß` stays what it is. */
function upperCase(text: string): string {
  let out = "";
  for (let i = 0; i < text.length; i++) {
    const unit = text[i]!;
    const upper = unit.toUpperCase();
    out += upper.length === 1 ? upper : unit;
  }
  return out;
}

/** [MS-NLMP] 3.3.1 NTOWFv1. */
export function ntowfV1(password: string): Uint8Array {
  return md4(utf16Bytes(password));
}

/** [MS-NLMP] 3.3.1 LMOWFv1; null where the password has none (more than 14 characters, or not ASCII). */
export function lmowfV1(password: string): Uint8Array | null {
  if (password.length > LM_PASSWORD_LENGTH || [...password].some((c) => c.charCodeAt(0) > 0x7f)) return null;
  const padded = new Uint8Array(LM_PASSWORD_LENGTH);
  padded.set(latin1Bytes(password.toUpperCase()));
  return concat(des(padded.subarray(0, 7), LM_CONSTANT), des(padded.subarray(7), LM_CONSTANT));
}

/** [MS-NLMP] 3.3.2 NTOWFv2 and LMOWFv2, from the NT hash. */
export function ntowfV2(ntHash: Uint8Array, user: string, domain: string): Uint8Array {
  return hmacMd5(ntHash, utf16Bytes(upperCase(user) + domain));
}

/** [MS-NLMP] 3.3.2 NTProofStr. */
export function ntProofStr(
  responseKey: Uint8Array,
  serverChallenge: Uint8Array,
  temp: Uint8Array,
): Uint8Array {
  return hmacMd5(responseKey, serverChallenge, temp);
}

/** The challenge that an NTLM v1 response with extended session security answers ([MS-NLMP] 3.3.1). */
export function extendedChallenge(serverChallenge: Uint8Array, lmResponse: Uint8Array): Uint8Array {
  return md5(serverChallenge, lmResponse.subarray(0, 8)).subarray(0, 8);
}

/**
 * Whether the hashes made the responses of this message; if so, the key exchange key ([MS-NLMP] 3.4.5.1). An LM
 * session key that cannot be computed for want of an LM hash gives `"no-lm-hash"`. `flags` are the negotiated ones.
 */
export function keyExchangeKey(
  message: AuthenticateMessage,
  flags: number,
  serverChallenge: Uint8Array,
  hashes: Hashes,
): Uint8Array | "no-lm-hash" | null {
  const { kind, LmChallengeResponse: lm, NtChallengeResponse: nt, ntlmv2 } = message;
  if (kind === "anonymous") return new Uint8Array(KEY_LENGTH);
  if (kind === "ntlmv2") {
    if (ntlmv2 === null) return null;
    for (const domain of domainForms(message.DomainName ?? "")) {
      const key = ntowfV2(hashes.nt, message.UserName ?? "", domain);
      if (sameBytes(ntProofStr(key, serverChallenge, ntlmv2.temp), ntlmv2.Response)) {
        return hmacMd5(key, ntlmv2.Response);
      }
    }
    return null;
  }
  if (kind === "ntlmv1_ess" && lm !== null && nt !== null) {
    if (!sameBytes(desl(hashes.nt, extendedChallenge(serverChallenge, lm)), nt)) return null;
    return hmacMd5(md4(hashes.nt), serverChallenge, lm.subarray(0, 8));
  }
  if (kind === "ntlmv1" && nt !== null) {
    if (!sameBytes(desl(hashes.nt, serverChallenge), nt)) return null;
    const wantsLm = !has(flags, NEGOTIATE_EXTENDED_SESSIONSECURITY);
    if (wantsLm && has(flags, NEGOTIATE_LM_KEY | REQUEST_NON_NT_SESSION_KEY)) {
      return hashes.lm === null || lm === null ? "no-lm-hash" : lmKeyExchangeKey(flags, hashes.lm, lm);
    }
    return md4(hashes.nt);
  }
  if (kind === "lm" && lm !== null) {
    if (hashes.lm === null) return "no-lm-hash";
    return sameBytes(desl(hashes.lm, serverChallenge), lm) ? lmKeyExchangeKey(flags, hashes.lm, lm) : null;
  }
  return null;
}

/** [MS-NLMP] 3.4.5.1, where the LM hash is the base: with NTLMSSP_NEGOTIATE_LM_KEY, or the hash's first half. */
export function lmKeyExchangeKey(flags: number, lmHash: Uint8Array, lmResponse: Uint8Array): Uint8Array {
  if (!has(flags, NEGOTIATE_LM_KEY)) return concat(lmHash.subarray(0, 8), new Uint8Array(8));
  const second = new Uint8Array(7).fill(0xbd);
  second[0] = lmHash[7]!;
  return concat(des(lmHash.subarray(0, 7), lmResponse), des(second, lmResponse));
}

/** As sent first; some clients compute with the name in capitals, or with none. */
function domainForms(domain: string): Set<string> {
  return new Set([domain, upperCase(domain), ""]);
}

/** [MS-NLMP] 3.1.5.1.2: the client's random key where keys were exchanged, else the key exchange key itself. */
export function exportedSessionKey(
  flags: number,
  kxKey: Uint8Array,
  encryptedRandomSessionKey: Uint8Array | null,
): Uint8Array {
  const exchanged = has(flags, NEGOTIATE_KEY_EXCH) && has(flags, NEGOTIATE_SIGN | NEGOTIATE_SEAL);
  if (!exchanged || encryptedRandomSessionKey?.length !== KEY_LENGTH) return kxKey;
  return rc4(kxKey, encryptedRandomSessionKey);
}

/** [MS-NLMP] 3.1.5.1.2: whether the exported session key makes the MIC of the last message. */
export function micHolds(
  exportedKey: Uint8Array,
  negotiate: Uint8Array,
  challenge: Uint8Array,
  authenticate: Uint8Array,
  micOffset: number,
): boolean {
  const blank = Uint8Array.from(authenticate);
  blank.fill(0, micOffset, micOffset + KEY_LENGTH);
  const mic = authenticate.subarray(micOffset, micOffset + KEY_LENGTH);
  return sameBytes(hmacMd5(exportedKey, negotiate, challenge, blank), mic);
}

const DIRECTION: { readonly [side in Side]: string } = {
  client: "client-to-server",
  server: "server-to-client",
};

/** [MS-NLMP] 3.4.5.2 SIGNKEY; null without extended session security. */
export function signKey(flags: number, exportedKey: Uint8Array, side: Side): Uint8Array | null {
  if (!has(flags, NEGOTIATE_EXTENDED_SESSIONSECURITY)) return null;
  return md5(exportedKey, latin1Bytes(`session key to ${DIRECTION[side]} signing key magic constant\0`));
}

/** [MS-NLMP] 3.4.5.3 SEALKEY. `version` is the sender's, which matters for datagrams only. */
export function sealKey(
  flags: number,
  exportedKey: Uint8Array,
  side: Side,
  version: Version | null = null,
): Uint8Array {
  if (has(flags, NEGOTIATE_EXTENDED_SESSIONSECURITY)) {
    const length = has(flags, NEGOTIATE_128) ? KEY_LENGTH : has(flags, NEGOTIATE_56) ? 7 : 5;
    const constant = latin1Bytes(`session key to ${DIRECTION[side]} sealing key magic constant\0`);
    return md5(exportedKey.subarray(0, length), constant);
  }
  const datagram =
    has(flags, NEGOTIATE_DATAGRAM) && (version?.NTLMRevisionCurrent ?? 0) >= NTLMSSP_REVISION_W2K3;
  if (!has(flags, NEGOTIATE_LM_KEY) && !datagram) return exportedKey;
  if (has(flags, NEGOTIATE_56)) return concat(exportedKey.subarray(0, 7), Uint8Array.of(0xa0));
  return concat(exportedKey.subarray(0, 5), Uint8Array.of(0xe5, 0x38, 0xb0));
}
