/**
 * The sealing and signing state of one NTLM session: key streams, sequence numbers, and what happens to them when
 * PDUs are bad, repeated, skipped or missing ([MS-NLMP] 3.4). One instance holds one key that may be right.
 *
 * With extended session security each direction has its own state and the sequence number travels in the clear;
 * without, both directions share one key stream, and a signature is a CRC under it.
 */

import { Rc4 } from "../../../dissectors/crypto/rc4.js";
import {
  has,
  NEGOTIATE_EXTENDED_SESSIONSECURITY,
  NEGOTIATE_KEY_EXCH,
  NEGOTIATE_SEAL,
  NEGOTIATE_SIGN,
} from "../../../dissectors/ntlmssp/flags.js";
import { sealKey, signKey } from "../../../dissectors/ntlmssp/keys.js";
import {
  type ExtendedSignature,
  extendedChecksum,
  isDummySignature,
  openPlainSignature,
  readExtendedSignature,
  SIGNATURE_LENGTH,
} from "../../../dissectors/ntlmssp/sealing.js";
import { indexOfBytes, sameBytes } from "../../../dissectors/wire/bytes.js";
import { Reader } from "../../../dissectors/wire/reader.js";
import type { Note } from "../../events.js";
import type { ProtectedPdu, Unsealed } from "./session.js";

/**
 * Bytes that may be worked through, for each direction, in search of a key stream's place after PDUs were lost:
 * well under a second. A place is believed only where a 64-bit checksum holds.
 */
const MAX_RESYNC_WORK = 16 * 1024 * 1024;
/** Bytes of key stream looked at for one signature over clear text. */
const RESYNC_STREAM = 1024 * 1024;
/** Messages in a row that do not hold, though their numbers are right, before the key stream is given up. */
const MAX_BAD_IN_A_ROW = 3;
/** What one try costs beside its bytes, in the same measure. */
const RESYNC_TRY = 1024;
/** What the stub's padding makes of the sizes that may be missing. */
const RESYNC_STEP = 4;
const CHECKSUM_LENGTH = 8;

/** What all sessions of a run may still spend on searches, whatever the capture claims. */
export interface SearchBudget {
  left: number;
}

/** What one direction remembers. */
class Direction {
  readonly name: string;
  readonly signingKey: Uint8Array | null;
  /** Stands behind the last message that held. */
  readonly cipher: Rc4;
  /** The next sequence number; null before the first message. */
  next: number | null = null;
  /** Messages that held. */
  good = 0;
  /** Messages in a row that did not. */
  bad = 0;
  /** A gap was reported: what follows may be out of step. */
  gap = false;
  lost = false;
  /** Bytes of key stream surely spent since `cipher`, while lost. */
  spent = 0;
  /** What searches of this direction may still cost. */
  search = MAX_RESYNC_WORK;

  constructor(name: string, signingKey: Uint8Array | null, sealingKey: Uint8Array) {
    this.name = name;
    this.signingKey = signingKey;
    this.cipher = new Rc4(sealingKey);
  }
}

/** A PDU with what its opening needs; `message` is a copy in which the stub is decrypted. */
interface Work {
  pdu: ProtectedPdu;
  sealed: boolean;
  token: Uint8Array;
  message: Uint8Array;
}

/** The verifier, to be read as a signature. */
function signatureOf({ token }: Work): Reader {
  return new Reader(token, true, 0, token.length, "auth_length");
}

export class NtlmSession {
  readonly #extended: boolean;
  readonly #exchanged: boolean;
  readonly #signs: boolean;
  readonly #client: Direction;
  readonly #server: Direction;
  /** Without extended session security: the key stream and numbering that both directions share. */
  readonly #shared: Direction;
  /** Whether both directions share one RC4 key stream; null while either reading fits. */
  #isShared: boolean | null = null;
  readonly #budget: SearchBudget;
  #notes: Note[] = [];
  /** Says that the cipher state went missing, and why. */
  onLost: (message: string) => void = () => {};

