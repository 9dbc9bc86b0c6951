/** The conversations that rows are of: their names and ends, and what was seen in them. */

import type { DetectionRecord, Endpoint } from "../../events.js";
import type { Connection } from "./calls.js";
import type { Logons } from "./logons.js";
import type { Tickets } from "./tickets.js";
import { uidOf } from "./uid.js";

/** Conversations remembered at a time; the one that was met first makes room. Those that are over may still have calls to come. */
const MAX_CONVERSATIONS = 32_768;
/** Rows of one conversation that are remembered so that they are not repeated, and for how long, in microseconds. */
const MAX_RECENT = 1_024;
const RECENT = 180e6;

/** A machine, with its port where it is one connection's. */
type PartOf = DetectionRecord["client"];

/** One connection, or what goes to and fro between two ports in datagrams. */
export class Conversation {
  connection: Connection;
  readonly over: "tcp" | "udp";
  /** Confirmed protocols in Zeek's words, in order. */
  readonly services: string[] = [];
  /** The servers' secondary addresses, by port or pipe; what is seen of few is made where it is. */
  secondary: Map<string, string> | null = null;
  logons: Logons | null = null;
  tickets: Tickets | null = null;
  rdp: { ts: number; cookie: string | null; result: string | null; protocol: string | null } | null = null;
  #recent: Map<string, number> | null = null;

  constructor(connection: Connection, over: "tcp" | "udp") {
    this.connection = connection;
    this.over = over;
  }

  get client(): Endpoint {
    return { address: this.connection[1], port: this.connection[2] };
  }

  get server(): Endpoint {
    return { address: this.connection[3], port: this.connection[4] };
  }

  /** Whether it is between these, of whom not all may be known. */
  isBetween(...ends: readonly PartOf[]): boolean {
    const own = [this.client, this.server];
    return ends.every(
      (end) =>
        end === null ||
        own.some(({ address, port }) => end.address === address && (end.port === null || end.port === port)),
    );
  }

  /** A protocol on it is confirmed. */
  speaks(service: string): void {
    if (!this.services.includes(service)) this.services.push(service);
  }

  /** Whether the same was told a short while ago. */
  isRecent(row: string, now: number): boolean {
    this.#recent ??= new Map();
    const before = this.#recent.get(row);
    this.#recent.delete(row);
    if (this.#recent.size >= MAX_RECENT) this.#recent.delete(this.#recent.keys().next().value!);
    this.#recent.set(row, now);
    return before !== undefined && now - before <= RECENT;
  }
}

/** Where a record belongs. */
interface Place {
  stream: number | null;
  client: Endpoint;
  server: Endpoint;
}

const OVER = ["tcp", "udp"] as const;

export class Conversations {
  readonly #byKey = new Map<string, Conversation>();

  /** `began`: when, in microseconds, as far as is known. */
  of(over: "tcp" | "udp", { stream, client, server }: Place, began: number): Conversation {
    const key = `${over}${stream}`;
    let known = this.#byKey.get(key);
    if (known === undefined) {
      if (this.#byKey.size >= MAX_CONVERSATIONS) this.#byKey.delete(this.#byKey.keys().next().value!);
      const ends = [client.address, client.port, server.address, server.port] as const;
      known = new Conversation([uidOf(began, over, ...ends), ...ends], over);
      this.#byKey.set(key, known);
    }
    return known;
  }

  /**
   * One that begins, or of which something else is said: who began it is no other conversation. Datagrams may begin anew under a
   * number that is known.
   */
  begin(over: "tcp" | "udp", place: Place, began: number): Conversation {
    const key = `${over}${place.stream}`;
    const known = this.#byKey.get(key);
    if (over === "tcp" && known !== undefined) {
      const { client, server } = place;
      known.connection = [known.connection[0], client.address, client.port, server.address, server.port];
      return known;
    }
    this.#byKey.delete(key);
    return this.of(over, place, began);
  }

  /**
   * The one that a finding begins with; null where it is not known. Findings do not say over what they went, and TCP and
   * datagrams are counted apart: the machines tell, and where they do not, nobody does.
   */
  found({ stream, client, server }: DetectionRecord): Conversation | null {
    const [one, other] = OVER.flatMap((over) => {
      const known = this.#byKey.get(`${over}${stream}`);
      return known?.isBetween(client, server) === true ? [known] : [];
    });
    return other === undefined ? (one ?? null) : null;
  }

  all(): IterableIterator<Conversation> {
    return this.#byKey.values();
  }
}
