/**
 * The call log's JSON Schema (draft 2020-12), from the same definitions as the record types: what TypeScript makes of
 * these schemas is checked against events.ts below, so neither can change alone. The file that ships is generated
 * from here; nothing in the program itself imports this.
 */

import { type Static, Type } from "typebox";
import type * as records from "../events.js";
import { SCHEMA } from "../events.js";
import { addMeanings } from "./schema-meanings.js";
import {
  auth,
  authLevel,
  authType,
  connectionString,
  count,
  counters,
  define,
  defs,
  endpoint,
  frame,
  id64,
  nullable,
  oneOf,
  plainNote,
  rai,
  securityContext,
  severity,
  status32,
  text,
  time,
  uuid,
  value,
  values,
} from "./schema-parts.js";

export type Json = { [key: string]: unknown };

const head = {
  schema: Type.Literal(SCHEMA),
  id: nullable(Type.String({ pattern: "^[0-9a-f]{32}$" }), {
    description:
      "names the record by what was on the wire and when, the same in every run; null in a summary",
  }),
  revision: Type.Integer({ minimum: 1, description: "the same id with a higher revision replaces this one" }),
  provisional: Type.Boolean({ description: "true while a later revision may come" }),
  file: nullable(Type.String({ description: "the input, where several are read" })),
  community_id: nullable(
    Type.String({ description: "of the conversation, as Zeek, Suricata and Wireshark compute it" }),
  ),
};
const common = {
  ...head,
  ts: time,
  stream: Type.Integer({
    minimum: 0,
    description: "TCP conversation (for datagrams UDP conversation), counted from 0 over the run",
  }),
};

const transport = define(
  "transport",
  Type.Object({
    protseq: oneOf(["ncacn_ip_tcp", "ncacn_np", "ncadg_ip_udp", "ncacn_http"]),
    endpoint: Type.String({ description: "port or pipe of the server" }),
    smb: nullable(
      Type.Object({
        dialect: nullable(text),
        share: nullable(text),
        session_user: nullable(text),
        session_domain: nullable(text),
        encrypted: nullable(Type.Boolean()),
      }),
    ),
  }),
);

const wireSide = nullable(
  define(
    "wire_side",
    Type.Object({
      version: Type.String({ description: "of the protocol: 5.0, 5.1, in datagrams 4.0" }),
      byte_order: oneOf(["little", "big"]),
      characters: text,
      floats: text,
      last_ts: time,
      fragments: count,
      bytes: count,
      pdu_bytes: Type.Integer({
        minimum: 0,
        description:
          "of the PDUs as their headers claim, with headers, padding and (over connections) verifiers",
      }),
      alloc_hint: count,
      cancel_count: nullable(count),
    }),
  ),
);
const orpcExtensions = Type.Array(
  Type.Object({
    id: uuid,
    name: nullable(text),
    data: Type.String({ pattern: "^([0-9a-f]{2})*$" }),
    error: nullable(
      Type.Object({
        source: nullable(text),
        description: nullable(text),
        help_file: nullable(text),
        help_context: Type.Number(),
        iid: uuid,
      }),
    ),
  }),
);

const stubState = nullable(oneOf(["decoded", "encrypted", "incomplete", "malformed", "unknown"]), {
  description: "unknown: no method table; null: no such PDU",
});

const frames = Type.Object({ request: Type.Array(frame), response: Type.Array(frame) });
const acknowledged = nullable(frame, {
  description: "the frame that acknowledged the answer, over TCP; null also where no output asks for it",
});

const ranges = Type.Record(Type.String(), Type.Array(Type.Array(count, { minItems: 3, maxItems: 3 })));

