/**
 * Protocols that are read for nothing but the security tokens of their requests: LDAP and HTTP, where keys were given. A token
 * may forward credentials, whose key opens what its receiver does in the user's name. A connection is followed until its
 * requests come without tokens again.
 */
import { Reader } from "../../dissectors/wire/reader.js";
import type { Account, Holder, Kind } from "../budget.js";
import type { Out } from "../rpc/output.js";
import { Pending } from "./pending.js";
import type { DataProvenance, GapProvenance, Protocol, Provenance, Verdict } from "./protocol.js";

/** Requests of one connection that are looked at. */
const MAX_REQUESTS = 64;
/** Bytes of a request up to the end of its token. */
const MAX_REQUEST = 256 * 1024;
/** Bytes of answers after which no token is waited for any more. */
const MAX_ANSWERS = 4 * 1024 * 1024;
/** Estimated cost of a connection, in bytes of memory. */
const CONNECTION_COST = 1_000;

/** A request, as far as it is read. */
interface TokenRequest {
  /** Its bytes, of which not all need be there; null where nobody knows. */
  size: number | null;
  tokens: readonly Uint8Array[];
}

/**
 * The request that bytes begin with, or null where nothing more of interest can follow. `searched`: bytes that were looked at
 * before, when more were needed.
 */
export type ReadTokens = (r: Reader, searched: number) => TokenRequest | "need-more" | null;

export class TokenStream implements Holder, Protocol {
  readonly stream: number;
  verdict: Verdict = "mine";
  readonly #read: ReadTokens;
  readonly #account: Account;
  readonly #pending = new Pending();
  #searched = 0;
  /** Bytes of the request at hand that are still to be passed over. */
  #skip = 0;
  #requests = 0;
  #answers = 0;
  #authenticating = false;
  /** The end that asks. */
  #asker: 0 | 1 | null = null;

  constructor(stream: number, read: ReadTokens, kind: Kind) {
    this.stream = stream;
    this.#read = read;
    this.#account = kind.open(this);
    this.#account.charge(CONNECTION_COST);
  }

  giveUp(): void {
    this.#end();
  }

  data(from: 0 | 1, bytes: Uint8Array, _at: DataProvenance, out: Out): void {
    if (this.verdict !== "mine") return;
    this.#asker ??= from;
    if (from !== this.#asker) {
      this.#answers += bytes.length;
      if (this.#answers > MAX_ANSWERS) this.#reachLimit(out);
      return;
    }
    const passed = Math.min(this.#skip, bytes.length);
    this.#skip -= passed;
    if (passed === bytes.length) return;
    this.#pending.append(bytes.subarray(passed));
    this.#requestsIn(out);
    if (this.verdict === "mine") this.#account.set(CONNECTION_COST + this.#pending.cost);
  }

  /** Where the next request begins is not known any more. */
  gap(from: 0 | 1, _size: number, _at: GapProvenance, _out: Out): void {
    if (from === this.#asker) this.#end();
  }

  close(_at: Provenance, _out: Out): void {
    this.release();
  }

  release(): void {
    this.#account.close();
  }

  #requestsIn(out: Out): void {
    const { bytes } = this.#pending;
    let at = 0;
    while (at < bytes.length) {
      const request = this.#read(new Reader(bytes, true, at), this.#searched);
      if (request === "need-more") {
        this.#searched = Math.max(0, bytes.length - at - 3);
        if (this.#searched > MAX_REQUEST) this.#reachLimit(out);
        break;
      }
      if (request === null || !this.#take(request, out)) {
        this.#end();
        return;
      }
      this.#searched = 0;
      const left = bytes.length - at;
      this.#skip = Math.max(0, request.size! - left);
      at += Math.min(left, request.size!);
    }
    this.#pending.drop(at);
  }

  /** False where nothing more of interest follows. */
  #take({ size, tokens }: TokenRequest, out: Out): boolean {
    for (const token of tokens) out.push({ kind: "token", token });
    if (this.#authenticating && tokens.length === 0) return false;
    if (tokens.length > 0) this.#authenticating = true;
    if (size === null) return false;
    if (++this.#requests < MAX_REQUESTS) return true;
    this.#reachLimit(out);
    return false;
  }

  #reachLimit(out: Out): void {
    out.push({ kind: "tokens-limit" });
    this.#end();
  }

  #end(): void {
    this.verdict = "other";
    this.#pending.drop(this.#pending.length);
    this.#account.set(0);
  }
}
