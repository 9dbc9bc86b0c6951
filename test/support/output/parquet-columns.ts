/** Where each column of a Parquet table stands in the records of the call log, for comparing the one with the other. */
import assert from "node:assert/strict";
import type { EventKind } from "../../../src/events.js";
import { instantOf } from "../../../src/output/parquet/times.js";
import type { Row } from "./duckdb.js";
import { at } from "./exports.js";

type Paths = { readonly [column: string]: string };
/** A record as a line of the call log has it. */
export type Line = { [key: string]: unknown };

const CONVERSATION: Paths = {
  client_address: "client.address",
  client_port: "client.port",
  server_address: "server.address",
  server_port: "server.port",
  protseq: "transport.protseq",
  endpoint: "transport.endpoint",
  smb_dialect: "transport.smb.dialect",
  smb_share: "transport.smb.share",
  smb_session_user: "transport.smb.session_user",
  smb_session_domain: "transport.smb.session_domain",
  smb_encrypted: "transport.smb.encrypted",
};

const SECURITY: Paths = {
  auth_type: "auth.type",
  auth_mechanism: "auth.mechanism",
  auth_level: "auth.level",
  auth_context_id: "auth.context_id",
  auth_user: "auth.user",
  auth_domain: "auth.domain",
  auth_workstation: "auth.workstation",
  auth_source: "auth.source",
  auth_decrypted: "auth.decrypted",
  auth_verified: "auth.verified",
};

const CALL: Paths = {
  request_frames: "frames.request",
  response_frames: "frames.response",
  interface_uuid: "interface.uuid",
  interface_version: "interface.version",
  interface_name: "interface.name",
  target_clsid: "target.clsid",
  target_class: "target.class",
  target_iid: "target.iid",
  target_oxid: "target.oxid",
  target_oid: "target.oid",
  target_from_frame: "target.from_frame",
  dispatch_dispid: "dispatch.dispid",
  dispatch_interface: "dispatch.interface",
  dispatch_member: "dispatch.member",
  dispatch_kind: "dispatch.kind",
  hresult: "hresult.value",
  hresult_name: "hresult.name",
  hresult_message: "hresult.message",
  fault: "fault.status",
  fault_name: "fault.name",
  returned_type: "returned.type",
  returned_value: "returned.value",
  returned_name: "returned.name",
  request_stub: "stub.request",
  response_stub: "stub.response",
  request_version: "wire.request.version",
  request_byte_order: "wire.request.byte_order",
  request_fragments: "wire.request.fragments",
  request_bytes: "wire.request.bytes",
  request_pdu_bytes: "wire.request.pdu_bytes",
  request_alloc_hint: "wire.request.alloc_hint",
  response_version: "wire.response.version",
  response_byte_order: "wire.response.byte_order",
  response_fragments: "wire.response.fragments",
  response_bytes: "wire.response.bytes",
  response_pdu_bytes: "wire.response.pdu_bytes",
  response_alloc_hint: "wire.response.alloc_hint",
  request_last_ts: "wire.request.last_ts",
  response_last_ts: "wire.response.last_ts",
  cancel_count: "wire.response.cancel_count",
  request_characters: "wire.request.characters",
  request_floats: "wire.request.floats",
  response_characters: "wire.response.characters",
  response_floats: "wire.response.floats",
};

const ASSOCIATION: Paths = {
  client_bytes: "traffic.client.bytes",
  client_packets: "traffic.client.packets",
  server_bytes: "traffic.server.bytes",
  server_packets: "traffic.server.packets",
  duration_s: "traffic.duration_s",
  history: "traffic.history",
  announced_by: "announced.by",
  announced_interface: "announced.interface",
  announced_oxid: "announced.oxid",
  announced_stream: "announced.stream",
  announced_frame: "announced.frame",
  ntlm_computer: "auth.ntlm.av_pairs.MsvAvNbComputerName",
  ntlm_dns_computer: "auth.ntlm.av_pairs.MsvAvDnsComputerName",
  ntlm: "auth.ntlm",
  kerberos_realm: "auth.kerberos.realm",
  kerberos_service: "auth.kerberos.service",
  kerberos_ticket_etype: "auth.kerberos.ticket_etype",
};