  constructor(flags: number, exportedKey: Uint8Array, budget: SearchBudget) {
    this.#budget = budget;
    this.#extended = has(flags, NEGOTIATE_EXTENDED_SESSIONSECURITY);
    this.#exchanged = has(flags, NEGOTIATE_KEY_EXCH);
    this.#signs = has(flags, NEGOTIATE_SIGN | NEGOTIATE_SEAL);
    const direction = (name: string, side: "client" | "server"): Direction =>
      new Direction(name, signKey(flags, exportedKey, side), sealKey(flags, exportedKey, side));
    this.#client = direction("client", "client");
    this.#server = direction("server", "server");
    this.#shared = direction("connection", "client");
  }

  /** Whether any message has held so far. */
  get proven(): boolean {
    return this.#client.good + this.#server.good + this.#shared.good > 0;
  }

  lost(fromClient: boolean): void {
    (fromClient ? this.#client : this.#server).gap = true;
    this.#shared.gap = true;
  }

  takeNotes(): Note[] {
    const taken = this.#notes;
    if (taken.length > 0) this.#notes = [];
    return taken;
  }

  open(pdu: ProtectedPdu, sealed: boolean): Unsealed {
    const token = pdu.bytes.subarray(pdu.tokenStart, pdu.tokenStart + SIGNATURE_LENGTH);
    const work: Work = {
      pdu,
      sealed,
      token,
      message: Uint8Array.from(pdu.bytes.subarray(0, pdu.tokenStart)),
    };
    if (token.length < SIGNATURE_LENGTH) {
      this.#bad(pdu, `its verifier of ${token.length} bytes is shorter than a signature`);
      return this.#undecryptable(work, false);
    }
    if (!this.#signs && isDummySignature(token)) return this.#undecryptable(work, null);
    return this.#extended ? this.#openExtended(work) : this.#openPlain(work);
  }

  #openExtended(work: Work): Unsealed {
    const { pdu, sealed } = work;
    const d = pdu.fromClient ? this.#client : this.#server;
    const signature = readExtendedSignature(signatureOf(work));
    if (d.lost) return this.#openLost(work, d, signature);
    const expected = d.next;
    const cipher = d.cipher.clone();
    if (this.#attempt(work, d, cipher, signature, signature.SeqNum)) {
      if (expected !== null && signature.SeqNum !== expected) this.#outOfOrder(d, expected, signature.SeqNum);
      // A replayed message does not turn the count back.
      if (expected === null || signature.SeqNum >= expected) this.#advance(d, cipher, signature.SeqNum);
      return this.#good(work);
    }
    const usesCipher = sealed || this.#exchanged;
    if (expected === null) {
      // Some peers let the key stream run on after the mechListMIC.
      const after = d.cipher.clone();
      after.skip(CHECKSUM_LENGTH);
      if (usesCipher && this.#attempt(work, d, after, signature, signature.SeqNum)) {
        this.#advance(d, after, signature.SeqNum);
        return this.#good(work);
      }
      if (usesCipher && signature.SeqNum > 1) return this.#lose(work, d, signature, signature.SeqNum);
    } else if (signature.SeqNum !== expected) {
      const altered = d.cipher.clone();
      if (this.#attempt(work, d, altered, signature, expected)) {
        this.#bad(pdu, `its sequence number was altered: ${signature.SeqNum} instead of ${expected}`);
        this.#advance(d, altered, expected);
        return { ...this.#good(work), verified: false };
      }
      if (signature.SeqNum < expected) {
        this.#outOfOrder(d, expected, signature.SeqNum);
        return this.#undecryptable(work, false);
      }
      if (usesCipher) {
        if (!d.gap) this.#outOfOrder(d, expected, signature.SeqNum);
        return this.#lose(work, d, signature, signature.SeqNum - expected);
      }
    } else if (usesCipher && d.bad + 1 >= MAX_BAD_IN_A_ROW) {
      return this.#lose(work, d, signature, 0);
    }
    return this.#tampered(work, d, cipher, signature.SeqNum);
  }

  /**
   * In step by its number, and yet it does not hold: altered on the way. The key stream goes on by its size, so that
   * the next one opens. Its stub is shown where the stream was right so far.
   */
  #tampered(work: Work, d: Direction, cipher: Rc4, seq: number): Unsealed {
    this.#bad(work.pdu, "its signature is wrong");
    const inStep = d.good > 0 && d.bad === 0;
    d.bad++;
    d.next = seq + 1;
    this.#decrypt(work, d.cipher.clone());
    d.cipher.copyFrom(cipher);
    if (!inStep) return this.#undecryptable(work, false);
    return { stub: this.#stub(work), verified: false, decrypted: work.sealed ? true : null };
  }

  #decrypt(work: Work, cipher: Rc4): void {
    const { pdu, message, sealed } = work;
    if (!sealed) return;
    message.set(pdu.bytes.subarray(pdu.stubStart, pdu.stubEnd), pdu.stubStart);
    cipher.apply(message, pdu.stubStart, pdu.stubEnd);
  }

  /** Decrypts at this place of the key stream and says whether the signature holds there. */
  #attempt(work: Work, d: Direction, cipher: Rc4, signature: ExtendedSignature, seq: number): boolean {
    this.#decrypt(work, cipher);
    const checksum = Uint8Array.from(signature.Checksum);
    if (this.#exchanged) cipher.apply(checksum);
    // Header and trailer are signed whether header signing was agreed or not; some senders sign the stub alone.
    return (
      sameBytes(extendedChecksum(d.signingKey!, seq, work.message), checksum) ||
      sameBytes(extendedChecksum(d.signingKey!, seq, this.#stub(work)), checksum)
    );
  }

  #advance(d: Direction, cipher: Rc4, seq: number): void {
    d.cipher.copyFrom(cipher);
    d.next = seq + 1;
    d.good++;
    d.bad = 0;
    d.gap = false;
    d.lost = false;
    d.spent = 0;
  }

  /** The key stream is out of step: says so once, and looks for its place. */
  #lose(work: Work, d: Direction, signature: ExtendedSignature, missing: number): Unsealed {
    d.lost = true;
    const count =
      missing > 0 ? `${missing} message${missing === 1 ? "" : "s"}` : "an unknown number of messages";
    const opened = this.#openLost(work, d, signature);
    const message = `${count} from the ${d.name} missing before this one: the RC4 key stream is out of sync`;
    const found = opened.verified === true;
    this.#note(
      found ? "info" : "warning",
      "cipher-state-lost",
      found
        ? `${message}; its position was recovered by the signature`
        : `${message}, what follows stays encrypted`,
    );
    if (!found) this.onLost(message);
    return opened;
  }

