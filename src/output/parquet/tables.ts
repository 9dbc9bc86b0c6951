/** The columns of each kind of record, in order. Adding one is free; a name keeps its type and meaning. */

import type {
  AssociationRecord,
  CallRecord,
  DetectionRecord,
  EventKind,
  NoteRecord,
  OfferRecord,
  SecurityRecord,
  SummaryRecord,
  WireSideRecord,
} from "../../events.js";
import { type Column, double, flag, id, int, json, long, longs, text, texts, time } from "./columns.js";

interface Head {
  id: string | null;
  revision: number;
  provisional: boolean;
  ts: string | null;
  stream: number | null;
  file: string | null;
  community_id: string | null;
}

function head<Row extends Head>(): Column<Row>[] {
  return [
    id("id", (row) => row.id),
    int("revision", (row) => row.revision),
    flag("provisional", (row) => row.provisional),
    time("ts", (row) => row.ts),
    long("stream", (row) => row.stream),
    text("file", (row) => row.file),
    text("community_id", (row) => row.community_id),
  ];
}

type Conversation = CallRecord | AssociationRecord;

function conversation<Row extends Conversation>(): Column<Row>[] {
  return [
    text("client_address", (row) => row.client.address),
    int("client_port", (row) => row.client.port),
    text("server_address", (row) => row.server.address),
    int("server_port", (row) => row.server.port),
    text("protseq", (row) => row.transport.protseq),
    text("endpoint", (row) => row.transport.endpoint),
    text("smb_dialect", (row) => row.transport.smb?.dialect),
    text("smb_share", (row) => row.transport.smb?.share),
    text("smb_session_user", (row) => row.transport.smb?.session_user),
    text("smb_session_domain", (row) => row.transport.smb?.session_domain),
    flag("smb_encrypted", (row) => row.transport.smb?.encrypted),
  ];
}

function security<Row extends Conversation>(): Column<Row>[] {
  return [
    text("auth_type", (row) => row.auth.type),
    text("auth_mechanism", (row) => row.auth.mechanism),
    text("auth_level", (row) => row.auth.level),
    long("auth_context_id", (row) => row.auth.context_id),
    text("auth_user", (row) => row.auth.user),
    text("auth_domain", (row) => row.auth.domain),
    text("auth_workstation", (row) => row.auth.workstation),
    text("auth_source", (row) => row.auth.source),
    flag("auth_decrypted", (row) => row.auth.decrypted),
    flag("auth_verified", (row) => row.auth.verified),
  ];
}

/** What the headers of one side said. */
function side(which: "request" | "response"): Column<CallRecord>[] {
  const of =
    (key: keyof WireSideRecord) =>
    ({ wire }: CallRecord): unknown =>
      wire[which]?.[key];
  return [
    text(`${which}_version`, of("version")),
    text(`${which}_byte_order`, of("byte_order")),
    text(`${which}_characters`, of("characters")),
    text(`${which}_floats`, of("floats")),
    int(`${which}_fragments`, of("fragments")),
    long(`${which}_bytes`, of("bytes")),
    long(`${which}_pdu_bytes`, of("pdu_bytes")),
    long(`${which}_alloc_hint`, of("alloc_hint")),
    time(`${which}_last_ts`, of("last_ts")),
  ];
}

