/** The row of kerberos.log: the first exchange of a conversation with a KDC, or in which a ticket is shown. */

import type { KerberosObservation } from "../../observations.js";
import { cipherName, errorText } from "./kerberos-names.js";
import type { ZeekValue } from "./logs.js";
import { microsOf } from "./times.js";

/** What Zeek does not list: that a client is to prove itself is said before each logon. */
const IGNORED_ERRORS: ReadonlySet<string> = new Set([
  "NEEDED_PREAUTH",
  "Need to use PA-ENC-TIMESTAMP/PA-PK-AS-REQ",
]);

interface Ticket {
  ts: number;
  type: string | null;
  client: string | null;
  service: string | null;
  success: boolean | null;
  error: string | null;
  from: number | null;
  till: number | null;
  cipher: string | null;
  forwardable: boolean | null;
  renewable: boolean | null;
}

export class Tickets {
  #ticket: Ticket | null = null;
  #done = false;

  /** One message; answers the row where it ends the exchange, behind the columns of the connection. */
  message(seen: KerberosObservation): readonly ZeekValue[] | null {
    if (this.#done) return null;
    this.#ticket ??= begun(microsOf(seen.ts));
    const ticket = this.#ticket;
    switch (seen.message) {
      case "AS-REQ":
        ticket.client = `${seen.cname ?? ""}/${seen.realm ?? ""}`;
        asked(ticket, seen, "AS");
        return null;
      case "TGS-REQ":
        asked(ticket, seen, "TGS");
        return null;
      case "AS-REP":
      case "TGS-REP":
        if (seen.cname !== null || seen.realm !== null)
          ticket.client ??= `${seen.cname ?? ""}/${seen.realm ?? ""}`;
        ticket.service = seen.service;
        ticket.cipher = cipherOf(seen);
        ticket.success = true;
        return this.row();
      case "AP-REQ":
        ticket.type = "AP";
        ticket.service = seen.service ?? ticket.service;
        ticket.cipher = cipherOf(seen) ?? ticket.cipher;
        if (seen.realm !== null) ticket.client = `/${seen.realm}`;
        return null;
      case "AP-REP":
        ticket.success = true;
        return this.row();
      case "KRB-ERROR":
        return this.#failed(ticket, seen);
    }
  }

  #failed(ticket: Ticket, seen: KerberosObservation): readonly ZeekValue[] | null {
    if (seen.e_text !== null && IGNORED_ERRORS.has(seen.e_text)) {
      this.#ticket = null;
      return null;
    }
    if (seen.cname !== null || seen.realm !== null) {
      ticket.client ??= `${seen.cname === null ? "" : `${seen.cname}/`}${seen.realm ?? ""}`;
    }
    ticket.service = seen.service ?? ticket.service;
    ticket.success = false;
    ticket.error = seen.e_text ?? (seen.error_code === null ? null : errorText(seen.error_code));
    return this.row();
  }

  /** The row, if there is one that was not taken yet; the first value is its time. */
  row(): readonly ZeekValue[] | null {
    const t = this.#ticket;
    if (t === null || this.#done) return null;
    this.#done = true;
    const times = [t.from, t.till].map((seconds) => (seconds === null ? null : seconds * 1e6));
    return [
      ...[t.ts, t.type, t.client, t.service, t.success, t.error, ...times, t.cipher, t.forwardable],
      ...[t.renewable, null, null, null, null],
    ];
  }
}

function begun(ts: number): Ticket {
  return {
    ts,
    type: null,
    client: null,
    service: null,
    success: null,
    error: null,
    from: null,
    till: null,
    cipher: null,
    forwardable: null,
    renewable: null,
  };
}

/** What a client asks of a KDC. */
function asked(ticket: Ticket, seen: KerberosObservation, type: string): void {
  ticket.type = type;
  ticket.service = seen.service ?? ticket.service;
  ticket.from = seen.from ?? ticket.from;
  ticket.till = seen.till ?? ticket.till;
  ticket.forwardable = seen.forwardable ?? ticket.forwardable;
  ticket.renewable = seen.renewable ?? ticket.renewable;
}

function cipherOf({ ticket_etype }: KerberosObservation): string | null {
  return ticket_etype === null ? null : cipherName(ticket_etype);
}
