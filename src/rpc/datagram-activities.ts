/**
 * The activities of a run, by UUID and client, and in the order in which they were used. Clients that do not make their UUIDs
 * unique share some: who speaks tells them apart.
 */
import { type DatagramHeader, SENDERS } from "../../dissectors/dcerpc/connectionless.js";
import type { Guid } from "../../dissectors/wire/guid.js";
import type { Endpoint } from "../events.js";
import type { Instant } from "../time.js";
import type { Activity } from "./datagram-activity.js";

/** Activities with one UUID, which clients that do not make them unique share; the one met first is given up. */
export const MAX_SAME_UUID = 64;

/** Who sends a PDU to whom, and when. */
interface Way {
  header: DatagramHeader;
  from: Endpoint;
  to: Endpoint;
  time: Instant;
}

export class Activities {
  readonly #byUuid = new Map<Guid, Activity[]>();
  /** All of them, the one used longest ago first. */
  readonly #byUse = new Set<Activity>();

  /** All of them, the one used longest ago first; they may be removed on the way. */
  [Symbol.iterator](): IterableIterator<Activity> {
    return this.#byUse.values();
  }

  /** The one that a PDU belongs to, or null. */
  find({ header, from, to, time }: Way): Activity | null {
    const same = this.#byUuid.get(header.activity);
    if (same === undefined) return null;
    const sender = SENDERS[header.type];
    const client = sender === "server" ? to : from;
    // Either side sends it, or it goes where nobody asked from: the addresses have to do.
    return (
      same.find((one) => isEndpoint(one.client, client)) ??
      same.find(
        (one) =>
          sender !== "client" &&
          isBetween(one, from, to) &&
          (sender === null || one.knows(header.sequence, time)),
      ) ??
      null
    );
  }

  /** The one met first of as many with this UUID as there may be; null where there are fewer. */
  surplus(uuid: Guid): Activity | null {
    const same = this.#byUuid.get(uuid) ?? [];
    return same.length >= MAX_SAME_UUID ? same[0]! : null;
  }

  add(activity: Activity): void {
    const same = this.#byUuid.get(activity.uuid);
    if (same === undefined) this.#byUuid.set(activity.uuid, [activity]);
    else same.push(activity);
  }

  /** It was used just now. */
  touch(activity: Activity): void {
    this.#byUse.delete(activity);
    this.#byUse.add(activity);
  }

  remove(activity: Activity): void {
    this.#byUse.delete(activity);
    const same = this.#byUuid.get(activity.uuid)!;
    if (same.length === 1) this.#byUuid.delete(activity.uuid);
    else same.splice(same.indexOf(activity), 1);
  }
}

function isEndpoint(a: Endpoint, b: Endpoint): boolean {
  return a.port === b.port && a.address === b.address;
}

/** The datagram goes between the two addresses that the activity is between. */
function isBetween({ client, server }: Activity, from: Endpoint, to: Endpoint): boolean {
  return (
    (from.address === client.address && to.address === server) ||
    (to.address === client.address && from.address === server)
  );
}
