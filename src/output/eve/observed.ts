/**
 * What conversations did beside calls as Suricata's events: flows that are over, logons, shares and files of SMB, Kerberos at a KDC
 * and in tokens, how RDP begins. What Suricata would say more of these messages is not known here, and left out.
 */

import type {
  ConversationEndObservation,
  FileObservation,
  KerberosObservation,
  NtlmObservation,
  ObservationRecord,
  RdpObservation,
  Spoken,
  TreeObservation,
} from "../../observations.js";
import { endTime } from "../later.js";
import { errorText } from "../zeek/kerberos-names.js";
import { type EveEvent, eveHead, eveTime } from "./head.js";

/** Protocols in Suricata's words. */
const APP_PROTOS: { readonly [protocol in Spoken]: string } = {
  dce_rpc: "dcerpc",
  smb: "smb",
  kerberos: "krb5",
  rdp: "rdp",
  ldap: "ldap",
  http: "http",
};

/** Conversations of which the protocol is remembered until they are over. */
const MAX_CONVERSATIONS = 65_536;

export class ObservedEvents {
  readonly #protocols = new Map<string, Spoken>();
  /** Some were seen: what associations say of tickets is said by them. */
  any = false;

  /** The event of what was seen; null where Suricata has none. */
  event(seen: ObservationRecord): EveEvent | null {
    this.any = true;
    const key = `${seen.over} ${seen.stream}`;
    switch (seen.what) {
      case "conversation":
        if (this.#protocols.size >= MAX_CONVERSATIONS) {
          this.#protocols.delete(this.#protocols.keys().next().value!);
        }
        if (!this.#protocols.has(key)) this.#protocols.set(key, seen.protocol);
        return null;
      case "conversation_end": {
        const protocol = this.#protocols.get(key);
        this.#protocols.delete(key);
        return flow(seen, protocol);
      }
      case "ntlm":
        return this.#protocols.get(key) === "smb" ? logon(seen) : null;
      case "kerberos":
        return ticket(seen);
      case "tree":
        return share(seen);
      case "file":
        return file(seen);
      case "rdp":
        return rdp(seen);
      default:
        return null;
    }
  }
}

function head(seen: ObservationRecord, type: string): EveEvent {
  return eveHead(seen, type, undefined, seen.over === "tcp" ? "TCP" : "UDP");
}

/** Zeek's states of connections of which both ends said that they are over, or one broke it off. */
const CLOSED: ReadonlySet<string> = new Set(["SF", "REJ", "RSTO", "RSTR", "RSTOS0", "RSTRH"]);

function flow(seen: ConversationEndObservation, protocol: Spoken | undefined): EveEvent {
  const { ts, duration_us: duration, traffic, state, over } = seen;
  const { client, server } = traffic;
  const end = endTime(ts, duration);
  const both = client.packets > 0 && server.packets > 0;
  const life = over === "tcp" && CLOSED.has(state) ? "closed" : both ? "established" : "new";
  const { pkt_src: _, community_id: id, ...event } = head({ ...seen, ts: end }, "flow");
  return {
    ...event,
    app_proto: protocol === undefined ? "unknown" : APP_PROTOS[protocol],
    flow: {
      pkts_toserver: client.packets,
      pkts_toclient: server.packets,
      bytes_toserver: client.ip_bytes,
      bytes_toclient: server.ip_bytes,
      start: eveTime(ts),
      end: eveTime(end),
      age: Math.floor(Date.parse(end) / 1000) - Math.floor(Date.parse(ts) / 1000),
      state: life,
      alerted: false,
    },
    community_id: id,
    ...(over === "tcp" && life !== "new" ? { tcp: { state: life } } : {}),
  };
}

/** Who logs on to an SMB session, or within it. */
function logon(seen: NtlmObservation): EveEvent | null {
  const { message, user, domain, workstation } = seen;
  if (message !== "authenticate") return null;
  const ntlmssp = { domain: domain ?? "", user: user ?? "", host: workstation ?? "" };
  return { ...head(seen, "smb"), smb: { ntlmssp } };
}

/** [MS-SMB2] 2.2.10 in Suricata's words. */
const SHARE_TYPES: { readonly [type: number]: string } = { 1: "FILE", 2: "PIPE", 3: "PRINT" };

function share(seen: TreeObservation): EveEvent {
  const { path, share_type: type, share_service: service } = seen;
  const pipe = type === null ? service === "IPC" : type === 2;
  return {
    ...head(seen, "smb"),
    smb: {
      command: type === null ? "SMB1_COMMAND_TREE_CONNECT_ANDX" : "SMB2_COMMAND_TREE_CONNECT",
      [pipe ? "named_pipe" : "share"]: path ?? undefined,
      share_type: type === null ? undefined : (SHARE_TYPES[type] ?? "UNKNOWN"),
      service: type === null && service !== null ? { response: service } : undefined,
    },
  };
}

function file(seen: FileObservation): EveEvent {
  const { action, path, name, prev_name: before, size, times } = seen;
  const seconds = (time: number | undefined): number | undefined =>
    time === undefined ? undefined : Math.max(0, Math.floor(time));
  return {
    ...head(seen, "smb"),
    smb: {
      filename: name ?? undefined,
      share: path ?? undefined,
      access: action === "delete" ? "delete on close" : undefined,
      rename: action === "rename" ? { from: before ?? "", to: name ?? "" } : undefined,
      created: seconds(times?.created),
      accessed: seconds(times?.accessed),
      modified: seconds(times?.modified),
      changed: seconds(times?.changed),
      size: Number.isSafeInteger(size) ? size : undefined,
    },
  };
}

/** What Suricata logs: answers of a KDC, and requests to a service. */
const TICKETS: { readonly [message in KerberosObservation["message"]]?: string } = {
  "AS-REP": "KRB_AS_REP",
  "TGS-REP": "KRB_TGS_REP",
  "AP-REQ": "KRB_AP_REQ",
  "KRB-ERROR": "KRB_ERROR",
};

/** Encryption types as Suricata's parser calls them. */
const ENCRYPTIONS: { readonly [etype: number]: string } = {
  1: "DES_CBC_CRC",
  2: "DES_CBC_MD4",
  3: "DES_CBC_MD5",
  5: "DES3_CBC_MD5",
  7: "DES3_CBC_SHA1",
  16: "DES3_CBC_SHA1_KD",
  17: "AES128_CTS_HMAC_SHA1_96",
  18: "AES256_CTS_HMAC_SHA1_96",
  19: "AES128_CTS_HMAC_SHA256_128",
  20: "AES256_CTS_HMAC_SHA384_192",
  23: "ARCFOUR_HMAC",
  24: "ARCFOUR_HMAC_EXP",
  25: "CAMELLIA128_CTS_CMAC",
  26: "CAMELLIA256_CTS_CMAC",
};
const STRONG: ReadonlySet<number> = new Set([17, 18, 19, 20, 25, 26]);

function ticket(seen: KerberosObservation): EveEvent | null {
  const { message, cname, realm, service, ticket_etype: etype, error_code: error } = seen;
  const type = TICKETS[message];
  if (type === undefined) return null;
  return {
    ...head(seen, "krb5"),
    krb5: {
      msg_type: type,
      failed_request: error === null ? undefined : "UNKNOWN",
      error_code: error === null ? undefined : (errorText(error) ?? String(error)),
      cname: cname ?? undefined,
      realm: realm ?? undefined,
      sname: service ?? undefined,
      ticket_encryption: etype === null ? undefined : (ENCRYPTIONS[etype] ?? String(etype)),
      ticket_weak_encryption: etype === null ? undefined : !STRONG.has(etype),
    },
  };
}

function rdp(seen: RdpObservation): EveEvent {
  const { message, cookie_user: cookie } = seen;
  return {
    ...head(seen, "rdp"),
    rdp: {
      event_type: message === "request" ? "initial_request" : "initial_response",
      cookie: cookie ?? undefined,
    },
  };
}
