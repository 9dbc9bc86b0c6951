/**
 * The two ends of a protected conversation, made for tests: an NTLM handshake with any flags, and PDUs signed and
 * sealed as [MS-NLMP] 3.4 says, one after another.
 */

import { desl } from "../../../dissectors/crypto/des.js";
import { hmacMd5 } from "../../../dissectors/crypto/digest.js";
import { md4 } from "../../../dissectors/crypto/md4.js";
import { Rc4, rc4 } from "../../../dissectors/crypto/rc4.js";
import {
  has,
  NEGOTIATE_EXTENDED_SESSIONSECURITY,
  NEGOTIATE_KEY_EXCH,
  NEGOTIATE_LM_KEY,
  REQUEST_NON_NT_SESSION_KEY,
} from "../../../dissectors/ntlmssp/flags.js";
import {
  extendedChallenge,
  lmKeyExchangeKey,
  lmowfV1,
  ntowfV1,
  ntowfV2,
  ntProofStr,
  sealKey,
  signKey,
} from "../../../dissectors/ntlmssp/keys.js";
import { signExtended } from "../../../dissectors/ntlmssp/sealing.js";
import { concat } from "../../../dissectors/wire/bytes.js";
import type { SecurityContext } from "../../../src/rpc/security/context.js";
import type { ProtectedPdu } from "../../../src/rpc/security/session.js";
import {
  AV_EOL,
  authenticate,
  avPair,
  challenge,
  negotiate,
  ntlmv2Temp,
  u32,
  utf16,
} from "../ntlmssp/build.js";
import { signPlain } from "../ntlmssp/sign-plain.js";

const SESSION_KEY = Uint8Array.from({ length: 16 }, (_, i) => 0x40 + i);
const SERVER_CHALLENGE = Uint8Array.from({ length: 8 }, (_, i) => 0x10 + i);

export interface HandshakeOptions {
  user: string;
  domain: string;
  password: string;
  flags: number;
  response: "v2" | "v1" | "lm" | "anonymous";
  mic?: boolean;
}

export interface Handshake {
  messages: [Uint8Array, Uint8Array, Uint8Array];
  exportedKey: Uint8Array;
  flags: number;
}

export function handshake(o: HandshakeOptions): Handshake {
  const nt = ntowfV1(o.password);
  const lmHash = lmowfV1(o.password);
  const extended = has(o.flags, NEGOTIATE_EXTENDED_SESSIONSECURITY);
  const pairs = concat(avPair(1, utf16("SRV")), o.mic ? avPair(6, u32(2)) : new Uint8Array(0), AV_EOL);
  let lm: Uint8Array = new Uint8Array(24);
  let ntResponse: Uint8Array;
  let kx: Uint8Array;
  if (o.response === "anonymous") {
    [lm, ntResponse, kx] = [Uint8Array.of(0), new Uint8Array(0), new Uint8Array(16)];
  } else if (o.response === "v2") {
    const key = ntowfV2(nt, o.user, o.domain);
    const temp = ntlmv2Temp(pairs);
    const proof = ntProofStr(key, SERVER_CHALLENGE, temp);
    ntResponse = concat(proof, temp);
    kx = hmacMd5(key, proof);
  } else if (o.response === "lm") {
    lm = desl(lmHash!, SERVER_CHALLENGE);
    ntResponse = new Uint8Array(0);
    kx = lmKeyExchangeKey(o.flags, lmHash!, lm);
  } else if (extended) {
    lm = concat(new Uint8Array(8).fill(0xcc), new Uint8Array(16));
    ntResponse = desl(nt, extendedChallenge(SERVER_CHALLENGE, lm));
    kx = hmacMd5(md4(nt), SERVER_CHALLENGE, lm.subarray(0, 8));
  } else {
    lm = desl(lmHash ?? nt, SERVER_CHALLENGE);
    ntResponse = desl(nt, SERVER_CHALLENGE);
    const lmKey = has(o.flags, NEGOTIATE_LM_KEY | REQUEST_NON_NT_SESSION_KEY);
    kx = lmKey ? lmKeyExchangeKey(o.flags, lmHash!, lm) : md4(nt);
  }
  const exchanged = has(o.flags, NEGOTIATE_KEY_EXCH);
  const exportedKey = exchanged ? SESSION_KEY : kx;
  const first = negotiate(o.flags);
  const second = challenge(o.flags, SERVER_CHALLENGE, utf16("SRV"), pairs);
  const third = authenticate({
    lm,
    nt: ntResponse,
    user: utf16(o.response === "anonymous" ? "" : o.user),
    domain: utf16(o.response === "anonymous" ? "" : o.domain),
    workstation: utf16("WKS"),
    key: exchanged ? rc4(kx, SESSION_KEY) : new Uint8Array(0),
    flags: o.flags,
    mic: new Uint8Array(16),
  });
  if (o.mic) third.set(hmacMd5(exportedKey, first, second, third), 72);
  return { messages: [first, second, third], exportedKey, flags: o.flags };
}

/** Gives a context the three messages, as bind, bind_ack and auth3 would. */
export function introduce(context: SecurityContext, h: Handshake): void {
  h.messages.forEach((message, i) => {
    context.token(i !== 1, message, { headerSigning: true, frame: i + 1 });
  });
}

/** Seals and signs PDUs of both directions. */
export class Peer {
  readonly #flags: number;
  readonly #keys: { sign: Uint8Array | null; cipher: Rc4; seq: number }[];

  constructor(h: Pick<Handshake, "flags" | "exportedKey">, firstSeq = 0) {
    this.#flags = h.flags;
    this.#keys = (["client", "server"] as const).map((side) => ({
      sign: signKey(h.flags, h.exportedKey, side),
      cipher: new Rc4(sealKey(h.flags, h.exportedKey, side)),
      seq: firstSeq,
    }));
    // Without extended session security there is one key stream and one count for both.
    if (!has(h.flags, NEGOTIATE_EXTENDED_SESSIONSECURITY)) this.#keys[1] = this.#keys[0]!;
  }

  /** A PDU with a header of 24 bytes, this stub (padding included), a trailer of 8, and a signature. */
  pdu(fromClient: boolean, stub: Uint8Array, sealed = true): ProtectedPdu {
    const header = new Uint8Array(24);
    header.set([5, 0, fromClient ? 0 : 2, 3, 0x10, 0, 0, 0]);
    const trailer = Uint8Array.of(10, sealed ? 6 : 5, 0, 0, 0, 0, 0, 0);
    const side = this.#keys[fromClient ? 0 : 1]!;
    const body = Uint8Array.from(stub);
    if (sealed) side.cipher.apply(body);
    const clear = concat(header, stub, trailer);
    const cipher = has(this.#flags, NEGOTIATE_KEY_EXCH) ? side.cipher : null;
    const signature =
      side.sign === null
        ? signPlain(side.cipher, side.seq, stub)
        : signExtended(side.sign, cipher, side.seq, clear);
    side.seq++;
    const stubEnd = header.length + stub.length;
    return {
      fromClient,
      bytes: concat(header, body, trailer, signature),
      littleEndian: true,
      stubStart: header.length,
      stubEnd,
      trailerStart: stubEnd,
      tokenStart: stubEnd + trailer.length,
      frame: 1,
    };
  }
}