const call = define(
  "call",
  Type.Object({
    type: Type.Literal("call"),
    ...common,
    duration_us: nullable(Type.Integer()),
    client: endpoint,
    server: endpoint,
    frames,
    acknowledged,
    places: nullable(
      Type.Array(Type.Object({ file: text, request: Type.Array(frame), response: Type.Array(frame) })),
      { description: "the same frames by file; null where one file is read or they are not distinguished" },
    ),
    transport,
    call_id: count,
    context_id: count,
    opnum: nullable(count),
    activity: nullable(uuid, { description: "of a call in datagrams: what call_id counts within" }),
    interface: Type.Object({
      uuid: nullable(uuid),
      version: nullable(text),
      name: nullable(text),
      inferred: Type.Optional(Type.Literal(true)),
    }),
    method: nullable(text),
    transfer_syntax: nullable(oneOf(["ndr", "ndr64"])),
    object: nullable(uuid),
    target: nullable(
      Type.Object({
        clsid: nullable(uuid),
        class: nullable(text),
        iid: nullable(uuid),
        oxid: nullable(id64),
        oid: nullable(id64),
        from_frame: nullable(frame),
      }),
    ),
    causality_id: nullable(uuid),
    dispatch: nullable(
      Type.Object({
        dispid: Type.String({ pattern: "^0x[0-9a-f]+$" }),
        interface: nullable(text),
        member: nullable(text),
        kind: oneOf(["method", "propget", "propput", "propputref"]),
        arguments: values,
        from_frame: Type.Optional(
          Type.Integer({
            minimum: 1,
            description: "the frame that taught the member's name, where the wire did",
          }),
        ),
        inferred: Type.Optional(
          Type.Literal(true, {
            description:
              "nothing captured says that the object is of this interface, or that the name is its own",
          }),
        ),
      }),
    ),
    auth,
    status: oneOf(["ok", "error", "fault", "unknown", "no_response", "no_request"], {
      description:
        "unknown: there is an answer, but whether it succeeded could not be read (sealed, cut, or no description of the method)",
    }),
    hresult: nullable(Type.Object({ value: status32, name: nullable(text), message: nullable(text) })),
    fault: nullable(Type.Object({ status: status32, name: nullable(text) })),
    stub: Type.Object({ request: stubState, response: stubState }),
    wire: Type.Object({ request: wireSide, response: wireSide }),
    orpc: nullable(
      Type.Object({
        version: nullable(text),
        request_flags: nullable(count),
        request_extensions: orpcExtensions,
        response_flags: nullable(count),
        response_extensions: orpcExtensions,
      }),
    ),
    request: nullable(values),
    response: nullable(values),
    readable: nullable(
      Type.Object(
        { request: values, response: values },
        {
          description:
            "what values mean, by their paths (`pInfo.Level1[3].dwType`): a text, a list or an object (docs/readable.md)",
        },
      ),
    ),
    returned: nullable(Type.Object({ type: text, value, name: nullable(text) })),
    rai: nullable(rai),
    notes: Type.Array(plainNote),
    ranges: Type.Optional(
      nullable(Type.Object({ request: ranges, response: ranges }), {
        description:
          "with --ranges alone: where each parameter stands, as [frame, offset, length]; null where that is not known",
      }),
    ),
  }),
);

const association = define(
  "association",
  Type.Object({
    type: Type.Literal("association"),
    ...common,
    client: endpoint,
    server: endpoint,
    transport,
    secondary_address: nullable(Type.String({ description: "of the bind_ack" })),
    traffic: nullable(
      Type.Object({
        client: Type.Object({ bytes: count, packets: count }),
        server: Type.Object({ bytes: count, packets: count }),
        duration_s: nullable(Type.Number()),
        history: nullable(Type.String({ description: "as in Zeek's conn.log" })),
      }),
    ),
    announced: nullable(
      Type.Object({
        by: oneOf(["endpoint_mapper", "oxid_binding"]),
        interface: nullable(text),
        oxid: nullable(id64),
        stream: count,
        frame: count,
      }),
    ),
    assoc_group_id: nullable(count),
    max_xmit_frag: nullable(count),
    max_recv_frag: nullable(count),
    features: Type.Array(text, { description: "what bind-time feature negotiation settled on" }),
    contexts: Type.Array(
      Type.Object({
        id: count,
        call_id: nullable(count, { description: "of the bind or alter_context; null in datagrams" }),
        interface: nullable(uuid),
        version: nullable(text),
        name: nullable(text),
        transfer_syntaxes: Type.Array(text),
        result: nullable(oneOf(["acceptance", "user_rejection", "provider_rejection", "negotiate_ack"])),
        reason: nullable(text),
        accepted_syntax: nullable(text),
        frame: nullable(frame),
      }),
    ),
    binds: Type.Array(
      Type.Object({
        ts: time,
        call_id: count,
        version: text,
        request: nullable(oneOf(["bind", "alter_context"])),
        response: nullable(oneOf(["bind_ack", "alter_context_resp", "bind_nak"])),
        frames,
        acknowledged,
      }),
      { description: "the exchanges in which contexts were proposed and answered" },
    ),
    auth: securityContext,
    security_contexts: Type.Array(securityContext),
    calls: count,
    notes: Type.Array(plainNote),
  }),
);

const basis = oneOf(["decoded", "inferred"], {
  description: "decoded: read from the bytes; inferred: concluded from what is in the clear",
});

