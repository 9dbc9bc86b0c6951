/** Looks on at some conversations alone, so that a run of which one call is shown costs hardly more than any other. */
import type { DecodedCall } from "../call/decoded-call.js";
import type { Frame } from "../capture/frame.js";
import type { AssociationRecord, CallRecord } from "../events.js";
import type { SmbMessage } from "../protocols/smb/message.js";
import type { Arrival } from "../reassembly/delivery.js";
import type { FragmentPiece } from "../reassembly/ip-fragments.js";
import type { Direction } from "../reassembly/when.js";
import type { FramedPdu } from "../rpc/framed.js";
import type { Witness } from "../witness.js";

/** Hands on to `witness` what concerns these TCP streams; datagrams all. */
export class Only implements Witness {
  readonly #witness: Witness;
  readonly #streams: ReadonlySet<number>;
  /** The PDU given last was handed on. */
  #passed = false;

  constructor(witness: Witness, streams: ReadonlySet<number>) {
    this.#witness = witness;
    this.#streams = streams;
  }

  segment(
    stream: number,
    direction: Direction,
    arrival: Arrival,
    frame: Frame,
    pieces: readonly FragmentPiece[] | null,
  ): void {
    if (this.#streams.has(stream)) this.#witness.segment(stream, direction, arrival, frame, pieces);
  }

  datagram(payload: Uint8Array, frame: Frame, pieces: readonly FragmentPiece[] | null): void {
    this.#witness.datagram(payload, frame, pieces);
  }

  smbMessage(stream: number, from: 0 | 1, message: SmbMessage, opened: Uint8Array | null): void {
    if (this.#streams.has(stream)) this.#witness.smbMessage(stream, from, message, opened);
  }

  pdu(association: number, stream: number, direction: 0 | 1, framed: FramedPdu): void {
    this.#passed = this.#streams.has(stream);
    if (this.#passed) this.#witness.pdu(association, stream, direction, framed);
  }

  datagramPdu(association: number, bytes: Uint8Array, frames: readonly number[]): void {
    this.#passed = true;
    this.#witness.datagramPdu(association, bytes, frames);
  }

  joined(call: number, side: "request" | "response", opened: Uint8Array | null, fragment: number): void {
    if (this.#passed) this.#witness.joined(call, side, opened, fragment);
  }

  call(decoded: DecodedCall, record: CallRecord): number {
    return this.#witness.call(decoded, record);
  }

  association(number: number, record: AssociationRecord): void {
    this.#witness.association(number, record);
  }

  dropped(association: number): void {
    this.#witness.dropped(association);
  }
}
