/**
 * What is kept of a traced run until a tree is made of it: the PDUs of each call and of each association, with copies of
 * their bytes and their places in the capture. A call's go with its record.
 *
 * Not handled: what is in them (tree.ts).
 */
import type { DecodedCall } from "../call/decoded-call.js";
import type { Frame } from "../capture/frame.js";
import type { AssociationRecord, CallRecord } from "../events.js";
import { framesOf, type SmbMessage } from "../protocols/smb/message.js";
import type { Arrival } from "../reassembly/delivery.js";
import type { FragmentPiece } from "../reassembly/ip-fragments.js";
import type { Direction } from "../reassembly/when.js";
import type { FramedPdu } from "../rpc/framed.js";
import type { Witness } from "../witness.js";
import { type Found, Places, placesOf } from "./places.js";

/** One PDU as it was sent. */
export interface PduEvidence {
  /** A copy, from the header on. */
  bytes: Uint8Array;
  /** Version 4: a datagram. */
  connectionless: boolean;
  frames: readonly number[];
  /** Its place among the PDUs that end in its last frame, from 0. */
  ordinal: number;
  places: readonly Found[];
  /** Its stub data in the clear, where the PDU holds ciphertext that a key opened; without auth padding. */
  opened: Uint8Array | null;
  /** The number of the fragment, in datagrams. */
  fragment: number;
  /** The message that ended it, in a pipe. */
  message: MessageEvidence | null;
}

/** A message of SMB that carried a PDU, or that stands in the frame that is looked at. */
export interface MessageEvidence {
  stream: number;
  direction: 0 | 1;
  /** TCP sequence number of its first byte, and its size on the wire. */
  sequence: number;
  size: number;
  frames: readonly number[];
  /** What it holds in the clear, where it is encrypted and a key opened it. */
  opened: Uint8Array | null;
  /** What was kept of it, from its header on, where it stands in the frame that is looked at. */
  bytes: Uint8Array | null;
}

/** A call, with the PDUs of both sides in the order of their fragments. */
export interface CallEvidence {
  decoded: DecodedCall;
  request: readonly PduEvidence[];
  response: readonly PduEvidence[];
  /** PDUs that memory was too short for. */
  missing: number;
}

interface OpenCall {
  request: PduEvidence[];
  response: PduEvidence[];
  bytes: number;
  missing: number;
}

/** What a PDU costs beside its bytes. */
const PDU_COST = 500;
/** PDUs kept of an association that are of no call: those of handshakes, cancels. */
const MAX_OTHERS = 256;
/** Bytes kept of all open calls and associations together. */
const MAX_BYTES = 64 << 20;

export class Evidence implements Witness {
  readonly places: Places;
  readonly #limit: number;
  readonly #calls = new Map<number, OpenCall>();
  /** PDUs of associations that are of no call, by the association's number. */
  readonly #others = new Map<number, PduEvidence[]>();
  /** Associations of which not all such PDUs are kept, by number while they are open, then by record. */
  readonly #cut = new Set<number>();
  readonly #cutRecords = new WeakSet<AssociationRecord>();
  readonly #ofCall = new WeakMap<CallRecord, CallEvidence>();
  readonly #ofAssociation = new WeakMap<AssociationRecord, readonly PduEvidence[]>();
  #held = 0;
  /** The message of SMB that is being taken. */
  #message: MessageEvidence | null = null;
  /** Messages in the frame that is looked at. */
  readonly messages: MessageEvidence[] = [];
  readonly #looked: number | null;
  #current: { pdu: PduEvidence; association: number } | null = null;
  /** How many PDUs ended in the frame that was met last. */
  #frame = 0;
  #ordinal = 0;

  /**
   * `limit`: bytes that it may hold of calls that are open, and as many of segments. `looked`: the frame whose messages of SMB
   * are wanted as well.
   */
  constructor(limit = MAX_BYTES, looked: number | null = null) {
    this.#limit = limit;
    this.#looked = looked;
    this.places = new Places(limit);
  }

  segment(
    stream: number,
    direction: Direction,
    arrival: Arrival,
    frame: Frame,
    pieces: readonly FragmentPiece[] | null,
  ): void {
    this.places.segment(stream, direction, arrival, frame, pieces);
  }

  datagram(payload: Uint8Array, frame: Frame, pieces: readonly FragmentPiece[] | null): void {
    this.places.datagram(payload, frame, pieces);
  }

