/**
 * What a client answers to the server's challenge: [MS-NLMP] 2.2.2.3 LM_RESPONSE, 2.2.2.4 LMv2_RESPONSE,
 * 2.2.2.6 NTLM_RESPONSE, 2.2.2.7 NTLMv2_CLIENT_CHALLENGE, 2.2.2.8 NTLMv2_RESPONSE. The versions are not labelled:
 * they are distinguished by length and flags.
 */
import { WireError } from "../wire/errors.js";
import { Reader } from "../wire/reader.js";
import { type AvPair, readAvPairs, readFileTime } from "./av-pairs.js";
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

/** [MS-NLMP] 2.2.2.8. Cut or lying parts leave a sentence in `faults`; null where not even the fixed part is there. */
export function readNtlmv2Response(bytes: Uint8Array, faults: string[]): Ntlmv2Response | null {
  if (bytes.length < V2_FIXED) {
    faults.push(`NtChallengeResponse: ${bytes.length} bytes are too few for an NTLMv2 response`);
    return null;
  }
  try {
    const r = new Reader(bytes, true, 0, bytes.length, "NtChallengeResponseLen");
    const response = r.bytes(16);
    const temp = r.fork().rest();
    const respType = r.u8();
    const hiRespType = r.u8();
    r.skip(2 + 4);
    const timeStamp = readFileTime(r);
    const challenge = r.bytes(8);
    r.skip(4);
    if (respType !== 1 || hiRespType !== 1) {
      faults.push(
        `NTLMv2_CLIENT_CHALLENGE: RespType ${respType} and HiRespType ${hiRespType}, both must be 1`,
      );
    }
    return {
      Response: response,
      temp,
      NTLMv2_CLIENT_CHALLENGE: {
        RespType: respType,
        HiRespType: hiRespType,
        TimeStamp: timeStamp,
        ChallengeFromClient: challenge,
        AvPairs: readAvPairs(r.rest(), faults, "NTLMv2_CLIENT_CHALLENGE.AvPairs"),
      },
    };
  } catch (fault) {
    if (!(fault instanceof WireError)) throw fault;
    faults.push(`NtChallengeResponse: ${fault.message}`);
    return null;
  }
}
