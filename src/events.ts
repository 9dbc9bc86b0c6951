/**
 * The closed family of events that the analyzer makes: read this file first. A record is exactly what the call log
 * prints (its JSON Schema is in output/): snake_case keys, absent values null. Printers are functions of these
 * values and never go back to bytes.
 */

import type { ObservationRecord } from "./observations.js";

/** Number of the call log's schema: it changes where a key changes its name, type or meaning. */
export const SCHEMA = 2;

export type Severity = "info" | "warning" | "error";

export interface Note {
  severity: Severity;
  /** kebab-case and stable; the list is in the README's notes table. */
  code: string;
  message: string;
}

/** Decoded parameter values: JSON, by the table "Values of parameters" of the call log's description. */
export type Value = null | boolean | number | string | Value[] | { [name: string]: Value };

export interface Endpoint {
  /** IPv4 dotted, IPv6 as in [RFC 5952]. */
  address: string;
  port: number;
}

export type AuthType = "none" | "ntlmssp" | "spnego" | "kerberos" | "netlogon" | "schannel" | (string & {});
export type AuthLevel = "none" | "connect" | "call" | "pkt" | "pkt_integrity" | "pkt_privacy" | (string & {});

export interface AuthRecord {
  type: AuthType;
  /** What SPNEGO settled on (`ntlmssp`, `kerberos`, `kerberos_u2u`), or the type itself. */
  mechanism: string | null;
  level: AuthLevel;
  context_id: number | null;
  user: string | null;
  domain: string | null;
  workstation: string | null;
  /** Whose credentials these are: the security context's of the PDUs, or those of the SMB session around the pipe. */
  source: "context" | "smb_session" | null;
  decrypted: boolean | null;
  verified: boolean | null;
}

export interface InterfaceRecord {
  uuid: string | null;
  /** `major.minor`. */
  version: string | null;
  name: string | null;
  inferred?: true;
}

export interface TargetRecord {
  clsid: string | null;
  class: string | null;
  iid: string | null;
  oxid: string | null;
  oid: string | null;
  from_frame: number | null;
}

export interface DispatchRecord {
  dispid: string;
  interface: string | null;
  member: string | null;
  kind: "method" | "propget" | "propput" | "propputref";
  arguments: { [name: string]: Value };
  /** The frame that taught the member's name, where it was learned from the wire. */
  from_frame?: number;
  /** Nothing that was captured says that the object is of this interface, or that the name is one of its own. */
  inferred?: true;
}

export interface HresultRecord {
  value: string;
  name: string | null;
  /** For MS-RAI methods what the code means for that method, else the general meaning. */
  message: string | null;
}

export type StubState = "decoded" | "encrypted" | "incomplete" | "malformed" | "unknown" | null;

export interface ConnectionString1 {
  form: 1;
  raw: string;
  protocol_version: number | null;
  protocol_type: number | null;
  machine_addresses: { host: string; port: number | null }[];
  assistant_account_pwd: string | null;
  ra_session_id: string | null;
  ra_session_name: string | null;
  ra_session_pwd: string | null;
  protocol_specific_parms: string | null;
  /** `machine_addresses` in the shape of form 2, so that one query reads both. */
  listeners: { port: number | null; name: string | null }[];
  violations: string[];
}

export interface ConnectionString2 {
  form: 2;
  raw: string;
  auth: { kh: string | null; kh2: string | null; id: string | null };
  transports: {
    id: string | null;
    sid: string | null;
    listeners: { port: number | null; name: string | null; uri: string | null }[];
  }[];
  violations: string[];
}

export interface UnknownConnectionString {
  form: null;
  raw: string;
  violations: string[];
}

export type ConnectionString = ConnectionString1 | ConnectionString2 | UnknownConnectionString;

export interface HelpBlob {
  raw: string;
  fields: { length: number | null; text: string }[];
  unsolicited: boolean | null;
  id: { domain: string | null; user: string | null };
  violations: string[];
}

export interface SessionEntry {
  raw: string;
  domain: string | null;
  user: string | null;
  session_id: number | null;
}

export interface RaiRecord {
  connection_string: ConnectionString | null;
  help_blob: HelpBlob | null;
  sessions: SessionEntry[] | null;
}

/** What the PDU headers of one side said: [C706] 14.2.5 data representation, 12.6.4 alloc_hint and cancel_count. */
export interface WireSideRecord {
  /** Of the protocol: `5.0` and `5.1` over connections, `4.0` in datagrams. */
  version: string;
  byte_order: "little" | "big";
  characters: string;
  floats: string;
  /** Time of the frame that completed it. */
  last_ts: string;
  /** PDUs that carried it. */
  fragments: number;
  /** Bytes of stub data on the wire, sealed or not, without padding. */
  bytes: number;
  /** Bytes of its PDUs as their headers claim them, headers, padding and verifiers included (in datagrams no verifiers). */
  pdu_bytes: number;
  alloc_hint: number;
  /** null for a request. */
  cancel_count: number | null;
}

