/**
 * Calls of one activity over UDP: [C706] chapters 9, 10 and 12.5. It plays both sides; what is lost, repeated or out of order
 * is the story's to say.
 *
 * Not handled: authentication, broadcasts, windows.
 */

import type { Conversation, Data, SaidCall, Side } from "./conversation.js";
import { type DatagramKind, DG, datagramPdu } from "./datagram.js";
import type { Said } from "./dcom.js";

/** A method as it is called: stubs, and what they say. */
export interface Spoken {
  interface: string;
  uuid: string;
  version: number;
  method: string;
  opnum: number;
  request: Uint8Array;
  response?: Uint8Array;
  requestValues?: { [name: string]: Said };
  responseValues?: { [name: string]: Said };
  returned?: { value: number; name: string };
}

export interface ActivityOptions {
  /** Whose calls these are: a server calls its client back. */
  caller?: Side;
  little?: boolean;
  boot?: number;
  object?: string;
}

export interface CallOptions {
  status: SaidCall["status"];
  fault?: number;
}

/** One call, whose PDUs are said one by one. */
export class Call {
  readonly #activity: Activity;
  readonly #spoken: Spoken;
  readonly #sequence: number;
  readonly #index: number;
  #serial = 0;

  constructor(activity: Activity, spoken: Spoken, sequence: number, index: number) {
    this.#activity = activity;
    this.#spoken = spoken;
    this.#sequence = sequence;
    this.#index = index;
  }

  /** A PDU; `again` where it was said before, so that it is no part of the call. */
  pdu(type: DatagramKind, body: Uint8Array = new Uint8Array(0), more: PduOptions = {}): this {
    const { talk, connection, options, id, callee } = this.#activity;
    const { uuid, version, opnum } = this.#spoken;
    const { flags1 = 0, fragment = 0, again = false, fragments, status = null } = more;
    const { little = true, boot = 0, object } = options;
    const asks = type === "request" || type === "ping" || type === "ack" || type === "cl_cancel";
    const fields = {
      ...{
        type,
        activity: id,
        sequence: this.#sequence,
        interfaceId: uuid,
        version,
        opnum,
        flags1,
        fragment,
      },
      ...{ little, object, serial: this.#serial++, boot: asks ? 0 : boot },
    };
    const ofCall = type === "request" || type === "response" || type === "fault" || type === "reject";
    const said = {
      ...{ type, activity: id, sequence: this.#sequence, interface: uuid, opnum, object: object ?? null },
      ...{ fragment, length: body.length, status },
      call: ofCall && !again ? this.#index : null,
    };
    const from = asks ? this.#activity.caller : callee;
    talk.send(connection, from, datagramPdu(fields, body), said, fragments);
    return this;
  }

  /** The request in one PDU. */
  ask(flags1: number = DG.NO_FACK, fragments?: Data["fragments"]): this {
    return this.pdu("request", this.#spoken.request, { flags1, fragments });
  }

  /** The request in fragments of `size`, in that order of their numbers; a number that comes again is sent again. */
  askInFragments(size: number, order: readonly number[]): this {
    const { request } = this.#spoken;
    const last = Math.ceil(request.length / size) - 1;
    order.forEach((fragment, i) => {
      const flags1 = DG.FRAG | (fragment === last ? DG.LAST_FRAG : 0);
      const again = order.indexOf(fragment) < i;
      this.pdu("request", request.slice(fragment * size, (fragment + 1) * size), { flags1, fragment, again });
    });
    return this;
  }

  answer(): this {
    return this.pdu("response", this.#spoken.response ?? new Uint8Array(0), { flags1: DG.NO_FACK });
  }
}

interface PduOptions {
  flags1?: number;
  fragment?: number;
  again?: boolean;
  fragments?: Data["fragments"];
  status?: number;
}

export class Activity {
  readonly talk: Conversation;
  readonly connection: number;
  readonly options: ActivityOptions;
  readonly id: string;
  readonly caller: Side;
  readonly callee: Side;
  #sequence = 0;

  constructor(talk: Conversation, connection: number, options: ActivityOptions = {}) {
    this.talk = talk;
    this.connection = connection;
    this.options = options;
    this.id = talk.random.guid();
    this.caller = options.caller ?? "client";
    this.callee = this.caller === "client" ? "server" : "client";
  }

  /** The next call, of which nothing is said yet. */
  begin(spoken: Spoken, { status, fault }: CallOptions): Call {
    const { talk, connection, callee } = this;
    const answered = status === "ok" || status === "error";
    const sequence = this.#sequence++;
    talk.calls.push({
      connection,
      call_id: sequence,
      context_id: 0,
      opnum: spoken.opnum,
      interface: spoken.interface,
      uuid: spoken.uuid,
      method: spoken.method,
      object: this.options.object ?? null,
      transfer_syntax: "ndr",
      status,
      hresult: null,
      ...(answered && spoken.returned && { returned: spoken.returned }),
      transport: { protseq: "ncadg_ip_udp", endpoint: String(talk.connections[connection]![callee].port) },
      fault: fault ?? null,
      causality_id: null,
      auth: { type: "none", level: "none", user: null, domain: null, workstation: null },
      request: spoken.requestValues ?? null,
      response: answered ? (spoken.responseValues ?? null) : null,
      facts: null,
      rai: null,
      dispatch: null,
    });
    return new Call(this, spoken, sequence, talk.calls.length - 1);
  }
}
