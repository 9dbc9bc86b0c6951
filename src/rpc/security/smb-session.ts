/**
 * The keys of one SMB session ([MS-SMB2] 3.2.5.3.1): made of every key that authentication may have ended in, in the dialect
 * that the connection agreed on, or in those that need no agreement where that was not captured. The first tag or signature
 * that holds leaves one. Messages stand for themselves, so that lost ones harm none.
 */
import {
  CIPHER_AES_128_CCM,
  DIALECT_202,
  DIALECT_300,
  DIALECT_311,
} from "../../../dissectors/smb/algorithms.js";
import { sessionKeys } from "../../../dissectors/smb/keys.js";
import type { Agreement } from "../../../dissectors/smb/negotiate.js";
import { openTransform } from "../../../dissectors/smb/sealing.js";
import { signatureHolds, signingAlgorithm } from "../../../dissectors/smb/signing.js";
import type { Proof, SecretEntry } from "./key-report.js";
import type { SmbProtection, SmbSetup } from "./session.js";

/** Messages that no guessed key opens before all are given up: one may have been altered on the way. */
const MAX_VAIN_MESSAGES = 3;
const NOTHING = new Uint8Array(0);

/** What may be the key that authentication ended in; `proof` is null where only a message can show it. */
export interface SmbKeyCandidate {
  key: Uint8Array;
  entry: SecretEntry;
  proof: Proof | null;
}

/** Keys that opened a session's messages, for its other connections. */
export interface SmbSealing {
  entry: SecretEntry;
  cipher: number;
  client: Uint8Array;
  server: Uint8Array;
}

/** One way to read the session's messages. */
interface Reading {
  entry: SecretEntry;
  signing: { algorithm: number; key: Uint8Array } | null;
  sealing: SmbSealing | null;
}

export interface SmbSessionEnds {
  /** A message was the first to prove a key. */
  proved(entry: SecretEntry): void;
  /** A tag was the first to hold. */
  opened(sealing: SmbSealing): void;
  /** No guess opened a message. */
  vain(): void;
}

export class SmbSessionKeys implements SmbProtection {
  refuted = false;
  readonly #ends: SmbSessionEnds;
  #readings: readonly Reading[];
  readonly #others: () => readonly SmbSealing[];
  /** One of the keys is known to be right before any message was tried. */
  readonly #known: boolean;
  /** It is known how messages are protected with it, too. */
  readonly #agreed: boolean;
  #signed = false;
  #sealed = false;
  #vain = 0;
  #reported = false;

  /** `others`: keys that opened other connections of the session so far, which encrypt here as well. */
  constructor(
    candidates: readonly SmbKeyCandidate[],
    setup: SmbSetup,
    others: () => readonly SmbSealing[],
    ends: SmbSessionEnds,
  ) {
    this.#readings = candidates.flatMap((candidate) => readingsOf(candidate, setup));
    this.#others = others;
    this.#known = candidates.some(({ proof }) => proof !== null);
    this.#agreed = setup.agreement !== null;
    this.#ends = ends;
  }

  /** Nothing can be tried: what the dialect needs of the setup was not captured. */
  get empty(): boolean {
    return this.#readings.length === 0 && this.#others().length === 0;
  }

  get certain(): boolean {
    const sealing = this.#readings.some((reading) => reading.sealing !== null);
    return this.#sealed || (sealing && (this.#signed || (this.#known && this.#agreed)));
  }

  get #proven(): boolean {
    return this.#signed || this.#sealed;
  }

  open(fromClient: boolean, message: Uint8Array): Uint8Array | null {
    for (const reading of this.#readings) {
      const plain = this.#openWith(reading, fromClient, message);
      if (plain !== null) return plain;
    }
    const own = this.#readings.map(({ sealing }) => sealing);
    for (const sealing of this.#sealed ? [] : this.#others()) {
      if (own.includes(sealing)) continue;
      const joined = { entry: sealing.entry, signing: null, sealing };
      const plain = this.#openWith(joined, fromClient, message);
      if (plain !== null) return plain;
    }
    this.#fail();
    return null;
  }

  #openWith(reading: Reading, fromClient: boolean, message: Uint8Array): Uint8Array | null {
    const { sealing } = reading;
    if (sealing === null) return null;
    const { cipher, client, server } = sealing;
    const plain = openTransform(message, cipher, fromClient ? client : server);
    if (plain === null || this.#sealed) return plain;
    this.#sealed = true;
    this.#settle(reading);
    this.#ends.opened(sealing);
    return plain;
  }

  verify(message: Uint8Array): boolean | null {
    let tried = false;
    for (const reading of this.#readings) {
      const { signing } = reading;
      if (signing === null) continue;
      tried = true;
      if (signatureHolds(signing.algorithm, signing.key, message) !== true) continue;
      if (!this.#signed) {
        this.#signed = true;
        this.#settle(reading);
      }
      return true;
    }
    if (!tried) return null;
    this.#fail();
    return this.#signed || (this.#known && this.#agreed) ? false : null;
  }

  /** The key is found; what protects the messages that it does not is still to be found. */
  #settle(holds: Reading): void {
    const others = this.#readings.filter((r) =>
      holds.signing === null ? r.signing !== null : holds.sealing === null && r.signing === null,
    );
    this.#readings = [holds, ...others];
    if (!this.#known && !this.#reported) this.#ends.proved(holds.entry);
    this.#reported = true;
  }

  #fail(): void {
    if (this.#proven) return;
    this.#vain++;
    this.#ends.vain();
    this.refuted = !this.#known && this.#vain >= MAX_VAIN_MESSAGES;
  }
}

/** Where the agreement was not captured: SMB 3.1.1 cannot be read, and of the others there are two. */
const UNKNOWN: readonly Agreement[] = [
  { dialect: DIALECT_300, cipher: CIPHER_AES_128_CCM, signing: null },
  { dialect: DIALECT_202, cipher: 0, signing: null },
];

function readingsOf({ key, entry }: SmbKeyCandidate, setup: SmbSetup): Reading[] {
  const { agreement, preauth, binding } = setup;
  return (agreement === null ? UNKNOWN : [agreement]).flatMap(({ dialect, cipher, signing }) => {
    if (dialect === DIALECT_311 && preauth === null) return [];
    const keys = sessionKeys(dialect, cipher, key, preauth ?? NOTHING);
    const { client, server } = keys;
    const sealed = client !== null && server !== null && !binding;
    return [
      {
        entry,
        signing: { algorithm: signingAlgorithm(dialect, signing), key: keys.signing },
        sealing: sealed ? { entry, cipher, client, server } : null,
      },
    ];
  });
}
