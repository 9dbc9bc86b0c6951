/**
 * Endpoints that were given out before anybody dialled them: by the endpoint mapper ([C706] Appendix O) for an interface,
 * by an object exporter's string bindings ([MS-DCOM] 2.2.19.3) for its objects.
 */
import { readNetworkAddress } from "../../dissectors/dcom/network-address.js";
import { type Account, type Holder, type Kind, unlimited } from "../budget.js";
import type { AnnouncementRecord, CallRecord, Endpoint, Value } from "../events.js";
import { Oldest } from "../oldest.js";
import type { ObjectTable } from "./objects.js";

/** [C706] Appendix O: the endpoint mapper's interface. */
const ENDPOINT_MAPPER = "e1af8308-5d1f-11c9-91a4-08002b14a0fa";

/** Endpoints remembered; the oldest are forgotten first. */
const MAX_ENDPOINTS = 16384;

/** Estimated cost of an endpoint beside its address, in bytes of memory. */
const ENDPOINT_COST = 400;

type Values = { [name: string]: Value };

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

  /** Who announced this endpoint, or null. */
  find(endpoint: Endpoint): AnnouncementRecord | null {
    return this.#endpoints.get(key(endpoint.address, endpoint.port)) ?? null;
  }

  /** What a finished call of the endpoint mapper gave out. */
  learnMapped(record: CallRecord): void {
    if (record.interface.uuid !== ENDPOINT_MAPPER || !record.response) return;
    const frame = record.frames.response[0] ?? 0;
    for (const tower of towersIn(record.response)) {
      const port = tower.port;
      const uuid = (tower.interface as Values | null)?.uuid;
      if (typeof port !== "number" || typeof uuid !== "string") continue;
      const told = typeof tower.address === "string" ? tower.address : "0.0.0.0";
      const address = told === "0.0.0.0" ? record.server.address : told;
      this.#add(address, port, {
        by: "endpoint_mapper",
        interface: this.#nameOf(uuid) ?? uuid,
        oxid: null,
        stream: record.stream,
        frame,
      });
    }
  }

  /** The TCP bindings of the exporters that a call taught. A name stands for the machine that gave it. */
  learnBindings(record: CallRecord, objects: ObjectTable): void {
    const frame = record.frames.response[0] ?? 0;
    for (const exporter of objects.taught()) {
      for (const b of exporter.bindings) {
        const { host, port } = readNetworkAddress(b.address);
        if (b.towerId !== 7 || port === null) continue;
        const told: AnnouncementRecord = {
          by: "oxid_binding",
          interface: null,
          oxid: exporter.oxid,
          stream: record.stream,
          frame,
        };
        this.#add(host, port, told);
        this.#add(exporter.machine ?? record.server.address, port, told);
      }
    }
  }

  #add(address: string, port: number, told: AnnouncementRecord): void {
    const at = key(address, port);
    this.#forget(at);
    this.#endpoints.set(at, told);
    this.#account.charge(ENDPOINT_COST + 2 * at.length);
    if (this.#endpoints.size <= MAX_ENDPOINTS) return;
    this.#forget(this.#oldest.next()!);
    this.full = true;
  }
}

function key(address: string, port: number): string {
  return `${address.toLowerCase()}|${port}`;
}

/** Every decoded tower anywhere in a value. */
function* towersIn(value: Value): IterableIterator<Values> {
  if (value === null || typeof value !== "object") return;
  if (Array.isArray(value)) {
    for (const v of value) yield* towersIn(v);
    return;
  }
  if ("floors" in value) yield value;
  else for (const v of Object.values(value)) yield* towersIn(v);
}
