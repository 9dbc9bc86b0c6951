/** The row of ntlm.log: what the messages of a conversation's first logon said, and whether it succeeded. */

import type { NegotiationObservation, NtlmObservation } from "../../observations.js";
import type { ZeekValue } from "./logs.js";
import { microsOf } from "./times.js";

export class Logons {
  #ts: number | null = null;
  #user: string | null = null;
  #host: string | null = null;
  #domain: string | null = null;
  #nbName: string | null = null;
  #dnsName: string | null = null;
  #tree: string | null = null;
  #success: boolean | null = null;
  #done = false;

  message({ ts, user, domain, workstation, ...server }: NtlmObservation): void {
    // Zeek has one row for a connection.
    if (this.#done) return;
    this.#ts ??= microsOf(ts);
    this.#user = named(user) ?? this.#user;
    this.#domain = named(domain) ?? this.#domain;
    this.#host = named(workstation) ?? this.#host;
    this.#nbName = server.nb_computer_name ?? this.#nbName;
    this.#dnsName = server.dns_computer_name ?? this.#dnsName;
    this.#tree = server.dns_tree_name ?? this.#tree;
  }

  /** A negotiation has come so far: where it is over, answers the row behind the columns of the connection. */
  negotiated({ state }: NegotiationObservation): readonly ZeekValue[] | null {
    if (this.#ts === null || this.#done || state === null || state === "accept-incomplete") return null;
    this.#success = state === "accept-completed";
    return this.row();
  }

  /** The row, if there is one that was not taken yet; the first value is its time. */
  row(): readonly ZeekValue[] | null {
    if (this.#ts === null || this.#done) return null;
    this.#done = true;
    return [
      this.#ts,
      this.#user,
      this.#host,
      this.#domain,
      this.#nbName,
      this.#dnsName,
      this.#tree,
      this.#success,
    ];
  }
}

/** Nobody is named by an empty text. */
function named(text: string | null): string | null {
  return text === "" ? null : text;
}
