/**
 * What a client answers to the server's challenge: [MS-NLMP] 2.2.2.3 LM_RESPONSE, 2.2.2.4 LMv2_RESPONSE,
 * 2.2.2.6 NTLM_RESPONSE, 2.2.2.7 NTLMv2_CLIENT_CHALLENGE, 2.2.2.8 NTLMv2_RESPONSE. The versions are not labelled:
 * they are distinguished by length and flags.
 */
import { WireError } from "../wire/errors.js";
import { readFileTime } from "../wire/file-time.js";
import type { Reader } from "../wire/reader.js";
import { type AvPair, readAvPairs } from "./av-pairs.js";
import { has, NEGOTIATE_EXTENDED_SESSIONSECURITY } from "./flags.js";

/** Length of a response of NTLM v1. */
const V1_LENGTH = 24;
/** NTProofStr and the fixed part of NTLMv2_CLIENT_CHALLENGE. */
const V2_FIXED = 16 + 28;

/**
 * - `ntlmv1_ess`: v1 with extended session security (the client's challenge travels in the LM response).
 * - `lm`: there is an LM response only.
 * - `malformed`: none of the lengths that occur.
 */
export type ResponseKind = "ntlmv2" | "ntlmv1" | "ntlmv1_ess" | "lm" | "anonymous" | "malformed";

/** [MS-NLMP] 2.2.2.7 NTLMv2_CLIENT_CHALLENGE. */
export interface ClientChallenge {
  RespType: number;
  HiRespType: number;
  /** [RFC 3339] in UTC. */
  TimeStamp: string;
  ChallengeFromClient: Uint8Array;
  AvPairs: AvPair[];
}

/** [MS-NLMP] 2.2.2.8 NTLMv2_RESPONSE. */
export interface Ntlmv2Response {
  /** NTProofStr. */
  Response: Uint8Array;
  /** The bytes that NTProofStr proves, with the server's challenge before them. */
  temp: Uint8Array;
  NTLMv2_CLIENT_CHALLENGE: ClientChallenge;
}

function allZero(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte === 0);
}

/** Distinguishes the versions. `flags` are the negotiated ones; `user` is the name as sent (empty for anonymous). */
export function responseKind(
  lm: Uint8Array | null,
  nt: Uint8Array | null,
  flags: number,
  user: string | null,
): ResponseKind {
  if (nt === null && lm === null) return "malformed";
  const ntLength = nt?.length ?? 0;
  const lmLength = lm?.length ?? 0;
  if (ntLength === 0) {
    if (lmLength === 0 || (lmLength === 1 && (user === null || user === ""))) return "anonymous";
    return lmLength === V1_LENGTH ? "lm" : "malformed";
  }
  if (ntLength > V1_LENGTH) return "ntlmv2";
  if (ntLength !== V1_LENGTH) return "malformed";
  const extended = has(flags, NEGOTIATE_EXTENDED_SESSIONSECURITY);
  return extended && lm !== null && lmLength === V1_LENGTH && allZero(lm.subarray(8))
    ? "ntlmv1_ess"
    : "ntlmv1";
}

/** [MS-NLMP] 2.2.2.8, all of `r`. Cut or lying parts leave a sentence in `faults`; null where not even the fixed part is there. */
export function readNtlmv2Response(r: Reader, faults: string[]): Ntlmv2Response | null {
  if (r.left < V2_FIXED) {
    faults.push(`NtChallengeResponse: ${r.left} bytes are too few for an NTLMv2 response`);
    return null;
  }
  try {
    const response = r.bytes(16, "Response");
    const temp = r.ahead().rest();
    const challenge = r.part("NTLMv2_CLIENT_CHALLENGE", readClientChallenge, faults);
    return { Response: response, temp, NTLMv2_CLIENT_CHALLENGE: challenge };
  } catch (fault) {
    if (!(fault instanceof WireError)) throw fault;
    faults.push(`NtChallengeResponse: ${fault.message}`);
    return null;
  }
}

/** [MS-NLMP] 2.2.2.7. */
function readClientChallenge(r: Reader, faults: string[]): ClientChallenge {
  const respType = r.u8("RespType");
  const hiRespType = r.u8("HiRespType");
  r.skip(2, "Reserved1");
  r.skip(4, "Reserved2");
  const timeStamp = readFileTime(r, "TimeStamp");
  const challenge = r.bytes(8, "ChallengeFromClient");
  r.skip(4, "Reserved3");
  if (respType !== 1 || hiRespType !== 1) {
    faults.push(`NTLMv2_CLIENT_CHALLENGE: RespType ${respType} and HiRespType ${hiRespType}, both must be 1`);
  }
  const pairs = r.part("AvPairs", readAvPairs, { faults, where: "NTLMv2_CLIENT_CHALLENGE.AvPairs" });
  // [MS-NLMP] 3.3.2 ends with four zeros.
  r.unread(r.left === 4 ? "Z" : "undecoded", r.offset, r.end);
  return {
    RespType: respType,
    HiRespType: hiRespType,
    TimeStamp: timeStamp,
    ChallengeFromClient: challenge,
    AvPairs: pairs,
  };
}

/**
 * An LmChallengeResponse, all of `r`: [MS-NLMP] 2.2.2.4 beside an NTLMv2 response, where it may be zeros as well (3.1.5.1.2);
 * the client's challenge with extended session security (3.3.1); else 2.2.2.3, which has no parts.
 */
export function readLmResponse(r: Reader, kind: ResponseKind): void {
  const parts = r.left === V1_LENGTH && !allZero(r.ahead().rest());
  if (parts && kind === "ntlmv2") {
    r.bytes(16, "Response");
    r.bytes(8, "ChallengeFromClient");
  } else if (parts && kind === "ntlmv1_ess") {
    r.bytes(8, "ClientChallenge");
    r.bytes(16, "Z");
  } else r.rest("Response");
}
