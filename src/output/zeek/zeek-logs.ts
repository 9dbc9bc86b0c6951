/** From records to the rows of Zeek's logs, in the order in which they become known. */

import type { CallRecord, Event } from "../../events.js";
import { isDatagram } from "../transport.js";
import { callRow, dceRpcRow, type ZeekRows } from "./calls.js";
import { type Conversation, Conversations } from "./conversations.js";
import { CALLS, DCE_RPC, type ZeekLog, type ZeekRow } from "./logs.js";
import { ZeekNames } from "./names.js";
import { microsOf } from "./times.js";

export interface ZeekOptions {
  rows: ZeekRows;
  /** conn.log gets community ids. */
  communityId: boolean;
}

/** Takes a row of a log. */
export type Put = (log: ZeekLog, row: ZeekRow) => void;

export class ZeekLogs {
  readonly #options: ZeekOptions;
  readonly #put: Put;
  readonly #names = new ZeekNames();
  readonly #conversations = new Conversations();

  constructor(options: ZeekOptions, put: Put) {
    this.#options = options;
    this.#put = put;
  }

  push(event: Event): void {
    if (event.type === "call") this.#call(event);
  }

  /** What is known of conversations that are not over. */
  finish(): void {}

  #call(call: CallRecord): void {
    const conversation = this.#of(call);
    conversation.services.add("dce_rpc");
    const pipe = conversation.secondary.get(call.transport.endpoint) ?? null;
    const row = dceRpcRow(call, conversation.connection, pipe, this.#names, this.#options.rows);
    if (row !== null) this.#put(DCE_RPC, row);
    this.#put(CALLS, callRow(call, conversation.connection));
  }

  #of(call: CallRecord): Conversation {
    const transport = isDatagram(call.transport) ? "udp" : "tcp";
    return this.#conversations.of(transport, call, microsOf(call.ts));
  }
}
