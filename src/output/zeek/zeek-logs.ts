/** From records to the rows of Zeek's logs, in the order in which they become known. */

import type { AssociationRecord, CallRecord, DetectionRecord, Event } from "../../events.js";
import type { ObservationRecord, Spoken } from "../../observations.js";
import { isDatagram } from "../transport.js";
import { callRow, dceRpcRow, type ZeekRows } from "./calls.js";
import { type Conversation, Conversations } from "./conversations.js";
import { seenIn } from "./from-association.js";
import { Logons } from "./logons.js";
import {
  CALLS,
  CONN,
  CONN_COMMUNITY_ID,
  DCE_RPC,
  KERBEROS,
  NOTICE,
  NTLM,
  RDP,
  SMB_FILES,
  SMB_MAPPING,
  type ZeekLog,
  type ZeekRow,
  type ZeekValue,
} from "./logs.js";
import { ZeekNames } from "./names.js";
import { noticeRow } from "./notices.js";
import { connRow, fileRow, mappingRow, noteRdp, rdpRow } from "./rows.js";
import { Tickets } from "./tickets.js";
import { microsOf } from "./times.js";

export interface ZeekOptions {
  rows: ZeekRows;
  /** conn.log has community ids. */
  communityId: boolean;
  /** The logs that are wanted; all where absent. */
  only?: ReadonlySet<ZeekLog>;
  /** notice.log is wanted alone. */
  findingsOnly?: boolean;
}

/** Takes a row of a log. */
export type Put = (log: ZeekLog, row: ZeekRow) => void;

const FINDINGS: ReadonlySet<ZeekLog> = new Set([NOTICE]);

/** Protocols in Zeek's words. */
const SERVICES: { readonly [protocol in Spoken]: string } = {
  dce_rpc: "dce_rpc",
  smb: "smb",
  kerberos: "krb",
  rdp: "rdp",
  ldap: "ldap_tcp",
  http: "http",
};

export class ZeekLogs {
  readonly #options: ZeekOptions;
  readonly #put: Put;
  readonly #names = new ZeekNames();
  readonly #conversations = new Conversations();
  /** Records come with observations: associations say nothing that these do not. */
  #observed = false;

  constructor(options: ZeekOptions, put: Put) {
    const { only = options.findingsOnly === true ? FINDINGS : undefined } = options;
    this.#options = only === undefined ? options : { ...options, only };
    this.#put = only === undefined ? put : (log, row) => (only.has(log) ? put(log, row) : undefined);
  }

  push(event: Event): void {
    const { only } = this.#options;
    if (event.type === "call") {
      if (only === undefined || only.has(DCE_RPC)) this.#call(event);
      else if (only.has(NOTICE)) this.#conversationOf(event);
    } else if (event.type === "observation") this.#observation(event);
    else if (event.type === "association" && !this.#observed) this.#association(event);
    else if (event.type === "detection") this.#finding(event);
  }

  /** What is not to be shown, but tells what rows that are belong to. */
  hidden(event: Event): void {
    if (event.type === "call") this.#conversationOf(event);
    if (event.type !== "observation") return;
    if (event.what === "conversation") this.#observation(event);
    else if (event.what === "secondary_address") this.#seen(this.#of(event), event);
  }

  /** What is known of conversations of which nobody said that they are over. */
  finish(): void {
    for (const conversation of this.#conversations.all()) this.#close(conversation);
  }

  #call(call: CallRecord): void {
    const conversation = this.#conversationOf(call);
    const { connection, secondary } = conversation;
    const pipe = secondary?.get(call.transport.endpoint) ?? null;
    const row = dceRpcRow(call, connection, pipe, this.#names, this.#options.rows);
    if (row !== null) this.#put(DCE_RPC, row);
    if (this.#options.only === undefined) this.#put(CALLS, callRow(call, connection));
  }

  #conversationOf(record: CallRecord | AssociationRecord): Conversation {
    const over = isDatagram(record.transport) ? "udp" : "tcp";
    return this.#conversations.of(over, record, microsOf(record.ts));
  }

  #finding(finding: DetectionRecord): void {
    const row = noticeRow(finding, this.#conversations.found(finding));
    if (row !== null) this.#put(NOTICE, row);
  }

  /** Of a call log, which has no observations. */
  #association(record: AssociationRecord): void {
    const conversation = this.#conversationOf(record);
    for (const seen of seenIn(record)) this.#seen(conversation, seen);
  }

  #observation(seen: ObservationRecord): void {
    this.#observed = true;
    const { over, ts } = seen;
    if (seen.what === "conversation") {
      const begun = this.#conversations.begin(over, seen, microsOf(ts));
      begun.speaks(seen.protocol === "kerberos" && over === "tcp" ? "krb_tcp" : SERVICES[seen.protocol]);
      return;
    }
    this.#seen(this.#of(seen), seen);
  }

  #of(seen: ObservationRecord): Conversation {
    return this.#conversations.of(seen.over, seen, microsOf(seen.ts));
  }

  #seen(conversation: Conversation, seen: ObservationRecord): void {
    switch (seen.what) {
      case "conversation":
        return;
      case "conversation_end": {
        this.#close(conversation);
        const { communityId } = this.#options;
        this.#put(communityId ? CONN_COMMUNITY_ID : CONN, connRow(seen, conversation, communityId));
        return;
      }
      case "secondary_address":
        conversation.speaks("dce_rpc");
        conversation.secondary ??= new Map();
        conversation.secondary.set(seen.endpoint, seen.secondary_address);
        return;
      case "ntlm":
        conversation.speaks("ntlm");
        conversation.logons ??= new Logons();
        conversation.logons.message(seen);
        return;
      case "negotiation":
        conversation.speaks("gssapi");
        this.#row(NTLM, conversation, conversation.logons?.negotiated(seen) ?? null);
        return;
      case "kerberos":
        if (!conversation.services.includes("krb_tcp")) conversation.speaks("krb");
        conversation.tickets ??= new Tickets();
        this.#row(KERBEROS, conversation, conversation.tickets.message(seen));
        return;
      case "tree":
        this.#put(SMB_MAPPING, mappingRow(seen, conversation));
        return;
      case "file": {
        const row = fileRow(seen, conversation);
        if (row !== null) this.#put(SMB_FILES, row);
        return;
      }
      case "rdp":
        noteRdp(conversation, seen);
    }
  }

  /** What is written of a conversation at its end. */
  #close(conversation: Conversation): void {
    this.#row(NTLM, conversation, conversation.logons?.row() ?? null);
    this.#row(KERBEROS, conversation, conversation.tickets?.row() ?? null);
    const rdp = rdpRow(conversation);
    conversation.rdp = null;
    if (rdp !== null) this.#put(RDP, rdp);
  }

  /** `values`: the time, and what stands behind the columns of the connection. */
  #row(log: ZeekLog, { connection }: Conversation, values: readonly ZeekValue[] | null): void {
    if (values !== null) this.#put(log, [values[0]!, ...connection, ...values.slice(1)]);
  }
}
