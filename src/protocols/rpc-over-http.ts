/**
 * RPC over HTTP v2, [MS-RPCH]: which virtual connections there are, to what server and through which proxy. Each is two TCP
 * connections, and a note says once of each what was seen and not decoded. A request without a body, which only asks how to
 * authenticate, goes before.
 */
import {
  type ChannelRequest,
  METHOD_SIZE,
  opensChannel,
  RTS_SIZE,
  readChannelRequest,
  readVirtualConnection,
} from "../../dissectors/dcerpc/rts.js";
import { endOfHead } from "../../dissectors/http/head.js";
import type { Guid } from "../../dissectors/wire/guid.js";
import { Reader } from "../../dissectors/wire/reader.js";
import type { Account, Holder, Kind } from "../budget.js";
import type { Note } from "../events.js";
import { Oldest } from "../oldest.js";
import type { Pair } from "../reassembly/pair.js";
import type { Out } from "../rpc/output.js";
import type { DataProvenance, FlowOrigin, GapProvenance, Protocol, Provenance, Verdict } from "./protocol.js";

/** Bytes of the requests of one connection that are looked at. */
const MAX_HEAD = 16 * 1024;
/** Virtual connections that are remembered, to be reported once. */
const MAX_REMEMBERED = 4096;
/** Estimated cost of a connection, in bytes of memory. */
const CONNECTION_COST = 1_000;

/** The virtual connections of a run, of which one channel was reported; those between two other addresses are others. */
export class VirtualConnections {
  readonly #known = new Set<string>();
  readonly #oldest = new Oldest(this.#known);

  /** True where it is met for the first time. */
  meet(cookie: Guid, { endpoint0, endpoint1 }: Pair): boolean {
    const key = [endpoint0.address, endpoint1.address].sort().concat(cookie).join(" ");
    if (this.#known.has(key)) return false;
    if (this.#known.size >= MAX_REMEMBERED) this.#known.delete(this.#oldest.next()!);
    this.#known.add(key);
    return true;
  }
}

export class RpcOverHttp implements Holder, Protocol {
  readonly stream: number;
  verdict: Verdict = "mine";
  readonly speaks = "http";
  readonly #place: { communityId: string | null; file: string | null };
  readonly #connections: VirtualConnections;
  readonly #pair: Pair;
  readonly #account: Account;
  #pending: Uint8Array = new Uint8Array(0);
  #looked = 0;
  /** Up to where the end of a head was looked for. */
  #searched = 0;
  #request: ChannelRequest | null = null;
  /** The end that asks. */
  #asker: 0 | 1 | null = null;
  /** The frame with the first byte. */
  #first: Provenance | null = null;

  constructor(
    { flow }: FlowOrigin,
    place: { communityId: string | null; file: string | null },
    connections: VirtualConnections,
    kind: Kind,
  ) {
    this.stream = flow.stream;
    this.#pair = flow;
    this.#place = place;
    this.#connections = connections;
    this.#account = kind.open(this);
    this.#account.charge(CONNECTION_COST);
  }

  giveUp(): void {
    this.#pending = new Uint8Array(0);
    this.verdict = "other";
    this.#account.set(0);
  }

  data(from: 0 | 1, bytes: Uint8Array, at: DataProvenance, out: Out): void {
    this.#asker ??= from;
    if (from !== this.#asker || this.verdict !== "mine") return;
    this.#first ??= { frame: at.frame, time: at.time };
    this.#looked += bytes.length;
    const whole = new Uint8Array(this.#pending.length + bytes.length);
    whole.set(this.#pending);
    whole.set(bytes, this.#pending.length);
    this.#pending = whole;
    while (this.verdict === "mine" && this.#step(at, out));
    if (this.#looked > MAX_HEAD) this.#report(null, at, out);
    this.#account.set(CONNECTION_COST + this.#pending.length);
  }

  /** Reads what comes next, as far as it is there; false where it is not. */
  #step(at: Provenance, out: Out): boolean {
    const { length } = this.#request ?? { length: 0 };
    if (length === null || length >= RTS_SIZE) {
      const cookie = readVirtualConnection(new Reader(this.#pending));
      if (cookie !== "need-more") this.#report(cookie, at, out);
      return false;
    }
    // The request had no body, or one that a proxy only echoes.
    if (this.#pending.length < length + METHOD_SIZE) return false;
    const rest = this.#pending.subarray(length);
    const end = endOfHead(rest, this.#searched - length);
    this.#searched = this.#pending.length - 3;
    if (end < 0 && opensChannel(rest)) return false;
    const request = end < 0 ? null : readChannelRequest(rest.subarray(0, end));
    if (request === null) {
      this.#report(null, at, out);
      return false;
    }
    this.#request = request;
    this.#pending = rest.slice(end);
    this.#searched = 0;
    return true;
  }

  gap(from: 0 | 1, _size: number, at: GapProvenance, out: Out): void {
    if (from === this.#asker) this.#report(null, at, out);
  }

  close(at: Provenance, out: Out): void {
    this.#report(null, at, out);
    this.release();
  }

  release(): void {
    this.#account.close();
  }

  /** Says what was seen, once of each virtual connection; nothing more is of interest. */
  #report(cookie: Guid | null, at: Provenance, out: Out): void {
    if (this.verdict !== "mine") return;
    this.verdict = "other";
    if (cookie !== null && !this.#connections.meet(cookie, this.#pair)) return;
    const { server, host, kind } = this.#request ?? { server: null, host: null, kind: null };
    const parts = [
      cookie === null ? "whose virtual connection is not known" : `virtual connection ${cookie}`,
      ...(server === null ? [] : [`to ${server}`]),
      ...(host === null ? [] : [`through ${host}`]),
    ];
    const which = kind === null ? "" : `, ${kind === "in" ? "RPC_IN_DATA" : "RPC_OUT_DATA"}`;
    const note: Note = {
      severity: "info",
      code: "rpc-over-http",
      message: `RPC over HTTP v2${which}, ${parts.join(" ")}: its calls are not decoded`,
    };
    const { frame, time } = this.#first ?? at;
    out.push({ kind: "note", association: null, stream: this.stream, ...this.#place, note, frame, at: time });
  }
}