  smbMessage(stream: number, direction: 0 | 1, message: SmbMessage, opened: Uint8Array | null): void {
    const { sequence, size, runs } = message;
    const frames = [framesOf(runs)].flat();
    const looked = this.#looked !== null && frames.includes(this.#looked);
    const bytes = looked ? message.bytes.slice() : null;
    this.#message = { stream, direction, sequence, size, frames, opened: opened?.slice() ?? null, bytes };
    if (!looked) return;
    // Of an encrypted one what it holds is told after it.
    if (opened !== null) this.messages.pop();
    this.messages.push(this.#message);
  }

  pdu(association: number, stream: number, direction: 0 | 1, framed: FramedPdu): void {
    const { bytes, frames } = framed;
    const places = placesOf(this.places, stream, direction, framed);
    const message = framed.message === undefined || framed.message === null ? null : this.#message;
    this.#take(association, { ...this.#head(bytes, frames), connectionless: false, places, message });
  }

  datagramPdu(association: number, bytes: Uint8Array, frames: readonly number[]): void {
    const places = this.places.ofDatagram(bytes);
    this.#take(association, { ...this.#head(bytes, frames), connectionless: true, places, message: null });
  }

  #head(bytes: Uint8Array, frames: readonly number[]) {
    const last = frames[frames.length - 1] ?? 0;
    this.#ordinal = last === this.#frame ? this.#ordinal + 1 : 0;
    this.#frame = last;
    return { bytes: bytes.slice(), frames: [...frames], ordinal: this.#ordinal, opened: null, fragment: 0 };
  }

  #take(association: number, pdu: PduEvidence): void {
    this.#current = { pdu, association };
    const others = this.#others.get(association);
    if (others === undefined) this.#others.set(association, [pdu]);
    else others.push(pdu);
    this.#held += costOf(pdu);
    while (others !== undefined && others.length > 1) {
      if (others.length <= MAX_OTHERS && this.#held <= this.#limit) break;
      this.#held -= costOf(others.shift()!);
      this.#cut.add(association);
    }
  }

  joined(call: number, side: "request" | "response", opened: Uint8Array | null, fragment: number): void {
    const current = this.#current;
    if (current === null) return;
    const { pdu, association } = current;
    this.#current = null;
    // It is a call's after all.
    this.#others.get(association)?.pop();
    pdu.opened = opened?.slice() ?? null;
    pdu.fragment = fragment;
    let open = this.#calls.get(call);
    if (open === undefined) {
      open = { request: [], response: [], bytes: 0, missing: 0 };
      this.#calls.set(call, open);
    }
    const cost = costOf(pdu);
    if (this.#held > this.#limit) {
      open.missing++;
      this.#held -= cost;
      return;
    }
    open[side].push(pdu);
    open.bytes += cost + (opened?.length ?? 0);
    this.#held += opened?.length ?? 0;
  }

  call(decoded: DecodedCall, record: CallRecord): number {
    const { id } = decoded.call;
    const open = this.#calls.get(id);
    this.#calls.delete(id);
    if (open === undefined) return 0;
    const { bytes, missing } = open;
    this.#held -= bytes;
    const sorted = (pdus: PduEvidence[]) => pdus.sort((a, b) => a.fragment - b.fragment);
    this.#ofCall.set(record, {
      decoded,
      request: sorted(open.request),
      response: sorted(open.response),
      missing,
    });
    return bytes;
  }

  association(number: number, record: AssociationRecord): void {
    if (this.#cut.has(number)) this.#cutRecords.add(record);
    this.#ofAssociation.set(record, this.#leave(number));
  }

  dropped(association: number): void {
    this.#leave(association);
  }

  #leave(association: number): readonly PduEvidence[] {
    const pdus = this.#others.get(association) ?? [];
    this.#others.delete(association);
    this.#cut.delete(association);
    for (const pdu of pdus) this.#held -= costOf(pdu);
    return pdus;
  }

  /** What is known of a call, by its record; null where nothing is. */
  ofCall(record: CallRecord): CallEvidence | null {
    return this.#ofCall.get(record) ?? null;
  }

  /** Whether the PDUs of an association that are of no call are all there. */
  hasAllOf(record: AssociationRecord): boolean {
    return !this.#cutRecords.has(record);
  }

  /** The PDUs of an association that are of no call. */
  ofAssociation(record: AssociationRecord): readonly PduEvidence[] {
    return this.#ofAssociation.get(record) ?? [];
  }
}

/** Its frames are kept as well. */
function costOf({ bytes, frames }: PduEvidence): number {
  return 2 * bytes.length + PDU_COST + 8 * frames.length;
}
