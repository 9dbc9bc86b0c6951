/** The conversations that rows are of: their names and ends, and what was seen in them until they are over. */

import type { Endpoint } from "../../events.js";
import type { Connection } from "./calls.js";
import { uidOf } from "./uid.js";

/** Conversations remembered of which nobody says when they are over: those of a call log. */
const MAX_CONVERSATIONS = 65_536;

/** One connection, or what goes to and fro between two ports in datagrams. */
export interface Conversation {
  readonly connection: Connection;
  readonly transport: "tcp" | "udp";
  /** Confirmed protocols in Zeek's words, in order. */
  readonly services: Set<string>;
  /** The servers' secondary addresses, by port or pipe. */
  readonly secondary: Map<string, string>;
}

/** Where a record belongs. */
interface Place {
  stream: number | null;
  client: Endpoint;
  server: Endpoint;
}

export class Conversations {
  readonly #byKey = new Map<string, Conversation>();

  /** `began`: when, in microseconds, as far as is known. */
  of(transport: "tcp" | "udp", { stream, client, server }: Place, began: number): Conversation {
    const key = `${transport}${stream}`;
    let known = this.#byKey.get(key);
    if (known === undefined) {
      if (this.#byKey.size >= MAX_CONVERSATIONS) this.#byKey.delete(this.#byKey.keys().next().value!);
      const ends = [client.address, client.port, server.address, server.port] as const;
      known = {
        connection: [uidOf(began, transport, ...ends), ...ends],
        transport,
        services: new Set(),
        secondary: new Map(),
      };
      this.#byKey.set(key, known);
    }
    return known;
  }

  forget(transport: "tcp" | "udp", stream: number): void {
    this.#byKey.delete(`${transport}${stream}`);
  }

  all(): IterableIterator<Conversation> {
    return this.#byKey.values();
  }
}
