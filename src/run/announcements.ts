/**
 * Endpoints that were given out before anybody connected to them: by the endpoint mapper ([C706] Appendix O) for an interface,
 * by an object exporter's string bindings ([MS-DCOM] 2.2.19.3) for its objects.
 */
import { readNetworkAddress } from "../../dissectors/dcom/network-address.js";
import { type Account, type Holder, type Kind, unlimited } from "../budget.js";
import type { AnnouncementRecord, Endpoint, TransportRecord } from "../events.js";
import type { EndpointFact, ExporterFact } from "../facts/fact.js";
import { Oldest } from "../oldest.js";

/** [C706] Appendix I, [MS-DCOM] 2.2.19.3: the tower identifier of TCP. */
const TOWER_TCP = 7;

/** Endpoints remembered; the oldest are forgotten first. */
const MAX_ENDPOINTS = 16384;

/** Estimated cost of an endpoint beside its address, in bytes of memory. */
const ENDPOINT_COST = 400;

/** The answer in which something was seen: address of the server, its stream and first frame. */
export interface Seen {
  server: string;
  stream: number;
  /** The same of a TCP conversation; null for datagrams, whose numbers are others. */
  conversation: number | null;
  frame: number;
}

export class Announcements implements Holder {
  readonly stream = null;
  readonly #endpoints = new Map<string, AnnouncementRecord>();
  readonly #oldest = new Oldest(this.#endpoints);
  readonly #nameOf: (uuid: string) => string | null;
  readonly #account: Account;
  /** Endpoints were forgotten because there were too many. */
  full = false;

  constructor(nameOf: (uuid: string) => string | null, kind: Kind = unlimited()) {
    this.#nameOf = nameOf;
    this.#account = kind.open(this);
  }

  /** Memory is short: the eighth that was announced first is forgotten. */
  giveUp(): void {
    for (const at of this.#oldest.some(this.#endpoints.size / 8)) this.#forget(at);
  }

  #forget(at: string): void {
    if (this.#endpoints.delete(at)) this.#account.charge(-ENDPOINT_COST - 2 * at.length);
  }

  /** Who announced this endpoint, a port or a pipe, or null. */
  find({ address, port }: Endpoint, { protseq, endpoint }: TransportRecord): AnnouncementRecord | null {
    const at = protseq === "ncacn_np" ? endpoint : port;
    return this.#endpoints.get(key(address, at)) ?? null;
  }

  /** The endpoint mapper gave out an endpoint; `seen`: in which answer. A machine's name stands for the one that answers. */
  mapped({ uuid, address, endpoint }: EndpointFact, seen: Seen): void {
    this.#add(address ?? seen.server, endpoint, {
      by: "endpoint_mapper",
      interface: this.#nameOf(uuid) ?? uuid,
      oxid: null,
      stream: seen.stream,
      frame: seen.frame,
    });
  }

  /** The TCP bindings of an exporter. A name stands for the machine that gave it. */
  exporter({ oxid, bindings }: ExporterFact, { server, stream, frame }: Seen): void {
    for (const { towerId, address } of bindings.strings) {
      if (towerId !== TOWER_TCP) continue;
      const { host, port } = readNetworkAddress(address);
      if (port === null) continue;
      const announcement: AnnouncementRecord = { by: "oxid_binding", interface: null, oxid, stream, frame };
      this.#add(host, port, announcement);
      this.#add(server, port, announcement);
    }
  }

  #add(address: string, endpoint: number | string, announcement: AnnouncementRecord): void {
    const at = key(address, endpoint);
    this.#forget(at);
    this.#endpoints.set(at, announcement);
    this.#account.charge(ENDPOINT_COST + 2 * at.length);
    if (this.#endpoints.size <= MAX_ENDPOINTS) return;
    this.#forget(this.#oldest.next()!);
    this.full = true;
  }
}

/** Names of pipes differ in case between who announces and who opens them. */
function key(address: string, endpoint: number | string): string {
  return `${address}|${endpoint}`.toLowerCase();
}
