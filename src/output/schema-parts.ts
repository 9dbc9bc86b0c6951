/**
 * Parts that several records of the call log's JSON Schema share, each once under `$defs`, and the few functions that
 * the definitions are written with. As schema.ts this is imported by scripts and tests only.
 */

import { type Static, type TSchema, Type } from "typebox";
import type * as records from "../events.js";

/** Named parts, each once under `$defs`. */
export const defs: { [name: string]: TSchema } = {};

/** Registers `schema` under `$defs` and answers a reference to it of the same static type. */
export function define<S extends TSchema>(
  name: string,
  schema: S,
): ReturnType<typeof Type.Unsafe<Static<S>>> {
  defs[name] = schema;
  return Type.Unsafe<Static<S>>({ $ref: `#/$defs/${name}` });
}

type Describe = { description?: string };

export function nullable<S extends TSchema>(schema: S, options: Describe = {}) {
  return Type.Union([schema, Type.Null()], options);
}

/** One of some strings, as `enum`: shorter in the file than a union of constants. */
export function oneOf<const V extends readonly string[]>(values: V, options: Describe = {}) {
  return Type.Unsafe<V[number]>({ type: "string", enum: [...values], ...options });
}

export const text = Type.String();
export const count = Type.Integer({ minimum: 0 });
export const frame = Type.Integer({ minimum: 1 });

export const uuid = define(
  "uuid",
  Type.String({ pattern: "^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$" }),
);
export const id64 = define(
  "id64",
  Type.String({ pattern: "^[0-9a-f]{16}$", description: "OXID or OID, most significant digit first" }),
);
export const status32 = define("status32", Type.String({ pattern: "^0x[0-9a-f]{8}$" }));
export const time = define(
  "time",
  Type.String({
    pattern: "^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}\\.(\\d{6}|\\d{9})Z$",
    description: "RFC 3339 in UTC, with as many fractional digits as the capture has",
  }),
);

defs.value = Type.Unsafe<records.Value>({
  description: "A decoded parameter: the mapping from IDL types is in the call log's description",
  anyOf: [
    { type: "null" },
    { type: "boolean" },
    { type: "number" },
    { type: "string" },
    { type: "array", items: { $ref: "#/$defs/value" } },
    { type: "object", additionalProperties: { $ref: "#/$defs/value" } },
  ],
});
export const value = Type.Unsafe<records.Value>({ $ref: "#/$defs/value" });
export const values = define(
  "values",
  Type.Unsafe<{ [name: string]: records.Value }>({
    type: "object",
    additionalProperties: { $ref: "#/$defs/value" },
  }),
);
export const counters = define(
  "counters",
  Type.Unsafe<{ [name: string]: number }>({
    type: "object",
    additionalProperties: { type: "integer", minimum: 0 },
  }),
);

export const severity = oneOf(["info", "warning", "error"]);
export const plainNote = define(
  "plain_note",
  Type.Object({
    severity,
    code: Type.String({ pattern: "^[a-z0-9]+(-[a-z0-9]+)*$" }),
    message: text,
  }),
);

export const endpoint = define(
  "endpoint",
  Type.Object({ address: text, port: Type.Integer({ minimum: 0, maximum: 65535 }) }),
);

// Open lists: a value that is not listed is printed as the number it is on the wire.
export const authType = Type.Unsafe<records.AuthType>({
  type: "string",
  description: "none, ntlmssp, spnego, kerberos, netlogon, schannel; another number as on the wire",
});
export const authLevel = Type.Unsafe<records.AuthLevel>({
  type: "string",
  description: "none, connect, call, pkt, pkt_integrity, pkt_privacy; another number as on the wire",
});
const authMembers = {
  type: authType,
  mechanism: nullable(text, { description: "what SPNEGO settled on, or the type itself" }),
  level: authLevel,
  context_id: nullable(Type.Integer()),
  user: nullable(text),
  domain: nullable(text),
  workstation: nullable(text),
  source: nullable(oneOf(["context", "smb_session"]), { description: "whose credentials these are" }),
  decrypted: nullable(Type.Boolean()),
  verified: nullable(Type.Boolean()),
};
export const auth = define("auth", Type.Object(authMembers));

const ntlm = define(
  "ntlm",
  Type.Object({
    negotiate_flags: Type.Array(text),
    target_name: nullable(text),
    server_challenge: nullable(text),
    av_pairs: values,
    client_version: nullable(text),
    server_version: nullable(text),
    nt_response_kind: nullable(oneOf(["ntlmv2", "ntlmv1", "anonymous"])),
    mic_present: nullable(Type.Boolean()),
  }),
);
const kerberos = define(
  "kerberos",
  Type.Object({
    realm: nullable(text),
    service: nullable(text),
    ticket_etype: nullable(text),
    authenticator_etype: nullable(text),
    user_to_user: Type.Boolean(),
  }),
);
export const securityContext = define(
  "security_context",
  Type.Object({ ...authMembers, ntlm: nullable(ntlm), kerberos: nullable(kerberos) }),
);

const violations = Type.Array(text, { description: "every broken MUST, as a sentence" });
const connectionString1 = define(
  "connection_string_1",
  Type.Object({
    form: Type.Literal(1),
    raw: text,
    protocol_version: nullable(Type.Number()),
    protocol_type: nullable(Type.Number()),
    machine_addresses: Type.Array(Type.Object({ host: text, port: nullable(Type.Number()) })),
    assistant_account_pwd: nullable(text),
    ra_session_id: nullable(text),
    ra_session_name: nullable(text),
    ra_session_pwd: nullable(text),
    protocol_specific_parms: nullable(text),
    listeners: Type.Array(Type.Object({ port: nullable(Type.Number()), name: nullable(text) })),
    violations,
  }),
);
const connectionString2 = define(
  "connection_string_2",
  Type.Object({
    form: Type.Literal(2),
    raw: text,
    auth: Type.Object({ kh: nullable(text), kh2: nullable(text), id: nullable(text) }),
    transports: Type.Array(
      Type.Object({
        id: nullable(text),
        sid: nullable(text),
        listeners: Type.Array(
          Type.Object({ port: nullable(Type.Number()), name: nullable(text), uri: nullable(text) }),
        ),
      }),
    ),
    violations,
  }),
);
const unknownString = define(
  "connection_string_unknown",
  Type.Object({ form: Type.Null(), raw: text, violations }),
);
/** Any connection string; the invitation record holds them as well. */
export const connectionString = define(
  "connection_string",
  Type.Union([connectionString1, connectionString2, unknownString]),
);

export const rai = define(
  "rai",
  Type.Object({
    connection_string: nullable(connectionString),
    help_blob: nullable(
      Type.Object({
        raw: text,
        fields: Type.Array(Type.Object({ length: nullable(Type.Number()), text })),
        unsolicited: nullable(Type.Boolean(), { description: "null where it was cut before it said so" }),
        id: Type.Object({ domain: nullable(text), user: nullable(text) }),
        violations,
      }),
    ),
    sessions: nullable(
      Type.Array(
        Type.Object({
          raw: text,
          domain: nullable(text),
          user: nullable(text),
          session_id: nullable(Type.Number()),
        }),
      ),
    ),
  }),
);
