/**
 * The later TCP connection to one of a connection string's listeners. [MS-RA] 3.1.5: the expert tries all of them, and the
 * first that succeeds is used. Listeners name addresses or machines; behind address translation neither may be what is connected to.
 */

import { canonicalAddress } from "../../address.js";
import type { ConnectionString, Endpoint } from "../../events.js";
import { SECOND } from "../../time.js";
import type { ConnectionAttempt } from "./attempts.js";
import { type Listener, listenersOf, RDP_PORT } from "./listeners.js";
import { type MachineNames, sameName } from "./machine-names.js";

/** How long after the string a connection is taken for its use. */
export const FOLLOW_UP = 600 * SECOND;

/** What is known of both sides when the connection is looked for. */
export interface Parties {
  experts: ReadonlySet<string>;
  novices: ReadonlySet<string>;
  noviceNames: readonly string[];
  names: MachineNames;
  /** Another expert's address: its connections are not this offer's. */
  isOtherExpert(address: string, at: number): boolean;
}

export interface FollowUp {
  attempt: ConnectionAttempt;
  client: Endpoint;
  server: Endpoint;
  /** The listener connected to, or null where the string itself could not be read. */
  listener: Listener | null;
  basis: "decoded" | "inferred";
  /** A clause that says how it was matched. */
  how: string;
  /** The expert called from another address. */
  otherAddress: boolean;
}

interface Match {
  rank: number;
  basis: FollowUp["basis"];
  listener: Listener;
  how: string;
}

function match(server: Endpoint, at: number, listeners: readonly Listener[], parties: Parties): Match | null {
  const { address, port } = server;
  let best: Match | null = null;
  const offer = (found: Match): void => {
    if (best === null || found.rank < best.rank) best = found;
  };
  for (const listener of listeners) {
    if (listener.port !== port) continue;
    const written = canonicalAddress(listener.host);
    if (written === address) {
      offer({ rank: 0, basis: "decoded", listener, how: "a listener of the connection string" });
    } else if (written === null) {
      const ours = parties.noviceNames.some((name) => sameName(name, listener.host));
      if ((ours && parties.novices.has(address)) || parties.names.isNameOf(listener.host, address, at)) {
        const how = `the listener ${listener.host}, a name that this capture shows to be ${address}'s`;
        offer({ rank: 1, basis: "decoded", listener, how });
      } else if (parties.novices.has(address)) {
        const how = `the port of the listener ${listener.host}, at the address that the calls went to`;
        offer({ rank: 2, basis: "inferred", listener, how });
      }
    } else if (parties.novices.has(address)) {
      const how = `the port of the listener at ${written}, at the address that the calls went to`;
      offer({ rank: 3, basis: "inferred", listener, how });
    }
  }
  return best;
}

export interface Window {
  from: number;
  to: number;
}

/** Connections to the string's listeners: those that came about, the best first, and those that did not. */
export function followUps(
  candidates: readonly ConnectionAttempt[],
  string: ConnectionString | null,
  window: Window,
  parties: Parties,
): { made: FollowUp[]; failed: FollowUp[] } {
  const listeners = listenersOf(string);
  const made: (FollowUp & { rank: number })[] = [];
  const failed: FollowUp[] = [];
  for (const attempt of candidates) {
    if (attempt.rpc || attempt.at < window.from || attempt.at > window.to) continue;
    for (const { client, server } of endsOf(attempt)) {
      const found = match(server, attempt.at, listeners, parties);
      if (found === null) continue;
      const otherAddress = !parties.experts.has(client.address);
      // From elsewhere only what is the string's beyond doubt, and nobody else's.
      if (otherAddress && (found.rank > 1 || parties.isOtherExpert(client.address, attempt.at))) continue;
      const followUp: FollowUp = {
        attempt,
        client,
        server,
        listener: found.listener,
        basis: otherAddress ? "inferred" : found.basis,
        how: found.how,
        otherAddress,
      };
      if (attempt.established) made.push({ ...followUp, rank: rankOf(followUp, found.rank) });
      else failed.push(followUp);
      break;
    }
  }
  made.sort((a, b) => a.rank - b.rank || a.attempt.at - b.attempt.at || a.attempt.stream - b.attempt.stream);
  return { made, failed };
}

/** Of a conversation met under way nobody knows who connected to whom. */
function endsOf({ flow, client, server }: ConnectionAttempt): { client: Endpoint; server: Endpoint }[] {
  const seen = { client, server };
  return flow.midstream ? [seen, { client: server, server: client }] : [seen];
}

/** Spoken RDP counts most, then that anything was said, then who called, then how sure the listener is. */
function rankOf({ attempt, otherAddress }: FollowUp, rank: number): number {
  const spoken = attempt.recognised !== null ? 0 : attempt.bytes > 0 ? 1 : 2;
  return spoken * 10 + (otherAddress ? 4 : 0) + rank;
}

/** Windows Vista and later listen for Remote Assistance on a dynamic port ([RFC 6335] 6), XP on 3389. */
const FIRST_DYNAMIC_PORT = 49152;

export interface Probable {
  /** The first that begins as RDP does. */
  made: FollowUp | null;
  /** The first to a port that a listener may have, of which nobody can say what it speaks. */
  unrecognised: ConnectionAttempt | null;
  /** Attempts in vain to such ports. */
  failed: ConnectionAttempt[];
}

/**
 * Where the string's listeners are not known: later connections from the expert to the novice. A conclusion, and no more. `how`
 * says what led to it; `named` are ports that belong to objects.
 */
export function probableFollowUp(
  candidates: readonly ConnectionAttempt[],
  window: Window,
  parties: Pick<Parties, "experts" | "novices">,
  named: ReadonlySet<number | null>,
  how: (attempt: ConnectionAttempt) => string,
): Probable {
  const found: Probable = { made: null, unrecognised: null, failed: [] };
  let best: ConnectionAttempt | null = null;
  for (const attempt of candidates) {
    const { client, server, at } = attempt;
    if (attempt.rpc || at < window.from || at > window.to) continue;
    if (!parties.experts.has(client.address) || !parties.novices.has(server.address)) continue;
    const listener =
      (server.port >= FIRST_DYNAMIC_PORT || server.port === RDP_PORT) && !named.has(server.port);
    if (!attempt.established) {
      if (listener) found.failed.push(attempt);
    } else if (attempt.recognised?.protocol === "rdp") {
      if (best === null || at < best.at) best = attempt;
    } else if (listener && attempt.recognised === null && attempt.bytes > 0) {
      if (found.unrecognised === null || at < found.unrecognised.at) found.unrecognised = attempt;
    }
  }
  if (best === null) return found;
  found.made = {
    attempt: best,
    client: best.client,
    server: best.server,
    listener: null,
    basis: "inferred",
    how: how(best),
    otherAddress: false,
  };
  return found;
}
