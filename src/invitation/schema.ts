/**
 * The JSON Schema of the invitation record, checked against its type as in output/schema.ts. Importing this adds it
 * to the call log's definitions; nothing in the program itself imports it.
 */
import { type Static, Type } from "typebox";
import { connectionString, define, nullable, oneOf } from "../output/schema-parts.js";
import type { InvitationRecord } from "./record.js";

const text = Type.String();
const sentences = Type.Array(text);
const endpoint = Type.Object({ address: text, port: Type.Integer({ minimum: 0, maximum: 65535 }) });
const time = Type.String({
  pattern: "^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}Z$",
  description: "RFC 3339 in UTC, in whole seconds",
});
const place = {
  stream: Type.Integer({ minimum: 0 }),
  ts: text,
  client: endpoint,
  server: endpoint,
  file: nullable(text),
};

const invitation = define(
  "invitation",
  Type.Object({
    type: Type.Literal("invitation"),
    schema: Type.Literal(1),
    file: Type.String({ description: "the name as given" }),
    kind: nullable(Type.Union([Type.Literal(1), Type.Literal(2)]), {
      description: "the type of invitation; null for a bare connection string and for what is neither",
    }),
    encoding: nullable(oneOf(["utf-8", "utf-16le", "utf-16be"])),
    username: nullable(text),
    rcticket: nullable(connectionString),
    rcticket_encrypted: nullable(Type.Boolean()),
    lhticket: nullable(
      Type.Object({
        bytes: Type.Integer({ minimum: 0 }),
        decrypted: nullable(Type.Boolean({ description: "null: no password was given" })),
      }),
    ),
    connection_string: nullable(connectionString, {
      description: "the one to use: form 2 where it was decrypted",
    }),
    pass_stub: nullable(text),
    pass_stub_encrypted: nullable(
      Type.String({ pattern: "^(([0-9a-f]{2})*|<[a-z-]+>|<[a-z-]+-\\d+>)$", description: "hex" }),
    ),
    created: nullable(time),
    duration_minutes: nullable(Type.Integer({ minimum: 0 })),
    expires: nullable(time),
    expired: nullable(Type.Boolean()),
    link: nullable(oneOf(["modem", "high_speed"])),
    violations: sentences,
    error: nullable(text),
    listeners: Type.Array(
      Type.Object({
        host: text,
        port: nullable(Type.Integer({ minimum: 0 })),
        uri: nullable(text),
        class: oneOf([
          "loopback",
          "link_local",
          "private",
          "teredo",
          "public",
          "unspecified",
          "multicast",
          "name",
        ]),
      }),
    ),
    capture: Type.Optional(
      Type.Object({
        issued: Type.Array(
          Type.Object({
            ...place,
            call_id: Type.Integer({ minimum: 0 }),
            match: oneOf(["ticket", "listeners"]),
          }),
        ),
        dialled: Type.Array(Type.Object({ ...place, listener: text })),
        sealed: Type.Integer({
          minimum: 0,
          description: "Remote Assistance calls that could not be decrypted",
        }),
        complete: Type.Boolean({
          description: "false where a capture is damaged or was cut short, or could not be read",
        }),
      }),
    ),
  }),
);

type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : never) : never;
/** A compile error here says that the definition and the record type differ. @public for the compiler alone. */
export const invitationAgrees: Same<Static<typeof invitation>, InvitationRecord> = true;