const CALL: readonly Column<CallRecord>[] = [
  ...head<CallRecord>(),
  long("duration_us", (row) => row.duration_us),
  ...conversation<CallRecord>(),
  longs("request_frames", (row) => row.frames.request),
  longs("response_frames", (row) => row.frames.response),
  long("acknowledged", (row) => row.acknowledged),
  json("places", (row) => row.places),
  long("call_id", (row) => row.call_id),
  int("context_id", (row) => row.context_id),
  int("opnum", (row) => row.opnum),
  text("activity", (row) => row.activity),
  text("interface_uuid", (row) => row.interface.uuid),
  text("interface_version", (row) => row.interface.version),
  text("interface_name", (row) => row.interface.name),
  flag("interface_inferred", (row) => row.interface.inferred === true),
  text("method", (row) => row.method),
  text("transfer_syntax", (row) => row.transfer_syntax),
  text("object", (row) => row.object),
  text("target_clsid", (row) => row.target?.clsid),
  text("target_class", (row) => row.target?.class),
  text("target_iid", (row) => row.target?.iid),
  text("target_oxid", (row) => row.target?.oxid),
  text("target_oid", (row) => row.target?.oid),
  long("target_from_frame", (row) => row.target?.from_frame),
  text("causality_id", (row) => row.causality_id),
  text("dispatch_dispid", (row) => row.dispatch?.dispid),
  text("dispatch_interface", (row) => row.dispatch?.interface),
  text("dispatch_member", (row) => row.dispatch?.member),
  text("dispatch_kind", (row) => row.dispatch?.kind),
  ...security<CallRecord>(),
  text("status", (row) => row.status),
  text("hresult", (row) => row.hresult?.value),
  text("hresult_name", (row) => row.hresult?.name),
  text("hresult_message", (row) => row.hresult?.message),
  text("fault", (row) => row.fault?.status),
  text("fault_name", (row) => row.fault?.name),
  text("returned_type", (row) => row.returned?.type),
  json("returned_value", (row) => row.returned?.value),
  text("returned_name", (row) => row.returned?.name),
  text("request_stub", (row) => row.stub.request),
  text("response_stub", (row) => row.stub.response),
  ...side("request"),
  ...side("response"),
  int("cancel_count", (row) => row.wire.response?.cancel_count),
  json("arguments", argumentsOf),
  json("readable", (row) => row.readable),
  json("orpc", (row) => row.orpc),
  json("rai", (row) => row.rai),
  texts("note_codes", (row) => row.notes.map(({ code }) => code)),
  json("notes", (row) => (row.notes.length === 0 ? null : row.notes)),
];

/** All that was decoded, in one column: of the request, of the response, and of what was dispatched. */
function argumentsOf({ request, response, dispatch }: CallRecord): object | null {
  if (request === null && response === null && dispatch === null) return null;
  return { request, response, ...(dispatch === null ? {} : { dispatch: dispatch.arguments }) };
}

const ASSOCIATION: readonly Column<AssociationRecord>[] = [
  ...head<AssociationRecord>(),
  ...conversation<AssociationRecord>(),
  text("secondary_address", (row) => row.secondary_address),
  long("client_bytes", (row) => row.traffic?.client.bytes),
  long("client_packets", (row) => row.traffic?.client.packets),
  long("server_bytes", (row) => row.traffic?.server.bytes),
  long("server_packets", (row) => row.traffic?.server.packets),
  double("duration_s", (row) => row.traffic?.duration_s),
  text("history", (row) => row.traffic?.history),
  text("announced_by", (row) => row.announced?.by),
  text("announced_interface", (row) => row.announced?.interface),
  text("announced_oxid", (row) => row.announced?.oxid),
  long("announced_stream", (row) => row.announced?.stream),
  long("announced_frame", (row) => row.announced?.frame),
  long("assoc_group_id", (row) => row.assoc_group_id),
  int("max_xmit_frag", (row) => row.max_xmit_frag),
  int("max_recv_frag", (row) => row.max_recv_frag),
  texts("features", (row) => row.features),
  texts("interfaces", (row) => interfacesOf(row)),
  json("contexts", (row) => row.contexts),
  json("binds", (row) => row.binds),
  ...security<AssociationRecord>(),
  text("ntlm_computer", (row) => ntlmPair(row.auth, "MsvAvNbComputerName")),
  text("ntlm_dns_computer", (row) => ntlmPair(row.auth, "MsvAvDnsComputerName")),
  json("ntlm", (row) => row.auth.ntlm),
  text("kerberos_realm", (row) => row.auth.kerberos?.realm),
  text("kerberos_service", (row) => row.auth.kerberos?.service),
  text("kerberos_ticket_etype", (row) => row.auth.kerberos?.ticket_etype),
  json("security_contexts", (row) => row.security_contexts),
  long("calls", (row) => row.calls),
  texts("note_codes", (row) => row.notes.map(({ code }) => code)),
  json("notes", (row) => row.notes),
];

/** The interfaces that were proposed, each once. */
function interfacesOf({ contexts }: AssociationRecord): string[] {
  return [...new Set(contexts.flatMap((context) => context.name ?? context.interface ?? []))];
}

function ntlmPair({ ntlm }: SecurityRecord, name: string): unknown {
  return ntlm?.av_pairs[name];
}