export interface OrpcExtensionRecord {
  id: string;
  name: string | null;
  /** Hex. */
  data: string;
  error: {
    source: string | null;
    description: string | null;
    help_file: string | null;
    help_context: number;
    iid: string;
  } | null;
}

/** [MS-DCOM] 2.2.13: ORPCTHIS of the request and ORPCTHAT of the response. */
export interface OrpcRecord {
  version: string | null;
  request_flags: number | null;
  request_extensions: OrpcExtensionRecord[];
  response_flags: number | null;
  response_extensions: OrpcExtensionRecord[];
}

/** Who announced the endpoint of a connection before it was connected to. */
export interface AnnouncementRecord {
  by: "endpoint_mapper" | "oxid_binding";
  /** What the endpoint mapper gave the endpoint out for. */
  interface: string | null;
  oxid: string | null;
  stream: number;
  frame: number;
}

/** What every record begins with. */
interface Head {
  schema: typeof SCHEMA;
  /** Names the record by what was on the wire and when, the same in every run (record/ids.ts); null where nobody asked. */
  id: string | null;
  /** From 1: of two records with the same id the one with the higher revision replaces the other. */
  revision: number;
  /** More of it may come in a later revision. */
  provisional: boolean;
  /** [RFC 3339] in UTC, 6 or 9 fractional digits as the capture has. */
  ts: string | null;
  /** TCP conversation number, as Wireshark's tcp.stream. */
  stream: number | null;
  /** Name of the input as given, where several are read. */
  file: string | null;
  /** Of the conversation, as Zeek, Suricata and Wireshark compute it; null where nobody asked. */
  community_id: string | null;
}

interface Common extends Head {
  ts: string;
  stream: number;
}

/** A security context with what its exchange said. */
export type SecurityRecord = AuthRecord & { ntlm: NtlmRecord | null; kerberos: KerberosRecord | null };

/** How the PDUs travelled. */
export interface TransportRecord {
  protseq: "ncacn_ip_tcp" | "ncacn_np" | "ncadg_ip_udp" | "ncacn_http";
  /** Port or pipe of the server. */
  endpoint: string;
  /** The SMB session around a named pipe. */
  smb: {
    dialect: string | null;
    share: string | null;
    session_user: string | null;
    session_domain: string | null;
    encrypted: boolean | null;
  } | null;
}

export interface CallRecord extends Common {
  type: "call";
  duration_us: number | null;
  client: Endpoint;
  server: Endpoint;
  frames: { request: number[]; response: number[] };
  /** The frame that acknowledged the answer's last byte, where TCP carried it; null also where nobody asked. */
  acknowledged: number | null;
  /** The same frames by the file they are in; null where one file is read or the files are not distinguished. */
  places: { file: string; request: number[]; response: number[] }[] | null;
  transport: TransportRecord;
  call_id: number;
  context_id: number;
  opnum: number | null;
  /** Of a call in datagrams: the activity that `call_id` counts within. */
  activity: string | null;
  interface: InterfaceRecord;
  method: string | null;
  transfer_syntax: "ndr" | "ndr64" | null;
  object: string | null;
  target: TargetRecord | null;
  causality_id: string | null;
  dispatch: DispatchRecord | null;
  auth: AuthRecord;
  /** `unknown`: there is an answer, but whether it succeeded could not be read. */
  status: "ok" | "error" | "fault" | "unknown" | "no_response" | "no_request";
  hresult: HresultRecord | null;
  fault: { status: string; name: string | null } | null;
  stub: { request: StubState; response: StubState };
  wire: { request: WireSideRecord | null; response: WireSideRecord | null };
  orpc: OrpcRecord | null;
  request: { [name: string]: Value } | null;
  response: { [name: string]: Value } | null;
  /** Values whose meaning has a name, by their paths; null where there is nothing to add. */
  readable: { request: ReadableValues; response: ReadableValues } | null;
  /** The returned value where it is no HRESULT (NTSTATUS, error_status_t, a Win32 code, …), else null. */
  returned: { type: string; value: Value; name: string | null } | null;
  rai: RaiRecord | null;
  notes: Note[];
}

/** Path of a parameter (`pInfo.Level1.dwType`) to what it means. */
export type ReadableValues = { [path: string]: Value };

export interface ContextRecord {
  id: number;
  /** Of the bind or alter_context that proposed it; null in datagrams. */
  call_id: number | null;
  interface: string | null;
  version: string | null;
  name: string | null;
  transfer_syntaxes: string[];
  result: "acceptance" | "user_rejection" | "provider_rejection" | "negotiate_ack" | null;
  reason: string | null;
  accepted_syntax: string | null;
  frame: number | null;
}