const offer = define(
  "offer",
  Type.Object({
    type: Type.Literal("offer"),
    ...common,
    expert: Type.Object({
      address: text,
      user: nullable(text),
      domain: nullable(text),
      workstation: nullable(text),
      listed: nullable(Type.Boolean({ description: "the account is in the list of helpers" })),
    }),
    novice: Type.Object({ address: text, name: nullable(text) }),
    interface: nullable(oneOf(["IRASrv", "IPCHService"])),
    sessions: Type.Array(
      Type.Object({
        domain: nullable(text),
        user: nullable(text),
        session_id: nullable(Type.Number()),
        state: nullable(text),
      }),
    ),
    selected: nullable(
      Type.Object({
        domain: nullable(text),
        user: nullable(text),
        session_id: nullable(Type.Number()),
        source: oneOf(["parameters", "activation"], {
          description:
            "how the session was asked for: RemoteConnectionParms' parameters or a session moniker",
        }),
      }),
    ),
    connection_string: nullable(connectionString),
    follow_up: nullable(
      Type.Object({
        stream: count,
        ts: time,
        server: endpoint,
        protocol: nullable(text),
        duration_s: nullable(Type.Number({ description: "first to last segment of that connection" })),
        bytes: Type.Integer({ minimum: 0, description: "TCP payload of both directions" }),
        from_expert: nullable(
          Type.Boolean({ description: "it came from an address that the expert's calls came from" }),
        ),
      }),
      { description: "the later TCP connection to one of the connection string's listeners" },
    ),
    outcome: oneOf(["connected", "string_issued", "denied", "failed", "listed_only", "encrypted"]),
    refusal: nullable(text, { description: "why it was refused or failed, in plain words" }),
    basis,
    outcome_basis: basis,
    evidence: Type.Array(Type.Object({ statement: text, basis, frames: Type.Array(frame) }), {
      description: "each statement about the offer with the frames it rests on",
    }),
    calls: Type.Unsafe<[number, number][]>({
      type: "array",
      description: "[stream, call_id] of every call that belongs to the offer",
      items: {
        type: "array",
        prefixItems: [{ type: "integer" }, { type: "integer" }],
        items: false,
        minItems: 2,
      },
    }),
    call_ids: nullable(Type.Array(text, { description: "the ids of these calls" })),
    notes: Type.Array(plainNote),
  }),
);

const note = define(
  "note",
  Type.Object({
    type: Type.Literal("note"),
    ...head,
    ts: nullable(time),
    stream: nullable(count),
    severity,
    code: Type.String({ pattern: "^[a-z0-9]+(-[a-z0-9]+)*$" }),
    message: text,
    frame: nullable(Type.Integer({ minimum: 0 })),
    sealed: Type.Optional(
      Type.Object(
        { messages: count, auth: nullable(securityContext) },
        {
          description:
            "only of encrypted messages of an SMB session: how many, and what its setup said of whose it is",
        },
      ),
    ),
  }),
);

const foundAt = Type.Object({ address: text, port: nullable(count) });

const detection = define(
  "detection",
  Type.Object({
    type: Type.Literal("detection"),
    ...head,
    ts: nullable(time),
    stream: nullable(count),
    rule: Type.Object({
      id: text,
      title: text,
      level: oneOf(["informational", "low", "medium", "high", "critical"]),
      tags: Type.Array(text),
      techniques: Type.Array(text, { description: "ids of ATT&CK techniques among the tags" }),
    }),
    sentence: text,
    basis,
    calls: Type.Array(text, { description: "ids of the calls that it rests on, in order of time" }),
    frames: Type.Array(frame),
    client: nullable(foundAt),
    server: nullable(foundAt),
    user: nullable(text),
    domain: nullable(text),
    false_positives: Type.Array(text, { description: "what would make it harmless" }),
    fields: Type.Unsafe<{ [name: string]: records.Value }>({
      ...values,
      description: "the values that made it match, by the rule's names of fields",
    }),
  }),
);

const keysReport = define(
  "keys",
  Type.Object({
    secrets: Type.Array(
      Type.Object({
        secret: text,
        kind: oneOf(["password", "nt_hash", "session_key", "keytab", "kerberos_key", "none"]),
        user: nullable(text),
        domain: nullable(text),
        opened: count,
      }),
    ),
    contexts: Type.Array(
      Type.Object({
        stream: nullable(count),
        context_id: count,
        smb_session: nullable(text),
        type: authType,
        mechanism: nullable(text),
        level: authLevel,
        user: nullable(text),
        domain: nullable(text),
        opened: Type.Boolean(),
        secret: nullable(text),
        proof: nullable(
          oneOf([
            "nt_response",
            "lm_response",
            "mic",
            "mech_list_mic",
            "ticket",
            "authenticator",
            "signature",
            "anonymous",
          ]),
        ),
        reason: nullable(text),
        message: nullable(text),
      }),
    ),
    contexts_not_listed: count,
  }),
);

