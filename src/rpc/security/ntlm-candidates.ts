/** NTLM sessions of keys that may be right; the first signature that holds leaves one. */
import type { Note } from "../../events.js";
import type { Proof, SecretEntry } from "./key-report.js";
import type { NtlmSession } from "./ntlm-session.js";
import type { ProtectedPdu, Session, Unsealed } from "./session.js";

/** PDUs that no guessed key opens before all are given up: one may have been altered on the way. */
const MAX_VAIN_PDUS = 3;

export interface Candidate {
  session: NtlmSession;
  entry: SecretEntry;
  proof: Proof | null;
}

export class NtlmCandidates implements Session {
  readonly identity = { user: null, domain: null };
  refuted = false;
  #left: readonly Candidate[];
  #proven: boolean;
  #vain = 0;
  readonly #onProof: (entry: SecretEntry) => void;
  readonly #onVain: () => void;

  /** `onProof` is given whose key a first signature proved, `onVain` of every PDU that no key opened. */
  constructor(
    candidates: readonly Candidate[],
    onProof: (entry: SecretEntry) => void,
    onVain: () => void = () => {},
  ) {
    this.#left = candidates;
    this.#proven = candidates.some((c) => c.proof !== null);
    this.#onProof = onProof;
    this.#onVain = onVain;
  }

  open(pdu: ProtectedPdu, sealed: boolean): Unsealed | null {
    if (this.#proven) return this.#left[0]!.session.open(pdu, sealed);
    for (const candidate of this.#left) {
      const opened = candidate.session.open(pdu, sealed);
      if (opened.verified !== true) continue;
      this.#left = [candidate];
      this.#proven = true;
      this.#onProof(candidate.entry);
      return opened;
    }
    this.#vain++;
    this.#onVain();
    this.refuted = this.#vain >= MAX_VAIN_PDUS;
    return null;
  }

  lost(fromClient: boolean): void {
    for (const { session } of this.#left) session.lost(fromClient);
  }

  takeNotes(): Note[] {
    return this.#proven ? this.#left[0]!.session.takeNotes() : [];
  }
}