/** A bind or alter_context, and what answered it. */
export interface BindRecord {
  ts: string;
  call_id: number;
  /** Of the protocol. */
  version: string;
  /** null where only the answer was captured. */
  request: "bind" | "alter_context" | null;
  response: "bind_ack" | "alter_context_resp" | "bind_nak" | null;
  frames: { request: number[]; response: number[] };
  /** As of a call. */
  acknowledged: number | null;
}

export interface NtlmRecord {
  negotiate_flags: string[];
  target_name: string | null;
  server_challenge: string | null;
  av_pairs: { [name: string]: Value };
  client_version: string | null;
  server_version: string | null;
  nt_response_kind: "ntlmv2" | "ntlmv1" | "anonymous" | null;
  mic_present: boolean | null;
}

export interface KerberosRecord {
  realm: string | null;
  service: string | null;
  ticket_etype: string | null;
  authenticator_etype: string | null;
  user_to_user: boolean;
}

/** What a conversation carried in each direction; `history` as in Zeek's conn.log. */
export interface TrafficRecord {
  client: { bytes: number; packets: number };
  server: { bytes: number; packets: number };
  duration_s: number | null;
  history: string | null;
}

export interface AssociationRecord extends Common {
  type: "association";
  client: Endpoint;
  server: Endpoint;
  transport: TransportRecord;
  /** sec_addr of the bind_ack, [C706] 12.6.4.4: the server's port or pipe in its own words. */
  secondary_address: string | null;
  traffic: TrafficRecord | null;
  announced: AnnouncementRecord | null;
  assoc_group_id: number | null;
  max_xmit_frag: number | null;
  max_recv_frag: number | null;
  features: string[];
  contexts: ContextRecord[];
  /** The exchanges in which contexts were proposed and answered. */
  binds: BindRecord[];
  /** Those of the SMB session around a pipe where it has no security context of its own. */
  auth: SecurityRecord;
  /** Every security context of the connection, `auth` being the first. */
  security_contexts: SecurityRecord[];
  calls: number;
  notes: Note[];
}

export interface OfferRecord extends Common {
  type: "offer";
  expert: {
    address: string;
    user: string | null;
    domain: string | null;
    workstation: string | null;
    /** Whether the account is in the list of those that may offer help; null without a list. */
    listed: boolean | null;
  };
  novice: { address: string; name: string | null };
  interface: "IRASrv" | "IPCHService" | null;
  sessions: { domain: string | null; user: string | null; session_id: number | null; state: string | null }[];
  selected: {
    domain: string | null;
    user: string | null;
    session_id: number | null;
    source: "parameters" | "activation";
  } | null;
  connection_string: ConnectionString | null;
  follow_up: {
    stream: number;
    ts: string;
    server: Endpoint;
    protocol: string | null;
    duration_s: number | null;
    bytes: number;
    /** It came from an address that the expert's calls came from. */
    from_expert: boolean | null;
  } | null;
  outcome: "connected" | "string_issued" | "denied" | "failed" | "listed_only" | "encrypted";
  refusal: string | null;
  basis: "decoded" | "inferred";
  /** What the outcome rests on. */
  outcome_basis: "decoded" | "inferred";
  evidence: { statement: string; basis: "decoded" | "inferred"; frames: number[] }[];
  /** `[stream, call_id]` of every call that belongs to it. */
  calls: [number, number][];
  /** The ids of these calls; null where nobody asked for ids. */
  call_ids: string[] | null;
  notes: Note[];
}

/** Messages of an SMB session that stayed encrypted, and what its setup said of whose it is; null where that was not captured. */
export interface SealedRecord {
  messages: number;
  auth: SecurityRecord | null;
}

/** A note as it is reported by itself. */
export interface ReportedNote extends Note {
  sealed?: SealedRecord;
}

export interface NoteRecord extends Head, ReportedNote {
  type: "note";
  frame: number | null;
}

/** What the secrets given for a run opened, and which security contexts stayed encrypted and why. Never a secret itself. */
export interface KeysRecord {
  secrets: {
    /** Names the secret, e.g. `password #1` or `keytab host.keytab`. */
    secret: string;
    kind: "password" | "nt_hash" | "session_key" | "keytab" | "kerberos_key" | "none";
    user: string | null;
    domain: string | null;
    /** Security contexts that it opened. */
    opened: number;
  }[];
  contexts: {
    stream: number | null;
    context_id: number;
    /** The SMB session that it is, by its number in decimal; null where it is a context of RPC. */
    smb_session: string | null;
    type: AuthType;
    mechanism: string | null;
    level: AuthLevel;
    user: string | null;
    domain: string | null;
    opened: boolean;
    secret: string | null;
    /** What showed that the key is right. */
    proof:
      | "nt_response"
      | "lm_response"
      | "mic"
      | "mech_list_mic"
      | "ticket"
      | "authenticator"
      | "signature"
      | "anonymous"
      | null;
    /** Note code saying why it stayed encrypted, or was not opened to its end. */
    reason: string | null;
    message: string | null;
  }[];
  /** Contexts beyond the number that is listed. */
  contexts_not_listed: number;
}

