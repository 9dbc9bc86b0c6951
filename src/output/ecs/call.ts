/** A call as a document of ECS, in the shape that Elastic gives to a line of Zeek's dce_rpc.log; all the rest under `raiscope`. */

import type { CallRecord } from "../../events.js";
import { endTime } from "../later.js";
import { isDatagram } from "../transport.js";
import { type Connection, wordsOf } from "../zeek/calls.js";
import type { ZeekNames } from "../zeek/names.js";
import { addUser, documentOf, type EcsDocument, endsOf, jsonOf, type Outcome } from "./document.js";

const OUTCOMES: { readonly [status in CallRecord["status"]]: Outcome } = {
  ok: "success",
  error: "failure",
  fault: "failure",
  unknown: "unknown",
  no_response: "unknown",
  no_request: "unknown",
};

/** What all calls of one caller in a conversation say alike, as text. */
interface Ends {
  caller: string;
  text: string;
}

export class CallLines {
  readonly #names: ZeekNames;
  readonly #input: string | null;
  readonly #ends = new WeakMap<Connection, Ends>();

  /** `input`: the capture, where records do not say. */
  constructor(names: ZeekNames, input: string | null) {
    this.#names = names;
    this.#input = input;
  }

  /** The document of a call as one line. `pipe`: the secondary address of the server, where it is known. */
  line(call: CallRecord, connection: Connection, pipe: string | null): string {
    const document = callDocument(call, connection[0], pipe, this.#names, this.#input);
    return `{${this.#endsOf(call, connection)},${JSON.stringify(document).slice(1)}\n`;
  }

  #endsOf(call: CallRecord, connection: Connection): string {
    const { user, domain, workstation } = call.auth;
    const caller = `${user}\0${domain}\0${workstation}`;
    const known = this.#ends.get(connection);
    if (known?.caller === caller) return known.text;
    const ends = endsOf(call, isDatagram(call.transport) ? "udp" : "tcp", "dce_rpc");
    addUser(ends, call.auth);
    const text = JSON.stringify(ends).slice(1, -1);
    this.#ends.set(connection, { caller, text });
    return text;
  }
}

function callDocument(
  call: CallRecord,
  uid: string,
  pipe: string | null,
  names: ZeekNames,
  input: string | null,
): EcsDocument {
  const { ts, duration_us: duration, interface: iface, status } = call;
  const { endpoint, operation } = wordsOf(call, names);
  const document = documentOf(
    call,
    ts,
    {
      category: ["network"],
      type: ["connection", "protocol", "info"],
      action: operation ?? undefined,
      outcome: OUTCOMES[status],
      id: uid,
      start: ts,
      end: duration === null ? undefined : endTime(ts, duration),
      duration: duration === null ? undefined : duration * 1000,
    },
    "call",
    input,
    own(call),
  );
  document.message = `${iface.name ?? endpoint ?? "DCE/RPC"} ${call.method ?? operation ?? "call"}: ${status}`;
  if (iface.name !== null) document.service = { name: iface.name };
  addError(document, call);
  document.zeek = {
    session_id: uid,
    dce_rpc: {
      endpoint: endpoint ?? undefined,
      operation: operation ?? undefined,
      named_pipe: pipe ?? undefined,
      rtt: duration === null || duration === 0 ? undefined : duration / 1e6,
    },
  };
  return document;
}

function addError(document: EcsDocument, { status, fault, hresult, returned }: CallRecord): void {
  if (fault !== null) {
    document.error = { code: fault.status, message: fault.name ?? undefined };
    return;
  }
  if (hresult !== null) {
    document.event.reason = hresult.name ?? hresult.value;
    if (status === "error") document.error = { code: hresult.value, message: hresult.message ?? undefined };
    return;
  }
  if (returned === null) return;
  const code = typeof returned.value === "object" ? undefined : String(returned.value);
  document.event.reason = returned.name ?? code;
  if (status === "error") document.error = { code, message: returned.name ?? undefined };
}

/** What ECS has no field for, as the record has it: null says nothing to a search engine. */
function own(call: CallRecord): { [field: string]: unknown } {
  const { dispatch, notes } = call;
  return {
    call_id: call.call_id,
    context_id: call.context_id,
    opnum: call.opnum,
    activity: call.activity ?? undefined,
    interface: call.interface,
    method: call.method,
    transfer_syntax: call.transfer_syntax,
    object: call.object ?? undefined,
    target: call.target ?? undefined,
    causality_id: call.causality_id ?? undefined,
    dispatch: dispatch === null ? undefined : { ...dispatch, arguments: jsonOf(dispatch.arguments) },
    status: call.status,
    frames: call.frames,
    transport: call.transport,
    auth: call.auth,
    stub: call.stub,
    wire: call.wire,
    request: jsonOf(call.request),
    response: jsonOf(call.response),
    readable: jsonOf(call.readable),
    rai: jsonOf(call.rai),
    notes: notes.length === 0 ? undefined : notes.map(({ code }) => code),
  };
}