const liveCapture = define(
  "capture",
  Type.Object(
    {
      engine: Type.Union([Type.Literal("tcpdump"), Type.Literal("dumpcap"), Type.Literal("cap")]),
      time_stamps: Type.Union([Type.Literal("kernel"), Type.Literal("arrival")]),
      interfaces: Type.Array(text),
      filters: Type.Array(text),
      received: count,
      dropped_kernel: nullable(count),
      dropped_interface: nullable(count),
      dropped_own: count,
      written: nullable(Type.Object({ frames: count, bytes: count, files: count })),
    },
    { description: "only of a live capture; null counters are those that its engine does not report" },
  ),
);

const summary = define(
  "summary",
  Type.Object({
    type: Type.Literal("summary"),
    ...head,
    ts: nullable(time),
    stream: nullable(count),
    frames: count,
    bytes: count,
    streams: count,
    pdus: counters,
    calls: counters,
    offers: count,
    duration_s: nullable(Type.Number()),
    first_ts: nullable(time),
    last_ts: nullable(time),
    notes: counters,
    keys: nullable(keysReport),
    capture: nullable(liveCapture),
    detections: Type.Optional(
      Type.Unsafe<{ [level: string]: number }>({
        ...counters,
        description: "only where rules looked at the records: findings by level",
      }),
    ),
    shown: Type.Optional(
      Type.Object(
        { calls: count, offers: count },
        {
          description:
            "only where filters held records back: those let through; other figures are the whole run's",
        },
      ),
    ),
    skipped: Type.Optional(
      Type.Object(
        { time: count, records: Type.Optional(count), filter: Type.Optional(count) },
        {
          description:
            "only where frames were passed over as asked: those outside of --after and --before, those that -f holds back; other figures are of what was decoded",
        },
      ),
    ),
    ended: Type.Optional(
      oneOf(["limit", "signal", "output_closed"], {
        description: "only where the run ended before its input did",
      }),
    ),
    complete: Type.Boolean({
      description:
        "false when not all was read: the capture is damaged or was cut short, an input cannot be read, the run was stopped",
    }),
    traffic: Type.Object({
      tcp_segments: count,
      ip_packets: count,
      other_frames: count,
      rpc_streams: count,
      smb_streams: Type.Integer({
        minimum: 0,
        description:
          "conversations of SMB of which not all could be decoded: encrypted or compressed messages, or none was found",
      }),
      rpc_http_streams: Type.Integer({ minimum: 0, description: "conversations of RPC over HTTP, likewise" }),
      rpc_datagrams: Type.Integer({ minimum: 0, description: "datagrams that are connectionless DCE/RPC" }),
      not_read: Type.Array(
        Type.Object({
          code: Type.String({ description: "of the note that reports it" }),
          what: Type.String({ description: "in words, with the number" }),
          count,
        }),
        { description: "frames and packets whose inside could not be looked at" },
      ),
    }),
  }),
);

/** Compiles only while A and B take each other's values. */
type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : never) : never;
/** The definitions and the record types say the same: a compile error here names the record that differs.
 * @public for the compiler alone. */
export const agreement: {
  call: Same<Static<typeof call>, records.CallRecord>;
  association: Same<Static<typeof association>, records.AssociationRecord>;
  offer: Same<Static<typeof offer>, records.OfferRecord>;
  note: Same<Static<typeof note>, records.NoteRecord>;
  detection: Same<Static<typeof detection>, records.DetectionRecord>;
  summary: Same<Static<typeof summary>, records.SummaryRecord>;
} = { call: true, association: true, offer: true, note: true, detection: true, summary: true };

/** The whole schema: any record, distinguished by `type`. */
export function callLogSchema(): Json {
  const kinds = ["call", "association", "offer", "note", "detection", "summary"];
  if ("invitation" in defs) kinds.push("invitation");
  const schema = JSON.parse(
    JSON.stringify({
      $schema: "https://json-schema.org/draft/2020-12/schema",
      title: "raiscope call log",
      description: `One record of the call log. Keys may be added within schema ${SCHEMA}; none is renamed, retyped or removed.`,
      type: "object",
      required: ["type", "schema"],
      properties: { type: { enum: kinds }, schema: { type: "integer" } },
      oneOf: kinds.map((kind) => ({ $ref: `#/$defs/${kind}` })),
      $defs: defs,
    }),
  ) as Json & { $defs: Parameters<typeof addMeanings>[0] };
  addMeanings(schema.$defs);
  return schema;
}