/** What a live capture counted. `null`: the engine does not report it. */
export interface CaptureRecord {
  engine: "tcpdump" | "dumpcap" | "cap";
  /** Who made the time stamps: the kernel, or the program when a frame arrived. */
  time_stamps: "kernel" | "arrival";
  interfaces: string[];
  /** The capture filter of each interface. */
  filters: string[];
  /** Frames that arrived here. */
  received: number;
  /** Frames that the kernel had no room for, that the interface lost, and that this program dropped. */
  dropped_kernel: number | null;
  dropped_interface: number | null;
  dropped_own: number;
  /** What was kept with --write, or null. */
  written: { frames: number; bytes: number; files: number } | null;
}

/** Why a run ended before its input did. */
export type RunEnd = "limit" | "signal" | "output_closed";

export interface SummaryRecord extends Head {
  type: "summary";
  frames: number;
  bytes: number;
  streams: number;
  pdus: { [type: string]: number };
  calls: { [status: string]: number };
  offers: number;
  duration_s: number | null;
  first_ts: string | null;
  last_ts: string | null;
  notes: { [code: string]: number };
  /** What the secrets opened; null where none was given. */
  keys: KeysRecord | null;
  /** Null but for a live capture. */
  capture: CaptureRecord | null;
  /** Only where rules looked at the records: findings by level. */
  detections?: { [level: string]: number };
  /** Only where filters held records back: how many were let through. The other figures are the whole run's. */
  shown?: { calls: number; offers: number };
  /** Only where frames were passed over as asked: how many, by why. The other figures are of what was decoded. */
  skipped?: { time: number; records?: number; filter?: number };
  /** Only where the run ended before its input did: a number of frames was asked for, a signal came, nobody read on. */
  ended?: RunEnd;
  /** False where not all was read: the capture is damaged or cut short, an input cannot be read, the run was stopped. */
  complete: boolean;
  /** Link-layer protocols etc. met, so that a capture without RPC can be described. */
  traffic: {
    tcp_segments: number;
    ip_packets: number;
    other_frames: number;
    rpc_streams: number;
    /** TCP conversations that could not be looked into: SMB that is encrypted or compressed or of which no message was found, RPC over HTTP. */
    smb_streams: number;
    rpc_http_streams: number;
    /** UDP datagrams that are PDUs of connectionless DCE/RPC. */
    rpc_datagrams: number;
    /** What could not be looked at, by the reason: `code` is that of a note, `what` says it in words. */
    not_read: { code: string; what: string; count: number }[];
  };
}

export type DetectionLevel = "informational" | "low" | "medium" | "high" | "critical";

/** The levels of rules, as Sigma has them, the least first. */
export const DETECTION_LEVELS: readonly DetectionLevel[] = [
  "informational",
  "low",
  "medium",
  "high",
  "critical",
];

/** One side of a finding. */
export interface FoundAt {
  address: string;
  port: number | null;
}

/** A finding: what a rule says of records. `ts`, `stream` and the like are those of the first that it rests on. */
export interface DetectionRecord extends Head {
  type: "detection";
  rule: {
    /** The rule's id; its name or title where it has none. */
    id: string;
    title: string;
    level: DetectionLevel;
    tags: string[];
    /** Ids of ATT&CK techniques among the tags: `T1021.003`. */
    techniques: string[];
  };
  /** What was done, by whom, to whom, with which arguments. */
  sentence: string;
  /** `inferred`: what it rests on was not read whole, as of sealed calls. */
  basis: "decoded" | "inferred";
  /** Ids of the calls that it rests on, in order of time. */
  calls: string[];
  frames: number[];
  /** Who did it; null where several did. The port is null where it is several connections'. */
  client: FoundAt | null;
  server: FoundAt | null;
  user: string | null;
  domain: string | null;
  /** What would make it harmless. */
  false_positives: string[];
  /** The values that made it match, by the rule's names of fields. */
  fields: { [name: string]: Value };
}

/** Everything that printers take: records, and what was seen beside them where an export asks for it. */
export type Event =
  | CallRecord
  | AssociationRecord
  | OfferRecord
  | NoteRecord
  | DetectionRecord
  | SummaryRecord
  | ObservationRecord;

export type EventKind = Event["type"];

/** The kinds of records. */
export const EVENT_KINDS: readonly EventKind[] = [
  "call",
  "association",
  "offer",
  "note",
  "detection",
  "summary",
];
