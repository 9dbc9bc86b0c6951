/**
 * How an RDP connection begins: the Connection Request and its answer, [MS-RDPBCGR] 2.2.1.1 and 2.2.1.2. Followed only where an
 * export asks; what comes behind is passed over, and the flow stays until its end.
 */
import { readX224Connection, type X224Connection } from "../../dissectors/rdp/x224.js";
import { Reader } from "../../dissectors/wire/reader.js";
import type { Out } from "../rpc/output.js";
import type { Observer } from "./observer.js";
import type { DataProvenance, FlowOrigin, GapProvenance, Protocol, Provenance } from "./protocol.js";

/** Bytes of a side that are looked at: a cookie may be long. */
const MAX_PACKET = 1024;

export class RdpStream implements Protocol {
  readonly verdict = "mine";
  readonly speaks = "rdp";
  readonly #origin: FlowOrigin;
  readonly #observer: Observer;
  /** What each side sent so far, until its packet is whole; null when that is known. */
  readonly #begun: [Uint8Array | null, Uint8Array | null] = [new Uint8Array(0), new Uint8Array(0)];

  constructor(origin: FlowOrigin, observer: Observer) {
    this.#origin = origin;
    this.#observer = observer;
  }

  data(from: 0 | 1, bytes: Uint8Array, at: DataProvenance, _out: Out): void {
    const before = this.#begun[from];
    if (before === null) return;
    const all = new Uint8Array(Math.min(MAX_PACKET, before.length + bytes.length));
    all.set(before);
    all.set(bytes.subarray(0, all.length - before.length), before.length);
    const packet = readX224Connection(new Reader(all));
    const whole = packet !== null && all.length >= packet.length;
    if (!whole && all.length < MAX_PACKET) {
      this.#begun[from] = all;
      return;
    }
    this.#begun[from] = null;
    if (packet !== null) this.#tell(packet, at);
  }

  /** What is missing was its beginning, or is passed over anyway. */
  gap(from: 0 | 1, _size: number, _at: GapProvenance, _out: Out): void {
    this.#begun[from] = null;
  }

  close(_at: Provenance, _out: Out): void {}

  release(_out: Out): void {}

  #tell({ kind, cookie, negotiation }: X224Connection, { time }: DataProvenance): void {
    const user = /^Cookie: mstshash=(.*)$/.exec(cookie ?? "")?.[1] ?? null;
    const value = negotiation?.kind === "failure" ? negotiation.code : (negotiation?.protocols ?? null);
    const message = kind === "request" ? kind : negotiation?.kind === "failure" ? "failure" : "response";
    this.#observer.seen(this.#origin, time, { what: "rdp", message, cookie_user: user, value });
  }
}
