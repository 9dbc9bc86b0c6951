/** The logs of Zeek 9 that are written, with their columns and types as it writes them; none is ever added to. */

export type ZeekType =
  | "time"
  | "interval"
  | "string"
  | "enum"
  | "count"
  | "bool"
  | "addr"
  | "port"
  | "double"
  | "set[string]"
  | "set[enum]"
  | "vector[string]";

/** Times and intervals are whole microseconds, or seconds as Zeek has them; null is unset. */
export type ZeekValue = string | number | boolean | readonly string[] | { readonly seconds: number } | null;

/** A value for each column, in order. The first is the time. */
export type ZeekRow = readonly ZeekValue[];

export interface ZeekLog {
  /** `#path`, and the name of the file without `.log`. */
  readonly path: string;
  readonly fields: readonly string[];
  readonly types: readonly ZeekType[];
}

const CONNECTION = "ts:time uid:string id.orig_h:addr id.orig_p:port id.resp_h:addr id.resp_p:port";

function log(path: string, columns: string): ZeekLog {
  const pairs = `${CONNECTION} ${columns}`.split(" ").map((column) => column.split(":"));
  return { path, fields: pairs.map((of) => of[0]!), types: pairs.map((of) => of[1] as ZeekType) };
}

export const DCE_RPC = log("dce_rpc", "rtt:interval named_pipe:string endpoint:string operation:string");

export const NTLM = log(
  "ntlm",
  "username:string hostname:string domainname:string server_nb_computer_name:string " +
    "server_dns_computer_name:string server_tree_name:string success:bool",
);

export const KERBEROS = log(
  "kerberos",
  "request_type:string client:string service:string success:bool error_msg:string from:time till:time " +
    "cipher:string forwardable:bool renewable:bool client_cert_subject:string client_cert_fuid:string " +
    "server_cert_subject:string server_cert_fuid:string",
);

export const SMB_MAPPING = log(
  "smb_mapping",
  "path:string service:string native_file_system:string share_type:string",
);

export const SMB_FILES = log(
  "smb_files",
  "fuid:string action:enum path:string name:string size:count prev_name:string times.modified:time " +
    "times.accessed:time times.created:time times.changed:time",
);

export const RDP = log(
  "rdp",
  "cookie:string result:string security_protocol:string client_channels:vector[string] keyboard_layout:string " +
    "client_build:string client_name:string client_dig_product_id:string desktop_width:count " +
    "desktop_height:count requested_color_depth:string cert_type:string cert_count:count cert_permanent:bool " +
    "encryption_level:string encryption_method:string",
);

export const NOTICE = log(
  "notice",
  "fuid:string file_mime_type:string file_desc:string proto:enum note:enum msg:string sub:string src:addr " +
    "dst:addr p:port n:count peer_descr:string actions:set[enum] email_dest:set[string] suppress_for:interval " +
    "remote_location.country_code:string remote_location.region:string remote_location.city:string " +
    "remote_location.latitude:double remote_location.longitude:double",
);

const CONN_COLUMNS =
  "proto:enum service:string duration:interval orig_bytes:count resp_bytes:count conn_state:string " +
  "local_orig:bool local_resp:bool missed_bytes:count history:string orig_pkts:count orig_ip_bytes:count " +
  "resp_pkts:count resp_ip_bytes:count tunnel_parents:set[string] ip_proto:count";

export const CONN = log("conn", CONN_COLUMNS);

/** As Zeek's policy script community-id-logging makes it. */
export const CONN_COMMUNITY_ID = log("conn", `${CONN_COLUMNS} community_id:string`);

/** Not of Zeek: what dce_rpc.log has no columns for. */
export const CALLS = log(
  "raiscope_calls",
  "rtt:interval call_id:count context_id:count opnum:count protseq:string transport_endpoint:string object:string " +
    "interface_uuid:string interface_version:string interface:string method:string status:string result:string " +
    "fault:string auth_type:string auth_level:string user:string domain:string request:string response:string " +
    "notes:set[string]",
);

export function fileOf({ path }: ZeekLog): string {
  return `${path}.log`;
}
