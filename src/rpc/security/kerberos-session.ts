/**
 * One Kerberos session: every message is opened by itself ([RFC 4121], [RFC 4757]), so a gap loses only what is in it.
 * Which of the handshake's keys protects messages, and whether headers are signed, the first signature shows.
 */
import {
  AES128_SHA1,
  AES128_SHA256,
  AES256_SHA1,
  AES256_SHA384,
  RC4_HMAC,
} from "../../../dissectors/kerberos/crypto.js";
import type { EncryptionKey } from "../../../dissectors/kerberos/encrypted.js";
import {
  type CfxToken,
  cfxMicHolds,
  cfxUnwrap,
  type DceMessage,
  type GssToken,
  type GssUnsealed,
  type Rc4Token,
  rc4MicHolds,
  rc4Sequence,
  rc4Unwrap,
  readGssToken,
} from "../../../dissectors/kerberos/gss.js";
import { WireError } from "../../../dissectors/wire/errors.js";
import { Reader } from "../../../dissectors/wire/reader.js";
import type { Note } from "../../events.js";
import type { Proof, SecretEntry } from "./key-report.js";
import type { AccountIdentity, ProtectedPdu, Session, Unsealed } from "./session.js";

/** PDUs that no guessed key opens before all are given up: one may have been altered on the way. */
const MAX_VAIN_PDUS = 3;

/** A key that may protect messages. `etype` is null for one given without its type: its length leaves a few. */
export interface MessageKey {
  etype: number | null;
  key: Uint8Array;
  role: "acceptor" | "initiator" | "session" | "given";
  secret: SecretEntry;
}

interface SequenceState {
  name: string;
  next: number | null;
  gap: boolean;
}

export class KerberosSession implements Session {
  readonly identity: AccountIdentity;
  refuted = false;
  /** Called once, when a signature has held for the first time under a key that nothing else had proved. */
  readonly #onProof: (secret: SecretEntry, proof: Proof) => void;
  #keys: (MessageKey & EncryptionKey)[];
  #proven = false;
  #vain = 0;
  #whole: boolean | null = null;
  readonly #client: SequenceState = { name: "client", next: null, gap: false };
  readonly #server: SequenceState = { name: "server", next: null, gap: false };
  #notes: Note[] = [];

  /** `certain`: the keys come from an opened ticket; else one of them may be right. */
  constructor(
    keys: readonly MessageKey[],
    certain: boolean,
    identity: AccountIdentity,
    onProof: (secret: SecretEntry, proof: Proof) => void,
  ) {
    this.#keys = keys.flatMap((k) => etypesOf(k).map((etype) => ({ ...k, etype })));
    this.#proven = certain;
    this.identity = identity;
    this.#onProof = onProof;
  }

  lost(fromClient: boolean): void {
    (fromClient ? this.#client : this.#server).gap = true;
  }

  takeNotes(): Note[] {
    const taken = this.#notes;
    if (taken.length > 0) this.#notes = [];
    return taken;
  }

  open(pdu: ProtectedPdu, sealed: boolean, headerSigning: boolean): Unsealed | null {
    const undecryptable: Unsealed = {
      stub: sealed ? null : pdu.bytes.subarray(pdu.stubStart, pdu.stubEnd),
      verified: false,
      decrypted: sealed ? false : null,
    };
    let token: GssToken;
    try {
      const { bytes, tokenStart } = pdu;
      token = readGssToken(new Reader(bytes, false, tokenStart, bytes.length, "auth_length"));
    } catch (fault) {
      if (!(fault instanceof WireError)) throw fault;
      this.#bad(pdu, `its verifier is not a Kerberos token (${fault.message})`);
      return undecryptable;
    }
    const message: DceMessage = {
      before: pdu.bytes.subarray(0, pdu.stubStart),
      stub: pdu.bytes.subarray(pdu.stubStart, pdu.stubEnd),
      after: pdu.bytes.subarray(pdu.stubEnd, pdu.tokenStart),
    };
    let best: Uint8Array | null = null;
    for (const key of this.#order(token)) {
      // What held before comes first; it changes when another context of the connection agrees to sign headers.
      const likely = this.#whole ?? headerSigning;
      for (const whole of [likely, !likely]) {
        const opened = openWith(token, key, message, whole);
        best ??= opened.stub;
        if (opened.holds) {
          this.#accept(key, whole);
          this.#sequence(pdu, token, key);
          return { stub: opened.stub, verified: true, decrypted: sealed ? true : null };
        }
      }
    }
    if (!this.#proven) {
      this.#vain++;
      this.refuted = this.#vain >= MAX_VAIN_PDUS;
      return null;
    }
    this.#bad(pdu, "its signature is wrong");
    if (sealed && best !== null) return { stub: best, verified: false, decrypted: true };
    return undecryptable;
  }

  /** The key that held last comes first; before that, the token's flags say which of the sub-keys is meant. */
  #order(token: GssToken): readonly (MessageKey & EncryptionKey)[] {
    const acceptor = "acceptorSubkey" in token && token.acceptorSubkey;
    const rank = (k: MessageKey): number =>
      k.role === "given" ? 1 : (k.role === "acceptor") === acceptor ? 0 : 2;
    return this.#whole !== null ? this.#keys : [...this.#keys].sort((a, b) => rank(a) - rank(b));
  }

