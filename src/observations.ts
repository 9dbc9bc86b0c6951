/**
 * What conversations did beside calls: who talked how much, logons, tickets, shares and files. Exports in other programs' words
 * need it (docs/exports.md); it is made only where one of them asks, and is no part of the call log. Plain values, as records are.
 */
import { type Instant, timestamp } from "./time.js";

interface End {
  address: string;
  port: number;
}

interface Head {
  type: "observation";
  schema: 2;
  id: null;
  revision: number;
  provisional: boolean;
  /** When it was seen, [RFC 3339] in UTC; of a conversation, when that began. */
  ts: string;
  /** TCP conversation number, or the datagrams' own. */
  stream: number;
  file: string | null;
  community_id: string | null;
  over: "tcp" | "udp";
  /** Who began the conversation, as far as was seen. */
  client: End;
  server: End;
}

/** Protocols that a conversation may be followed for. */
export type Spoken = "dce_rpc" | "smb" | "kerberos" | "rdp" | "ldap" | "http";

/** A conversation is known to speak a protocol: the first that is said of it. */
export interface ConversationObservation extends Head {
  what: "conversation";
  protocol: Spoken;
}

/** A conversation is over. */
export interface ConversationEndObservation extends Head {
  what: "conversation_end";
  duration_us: number;
  /** As Zeek's conn_state and history. */
  state: string;
  history: string;
  missed_bytes: number;
  traffic: { client: SideTraffic; server: SideTraffic };
}

export interface SideTraffic {
  /** Bytes of its stream, or of its datagrams. */
  bytes: number;
  packets: number;
  /** Bytes of its IP packets. */
  ip_bytes: number;
}

/** A server names its secondary address in a bind_ack. */
export interface SecondaryAddressObservation extends Head {
  what: "secondary_address";
  /** Port or pipe that the connection is to. */
  endpoint: string;
  secondary_address: string;
}

/** A message of NTLMSSP. */
export interface NtlmObservation extends Head {
  what: "ntlm";
  message: "negotiate" | "challenge" | "authenticate";
  user: string | null;
  domain: string | null;
  workstation: string | null;
  nb_computer_name: string | null;
  dns_computer_name: string | null;
  dns_tree_name: string | null;
}

/** The negState of a NegTokenResp, [RFC 4178] 4.2.2. */
export interface NegotiationObservation extends Head {
  what: "negotiation";
  /** By its name; null where the token says none. */
  state: string | null;
}

/** A message of Kerberos: at a KDC, or within a security token. Times in seconds since 1970. */
export interface KerberosObservation extends Head {
  what: "kerberos";
  message: "AS-REQ" | "AS-REP" | "TGS-REQ" | "TGS-REP" | "AP-REQ" | "AP-REP" | "KRB-ERROR";
  cname: string | null;
  /** Of the client; in a request, of the service. */
  realm: string | null;
  service: string | null;
  ticket_etype: number | null;
  from: number | null;
  till: number | null;
  forwardable: boolean | null;
  renewable: boolean | null;
  error_code: number | null;
  e_text: string | null;
}

/** A share is connected to. */
export interface TreeObservation extends Head {
  what: "tree";
  path: string | null;
  /** SMB 2 has a type of share, SMB 1 a service and a file system. */
  share_type: number | null;
  share_service: string | null;
  native_file_system: string | null;
}

/** A file is opened, renamed or deleted. Its times are seconds since 1970, with what of a FILETIME fits a double. */
export interface FileObservation extends Head {
  what: "file";
  action: "open" | "rename" | "delete" | "print_open" | "print_close";
  path: string | null;
  name: string | null;
  prev_name: string | null;
  size: number;
  times: { modified: number; accessed: number; created: number; changed: number } | null;
}

/** How RDP begins: the X.224 Connection Request, and its answer. */
export interface RdpObservation extends Head {
  what: "rdp";
  message: "request" | "response" | "failure";
  cookie_user: string | null;
  /** Security protocols as they stand in the message, or the failure's code. */
  value: number | null;
}

/** Where an observation is made. */
export type ObservedPlace = Pick<Head, "stream" | "file" | "community_id" | "over" | "client" | "server">;

export type ObservationRecord =
  | ConversationObservation
  | ConversationEndObservation
  | SecondaryAddressObservation
  | NtlmObservation
  | NegotiationObservation
  | KerberosObservation
  | TreeObservation
  | FileObservation
  | RdpObservation;

/** What one observation says of its kind, without where and when. */
export type ObservedOf<W extends ObservationRecord["what"]> = Extract<Observed, { what: W }>;

/** What one observation says, without where and when. */
export type Observed = ObservationRecord extends infer O
  ? O extends Head
    ? Omit<O, keyof Head>
    : never
  : never;

/** `at`: when it was seen; of a conversation, when that began. */
export function observation(place: ObservedPlace, at: Instant, observed: Observed): ObservationRecord {
  const { stream, file, community_id, over, client, server } = place;
  return {
    type: "observation",
    schema: 2,
    id: null,
    revision: 1,
    provisional: false,
    ts: timestamp(at),
    stream,
    file,
    community_id,
    over,
    client,
    server,
    ...observed,
  };
}
