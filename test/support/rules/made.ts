/** Records made by hand, of calls that no capture of the project holds: short to write, and valid by the schema. */
import type { AssociationRecord, AuthRecord, CallRecord, OfferRecord, Value } from "../../../src/events.js";
import { shippedInterfaces } from "../../../src/interfaces.js";
import { association, call, NO_AUTH, NTLM, offer } from "../output/samples.js";

type Values = { [name: string]: Value };

export interface Made {
  request?: Values;
  readable?: Values;
  response?: Values;
  /** Encrypted, and no key is known. */
  sealed?: true;
  /** Last number of an address. */
  from?: number;
  to?: number;
  /** Seconds after the first record. */
  at?: number;
  user?: string | null;
  level?: AuthRecord["level"];
  type?: AuthRecord["type"];
  status?: CallRecord["status"];
  stream?: number;
  /** Bytes of the stubs. */
  bytes?: readonly [request: number, response: number];
  dispatch?: { interface: string; member: string; arguments: Values };
  clsid?: string;
}

const START = Date.UTC(2024, 4, 1, 10, 0, 0);

const timeAt = (seconds: number): string =>
  new Date(START + seconds * 1000).toISOString().replace(/(\.\d{3})Z$/, "$1000Z");

let made = 0;

/** A call of an operation, named as the interface's description does. */
export function rpc(uuid: string | null, opnum: number, over: Made = {}): CallRecord {
  const iface = uuid === null ? null : shippedInterfaces().all(uuid)[0]!;
  const { request = {}, readable = {}, response = {}, at = 0, from = 5, to = 9 } = over;
  const sealed = over.sealed === true;
  made++;
  const side = (bytes: number | undefined): CallRecord["wire"]["request"] => ({
    version: "5.0",
    byte_order: "little",
    characters: "ascii",
    floats: "ieee",
    last_ts: timeAt(at),
    fragments: 1,
    bytes: bytes ?? 100,
    pdu_bytes: (bytes ?? 100) + 24,
    alloc_hint: bytes ?? 100,
    cancel_count: null,
  });
  return call({
    id: made.toString(16).padStart(32, "0"),
    ts: timeAt(at),
    stream: over.stream ?? from * 256 + to,
    client: { address: `10.0.0.${from}`, port: 49_712 },
    server: { address: `10.0.0.${to}`, port: 49_670 },
    call_id: made,
    frames: { request: [made * 2], response: [made * 2 + 1] },
    interface: { uuid, version: iface === null ? null : "1.0", name: iface?.name ?? null },
    opnum,
    method: iface?.methods[opnum]?.name ?? null,
    auth: {
      ...(over.type === "none" ? NO_AUTH : NTLM),
      ...(over.type === undefined || over.type === "none" ? {} : { type: over.type, mechanism: null }),
      level: over.level ?? (sealed ? "pkt_privacy" : "pkt_integrity"),
      user: over.user === undefined ? "EXUSER" : over.user,
      decrypted: sealed ? false : null,
    },
    status: over.status ?? (sealed ? "unknown" : "ok"),
    hresult: null,
    stub: sealed
      ? { request: "encrypted", response: "encrypted" }
      : { request: "decoded", response: "decoded" },
    wire: { request: side(over.bytes?.[0]), response: side(over.bytes?.[1]) },
    request: sealed ? null : request,
    response: sealed ? null : response,
    readable: sealed ? null : { request: readable, response: {} },
    dispatch: over.dispatch === undefined ? null : { dispid: "0x00000036", kind: "method", ...over.dispatch },
    target:
      over.clsid === undefined
        ? null
        : { clsid: over.clsid, class: null, iid: null, oxid: null, oid: null, from_frame: null },
  });
}

const ACTIVATOR = "000001a0-0000-0000-c000-000000000046";

/** RemoteCreateInstance of a class. */
export function activation(clsid: string, over: Made = {}): CallRecord {
  return rpc(ACTIVATOR, 4, {
    ...over,
    request: { pActProperties: { properties: { InstantiationInfo: { classId: clsid } } } },
  });
}

/** A handle that a call gave out, or that another goes to. */
export const handle = (number: number): Value => ({
  attributes: 0,
  uuid: `00000000-0000-4000-8000-${number.toString(16).padStart(12, "0")}`,
});

export const counted = (text: string): Value => ({
  Length: text.length * 2,
  MaximumLength: text.length * 2,
  Buffer: text,
});

export function madeOffer(over: Partial<OfferRecord> = {}, at = 0): OfferRecord {
  return offer({ id: (0xf0_0000 + at).toString(16).padStart(32, "0"), ts: timeAt(at), ...over });
}

export interface Handshake {
  kind?: "ntlmv2" | "ntlmv1";
  mic?: boolean;
  challenge?: string;
  avPairs?: Values;
  from?: number;
  to?: number;
  at?: number;
  stream?: number;
}

export function madeAssociation(over: Handshake = {}): AssociationRecord {
  const { from = 5, to = 9, at = 0 } = over;
  const security = {
    ...NTLM,
    ntlm: {
      negotiate_flags: [],
      target_name: null,
      server_challenge: over.challenge ?? "0123456789abcdef",
      av_pairs: over.avPairs ?? {},
      client_version: null,
      server_version: null,
      nt_response_kind: over.kind ?? "ntlmv2",
      mic_present: over.mic ?? true,
    },
    kerberos: null,
  } as AssociationRecord["auth"];
  made++;
  return association({
    id: made.toString(16).padStart(32, "0"),
    ts: timeAt(at),
    stream: over.stream ?? from * 256 + to,
    client: { address: `10.0.0.${from}`, port: 49_712 + from },
    server: { address: `10.0.0.${to}`, port: 49_670 },
    auth: security,
    security_contexts: [security],
  });
}