  /** Tries the places of the key stream that the lost messages may have moved it to, within the limits. */
  #openLost(work: Work, d: Direction, signature: ExtendedSignature): Unsealed {
    const { pdu, sealed } = work;
    const size = (sealed ? pdu.stubEnd - pdu.stubStart : 0) + (this.#exchanged ? CHECKSUM_LENGTH : 0);
    const found = sealed ? this.#search(work, d, signature, size) : this.#searchClear(work, d, signature);
    if (found !== null) {
      this.#advance(d, found, signature.SeqNum);
      return this.#good(work);
    }
    d.spent += size;
    return this.#undecryptable(work, null);
  }

  #search(work: Work, d: Direction, signature: ExtendedSignature, size: number): Rc4 | null {
    const place = d.cipher.clone();
    place.skip(d.spent);
    const cost = RESYNC_TRY + size + work.message.length;
    // Half of what is left, so that a later and luckier message has its turn.
    const tries = Math.floor(Math.min(d.search / 2, this.#budget.left) / cost);
    for (let i = 0; i < tries; i++) {
      this.#charge(d, cost);
      const cipher = place.clone();
      if (this.#attempt(work, d, cipher, signature, signature.SeqNum)) return cipher;
      place.skip(RESYNC_STEP);
    }
    return null;
  }

  #charge(d: Direction, cost: number): void {
    d.search -= cost;
    this.#budget.left -= cost;
  }

  /** The text is clear: its checksum is known, and so are eight bytes of the key stream. */
  #searchClear(work: Work, d: Direction, signature: ExtendedSignature): Rc4 | null {
    if (!this.#exchanged || RESYNC_STREAM > Math.min(d.search, this.#budget.left)) return null;
    this.#charge(d, RESYNC_STREAM);
    const wanted = [work.message, this.#stub(work)].map((covered) =>
      extendedChecksum(d.signingKey!, signature.SeqNum, covered).map((o, i) => o ^ signature.Checksum[i]!),
    );
    const stream = new Uint8Array(RESYNC_STREAM);
    const cipher = d.cipher.clone();
    cipher.skip(d.spent);
    cipher.apply(stream);
    for (const eight of wanted) {
      const at = indexOfBytes(stream, eight);
      if (at < 0) continue;
      const found = d.cipher.clone();
      found.skip(d.spent + at + CHECKSUM_LENGTH);
      return found;
    }
    return null;
  }

  /** Without extended session security: the shared key stream is tried, then one of the direction's own. */
  #openPlain(work: Work): Unsealed {
    const own = work.pdu.fromClient ? this.#client : this.#server;
    const states = this.#isShared === null ? [this.#shared, own] : [this.#isShared ? this.#shared : own];
    const fits: Direction[] = [];
    let stub: Uint8Array | null = null;
    for (const d of states) {
      if (d.lost) continue;
      const cipher = d.cipher.clone();
      this.#decrypt(work, cipher);
      const { crcHolds, SeqNum } = openPlainSignature(signatureOf(work), cipher);
      if (!crcHolds(this.#stub(work)) && !crcHolds(work.message)) continue;
      if (d.next !== null && SeqNum !== d.next && SeqNum !== own.next && fits.length === 0) {
        this.#outOfOrder(own, own.next ?? d.next, SeqNum);
      }
      stub ??= Uint8Array.from(this.#stub(work));
      this.#advance(d, cipher, SeqNum);
      fits.push(d);
    }
    if (fits.length === 1 && states.length === 2) this.#isShared = fits[0] === this.#shared;
    if (stub !== null) {
      own.next = fits[0]!.next;
      return { stub, verified: true, decrypted: work.sealed ? true : null };
    }
    if (states.every((d) => d.lost)) return this.#undecryptable(work, null);
    return this.#plainFailed(work, states);
  }

  #plainFailed(work: Work, states: Direction[]): Unsealed {
    const out = states.some((d) => d.gap || d.bad > 0);
    const lostBefore = states.some((d) => d.lost);
    for (const d of states) {
      const cipher = d.cipher.clone();
      this.#decrypt(work, cipher);
      openPlainSignature(signatureOf(work), cipher);
      d.cipher.copyFrom(cipher);
      d.bad++;
      if (d.next !== null) d.next++;
    }
    if (!out) {
      this.#bad(work.pdu, "its signature is wrong");
      return this.#undecryptable(work, false);
    }
    for (const d of states) d.lost = true;
    if (lostBefore) return this.#undecryptable(work, null);
    const message =
      "messages are missing before this one: the RC4 key stream of both directions is out of sync";
    this.#note("warning", "cipher-state-lost", `${message}, what follows stays encrypted`);
    this.onLost(message);
    return this.#undecryptable(work, null);
  }

  #stub(work: Work): Uint8Array {
    return work.message.subarray(work.pdu.stubStart, work.pdu.stubEnd);
  }

  #good(work: Work): Unsealed {
    return { stub: this.#stub(work), verified: true, decrypted: work.sealed ? true : null };
  }

  #undecryptable(work: Work, verified: boolean | null): Unsealed {
    const { pdu, sealed } = work;
    const stub = sealed ? null : pdu.bytes.subarray(pdu.stubStart, pdu.stubEnd);
    return { stub, verified, decrypted: sealed ? false : null };
  }

  #outOfOrder(d: Direction, expected: number, seq: number): void {
    const [code, what] =
      seq < expected ? ["sequence-repeated", "was repeated, expected"] : ["sequence-skipped", "instead of"];
    this.#note("warning", code!, `sequence number ${seq} from the ${d.name} ${what} ${expected}`);
  }

  #bad(pdu: ProtectedPdu, why: string): void {
    this.#note("warning", "bad-signature", `a PDU from the ${pdu.fromClient ? "client" : "server"}: ${why}`);
  }

  #note(severity: Note["severity"], code: string, message: string): void {
    this.#notes.push({ severity, code, message });
  }
}