const OFFER: readonly Column<OfferRecord>[] = [
  ...head<OfferRecord>(),
  text("expert_address", (row) => row.expert.address),
  text("expert_user", (row) => row.expert.user),
  text("expert_domain", (row) => row.expert.domain),
  text("expert_workstation", (row) => row.expert.workstation),
  flag("expert_listed", (row) => row.expert.listed),
  text("novice_address", (row) => row.novice.address),
  text("novice_name", (row) => row.novice.name),
  text("interface", (row) => row.interface),
  text("selected_user", (row) => row.selected?.user),
  text("selected_domain", (row) => row.selected?.domain),
  long("selected_session_id", (row) => row.selected?.session_id),
  text("selected_source", (row) => row.selected?.source),
  int("connection_string_form", (row) => row.connection_string?.form),
  text("connection_string", (row) => row.connection_string?.raw),
  long("follow_up_stream", (row) => row.follow_up?.stream),
  time("follow_up_ts", (row) => row.follow_up?.ts),
  text("follow_up_server_address", (row) => row.follow_up?.server.address),
  int("follow_up_server_port", (row) => row.follow_up?.server.port),
  text("follow_up_protocol", (row) => row.follow_up?.protocol),
  double("follow_up_duration_s", (row) => row.follow_up?.duration_s),
  long("follow_up_bytes", (row) => row.follow_up?.bytes),
  flag("follow_up_from_expert", (row) => row.follow_up?.from_expert),
  text("outcome", (row) => row.outcome),
  text("refusal", (row) => row.refusal),
  text("basis", (row) => row.basis),
  text("outcome_basis", (row) => row.outcome_basis),
  texts("call_ids", (row) => row.call_ids),
  json("sessions", (row) => row.sessions),
  json("connection", (row) => row.connection_string),
  json("calls", (row) => row.calls),
  json("evidence", (row) => row.evidence),
  texts("note_codes", (row) => row.notes.map(({ code }) => code)),
  json("notes", (row) => row.notes),
];

const NOTE: readonly Column<NoteRecord>[] = [
  ...head<NoteRecord>(),
  text("severity", (row) => row.severity),
  text("code", (row) => row.code),
  text("message", (row) => row.message),
  long("frame", (row) => row.frame),
  json("sealed", (row) => row.sealed),
];

const DETECTION: readonly Column<DetectionRecord>[] = [
  ...head<DetectionRecord>(),
  text("rule_id", (row) => row.rule.id),
  text("rule_title", (row) => row.rule.title),
  text("rule_level", (row) => row.rule.level),
  texts("rule_tags", (row) => row.rule.tags),
  texts("rule_techniques", (row) => row.rule.techniques),
  text("sentence", (row) => row.sentence),
  text("basis", (row) => row.basis),
  text("client_address", (row) => row.client?.address),
  int("client_port", (row) => row.client?.port),
  text("server_address", (row) => row.server?.address),
  int("server_port", (row) => row.server?.port),
  text("user", (row) => row.user),
  text("domain", (row) => row.domain),
  texts("call_ids", (row) => row.calls),
  longs("frames", (row) => row.frames),
  texts("false_positives", (row) => row.false_positives),
  json("fields", (row) => row.fields),
];

const SUMMARY: readonly Column<SummaryRecord>[] = [
  long("frames", (row) => row.frames),
  long("bytes", (row) => row.bytes),
  long("streams", (row) => row.streams),
  long("offers", (row) => row.offers),
  double("duration_s", (row) => row.duration_s),
  time("first_ts", (row) => row.first_ts),
  time("last_ts", (row) => row.last_ts),
  flag("complete", (row) => row.complete),
  text("ended", (row) => row.ended),
  int("revision", (row) => row.revision),
  text("file", (row) => row.file),
  json("detections", (row) => row.detections),
  json("shown", (row) => row.shown),
  json("skipped", (row) => row.skipped),
  json("pdus", (row) => row.pdus),
  json("calls", (row) => row.calls),
  json("notes", (row) => row.notes),
  json("keys", (row) => row.keys),
  json("capture", (row) => row.capture),
  json("traffic", (row) => row.traffic),
];

/** The columns of a kind of record, whose rows are of that kind; observations are for exports in other programs' words alone. */
export const TABLES: { readonly [kind in EventKind]: readonly Column<never>[] } = {
  observation: [],
  call: CALL,
  association: ASSOCIATION,
  offer: OFFER,
  note: NOTE,
  detection: DETECTION,
  summary: SUMMARY,
};