const OFFER: Paths = {
  expert_address: "expert.address",
  expert_user: "expert.user",
  expert_domain: "expert.domain",
  expert_workstation: "expert.workstation",
  expert_listed: "expert.listed",
  novice_address: "novice.address",
  novice_name: "novice.name",
  selected_user: "selected.user",
  selected_domain: "selected.domain",
  selected_session_id: "selected.session_id",
  selected_source: "selected.source",
  connection_string_form: "connection_string.form",
  connection_string: "connection_string.raw",
  follow_up_stream: "follow_up.stream",
  follow_up_ts: "follow_up.ts",
  follow_up_server_address: "follow_up.server.address",
  follow_up_server_port: "follow_up.server.port",
  follow_up_protocol: "follow_up.protocol",
  follow_up_duration_s: "follow_up.duration_s",
  follow_up_bytes: "follow_up.bytes",
  follow_up_from_expert: "follow_up.from_expert",
  connection: "connection_string",
};

const DETECTION: Paths = {
  rule_id: "rule.id",
  rule_title: "rule.title",
  rule_level: "rule.level",
  rule_tags: "rule.tags",
  rule_techniques: "rule.techniques",
  client_address: "client.address",
  client_port: "client.port",
  server_address: "server.address",
  server_port: "server.port",
  call_ids: "calls",
};

const PATHS: { readonly [kind in EventKind]: Paths } = {
  call: { ...CONVERSATION, ...SECURITY, ...CALL },
  association: { ...CONVERSATION, ...SECURITY, ...ASSOCIATION },
  offer: OFFER,
  detection: DETECTION,
  note: {},
  summary: {},
  observation: {},
};

const TIMES: ReadonlySet<string> = new Set([
  "ts",
  "request_last_ts",
  "response_last_ts",
  "follow_up_ts",
  "first_ts",
  "last_ts",
]);

/** Columns of JSON text; `calls` of an association is a number. */
const JSON_COLUMNS: ReadonlySet<string> = new Set([
  "places",
  "returned_value",
  "arguments",
  "readable",
  "orpc",
  "rai",
  "notes",
  "contexts",
  "binds",
  "ntlm",
  "security_contexts",
  "sessions",
  "connection",
  "calls",
  "evidence",
  "fields",
  "sealed",
  "detections",
  "shown",
  "skipped",
  "pdus",
  "keys",
  "capture",
  "traffic",
]);

/** What a column of the record's row must hold: times in nanoseconds, null where there is nothing. */
function wanted(kind: EventKind, record: Line, column: string): unknown {
  const value = at(record, PATHS[kind][column] ?? column) ?? null;
  if (TIMES.has(column)) return value === null ? null : instantOf(value as string);
  switch (column) {
    case "interface_inferred":
      return at(record, "interface.inferred") === true;
    case "interfaces": {
      const contexts = record.contexts as { name: string | null; interface: string | null }[];
      return [
        ...new Set(contexts.map(({ name, interface: uuid }) => name ?? uuid).filter((one) => one !== null)),
      ];
    }
    case "note_codes":
      return (record.notes as { code: string }[]).map(({ code }) => code);
    case "notes":
      return kind === "call" && (value as unknown[]).length === 0 ? null : value;
    case "arguments": {
      const { request, response } = record;
      const dispatch = (record.dispatch ?? null) as { arguments: unknown } | null;
      if (request === null && response === null && dispatch === null) return null;
      return { request, response, ...(dispatch === null ? {} : { dispatch: dispatch.arguments }) };
    }
    default:
      return value;
  }
}

/**
 * Compares a row that was read with its record, column for column. `time`: the nanoseconds of what was read, or less of them
 * where the reader keeps less. `json`: whether columns of JSON are still text. Whole numbers of 64 bits may be texts or big.
 */
export function sameRow(
  kind: EventKind,
  record: Line,
  row: Row,
  { json, micros }: { json: boolean; micros: boolean },
): void {
  for (const column of Object.keys(row)) {
    const value = row[column] ?? null;
    const expected = wanted(kind, record, column);
    const where = `${kind}.${column} of ${String(record.id)}`;
    if (value === null) assert.equal(expected, null, where);
    else if (TIMES.has(column))
      assert.equal(BigInt(value as string), micros ? cut(expected as bigint) : expected, where);
    else if (typeof expected === "number") assert.equal(Number(value), expected, where);
    else if (JSON_COLUMNS.has(column))
      assert.deepEqual(json ? JSON.parse(`${value}`) : value, expected, where);
    else if (Array.isArray(expected) && typeof expected[0] === "number") {
      assert.deepEqual((value as unknown[]).map(Number), expected, where);
    } else assert.deepEqual(value, expected, where);
  }
}

/** In microseconds, as DuckDB keeps times that have a zone. */
function cut(nanos: bigint | null): bigint | null {
  return nanos === null ? null : nanos / 1000n;
}

/** The columns of DuckDB's that make times comparable. */
export function timesIn(columns: readonly string[]): string {
  return columns
    .map((column) => (TIMES.has(column) ? `epoch_us("${column}") as "${column}"` : `"${column}"`))
    .join();
}