  #accept(key: MessageKey & EncryptionKey, whole: boolean): void {
    if (this.#whole === whole && this.#keys[0] === key) return;
    this.#whole = whole;
    const first = !this.#proven;
    this.#keys = first ? [key] : [key, ...this.#keys.filter((k) => k !== key)];
    this.#proven = true;
    if (first) this.#onProof(key.secret, "signature");
  }

  #sequence(pdu: ProtectedPdu, token: GssToken, key: EncryptionKey): void {
    const seq = "SGN_CKSUM" in token ? rc4Sequence(token, key.key).seq : token.SND_SEQ;
    const d = pdu.fromClient ? this.#client : this.#server;
    const ahead = d.next === null ? 0 : (seq - d.next) | 0;
    if (ahead < 0) {
      this.#note(
        "sequence-repeated",
        `sequence number ${seq} from the ${d.name} was repeated, expected ${d.next}`,
      );
      return;
    }
    if (ahead > 0 && !d.gap) {
      this.#note("sequence-skipped", `sequence number ${seq} from the ${d.name} instead of ${d.next}`);
    }
    d.next = (seq + 1) >>> 0;
    d.gap = false;
  }

  #bad(pdu: ProtectedPdu, why: string): void {
    this.#note("bad-signature", `a PDU from the ${pdu.fromClient ? "client" : "server"}: ${why}`);
  }

  #note(code: string, message: string): void {
    this.#notes.push({ severity: "warning", code, message });
  }
}

function etypesOf(key: MessageKey): number[] {
  if (key.etype !== null) return [key.etype];
  return key.key.length === 32 ? [AES256_SHA1, AES256_SHA384] : [AES128_SHA1, RC4_HMAC, AES128_SHA256];
}

function openWith(token: GssToken, key: EncryptionKey, message: DceMessage, whole: boolean): GssUnsealed {
  if ("SGN_CKSUM" in token) return openRc4(token, key, message, whole);
  return openCfx(token, key, message, whole);
}

function openCfx(
  token: CfxToken,
  { etype, key }: EncryptionKey,
  message: DceMessage,
  whole: boolean,
): GssUnsealed {
  if (etype === RC4_HMAC) return { holds: false, stub: null };
  if (token.form === "cfx-wrap") return cfxUnwrap(token, etype, key, message, whole);
  const holds = cfxMicHolds(token, etype, key, message, whole);
  return { holds, stub: holds ? message.stub : null };
}

function openRc4(
  token: Rc4Token,
  { etype, key }: EncryptionKey,
  message: DceMessage,
  whole: boolean,
): GssUnsealed {
  if (etype !== RC4_HMAC) return { holds: false, stub: null };
  if (token.form === "rc4-wrap") return rc4Unwrap(token, key, message, whole);
  const holds = rc4MicHolds(token, key, message, whole);
  return { holds, stub: holds ? message.stub : null };
}
