/**
 * Looks on while a run goes by and takes down how opened stubs are written in the clear: their bytes take the place of the
 * ciphertext, and the sec_trailer, which stays, says packet integrity, so that who reads the file finds a stub that is signed.
 *
 * Not handled: what came encrypted in SMB 3, which is as long as its header longer (smb-copy.ts).
 */
import { type Pdu, readPdu } from "../../dissectors/dcerpc/pdu.js";
import { AUTH_LEVEL_INTEGRITY } from "../../dissectors/dcerpc/security.js";
import { Reader } from "../../dissectors/wire/reader.js";
import type { Frame } from "../capture/frame.js";
import type { PduEvidence } from "../explain/evidence.js";
import { type Found, Places, placesOf } from "../explain/places.js";
import type { SmbMessage } from "../protocols/smb/message.js";
import type { Arrival } from "../reassembly/delivery.js";
import type { FragmentPiece } from "../reassembly/ip-fragments.js";
import type { Direction } from "../reassembly/when.js";
import type { FramedPdu } from "../rpc/framed.js";
import type { Witness } from "../witness.js";
import type { FrameEdits } from "./edits.js";
import type { SmbCopy } from "./smb-copy.js";

/** auth_level stands behind auth_type in the sec_trailer. */
const AUTH_LEVEL_AT = 1;

export class Decryption implements Witness {
  readonly #places: Places;
  readonly #edits: FrameEdits;
  readonly #copy: SmbCopy;
  #current: { bytes: Uint8Array; places: readonly Found[] } | null = null;
  /** PDUs that are written in the clear, and those that could not be. */
  opened = 0;
  unplaced = 0;

  constructor(edits: FrameEdits, copy: SmbCopy, kept: number) {
    this.#places = new Places(kept);
    this.#edits = edits;
    this.#copy = copy;
  }

  segment(
    stream: number,
    direction: Direction,
    arrival: Arrival,
    frame: Frame,
    pieces: readonly FragmentPiece[] | null,
  ): void {
    this.#places.segment(stream, direction, arrival, frame, pieces);
  }

  datagram(): void {}

  smbMessage(stream: number, from: 0 | 1, message: SmbMessage, opened: Uint8Array | null): void {
    this.#copy.message(stream, from, message, opened);
  }

  pdu(_association: number, stream: number, direction: 0 | 1, framed: FramedPdu): void {
    const { bytes } = framed;
    this.#current = { bytes, places: placesOf(this.#places, stream, direction, framed) };
  }

  datagramPdu(): void {
    this.#current = null;
  }

  joined(_call: number, _side: PduEvidence["frames"] | string, opened: Uint8Array | null): void {
    const current = this.#current;
    if (current === null || opened === null) return;
    const { bytes, places } = current;
    // In an encrypted message of SMB nothing can be exchanged.
    if (places.some(({ sealed }) => sealed)) return;
    const pdu = readPdu(new Reader(bytes));
    const covered = places.reduce((sum, { length }) => sum + length, 0);
    if (covered < bytes.length || this.#edits.full || !isSealed(pdu)) {
      this.unplaced++;
      return;
    }
    const { stubStart } = pdu.body;
    const { trailerStart } = pdu.auth;
    const clear = new Uint8Array(trailerStart - stubStart);
    clear.set(opened.subarray(0, clear.length));
    this.#write(places, stubStart, clear);
    this.#write(places, trailerStart + AUTH_LEVEL_AT, Uint8Array.of(AUTH_LEVEL_INTEGRITY));
    this.opened++;
  }

  /** Bytes of a PDU change where they stand. */
  #write(places: readonly Found[], at: number, bytes: Uint8Array): void {
    for (const { start, length, container, at: there } of places) {
      const from = Math.max(at, start);
      const to = Math.min(at + bytes.length, start + length);
      if (from < to) this.#edits.add(container, there + from - start, bytes.slice(from - at, to - at));
    }
  }

  call(): number {
    return 0;
  }

  association(): void {}

  dropped(): void {}
}

type Sealed = Pdu & { body: { stubStart: number }; auth: NonNullable<Pdu["auth"]> };

function isSealed(pdu: Pdu): pdu is Sealed {
  return pdu.body !== null && "stubStart" in pdu.body && pdu.auth !== null;
}
