/** Call records and TCP conversations made by hand, as the analyzer would hand them to the offer book. */
import { parseConnectionString } from "../../dissectors/rai/connection-string.js";
import { parseHelpBlob } from "../../dissectors/rai/help-blob.js";
import { parseSessions } from "../../dissectors/rai/sessions.js";
import type { AssociationRecord, CallRecord, Endpoint, OfferRecord, Value } from "../../src/events.js";
import type { FlowView } from "../../src/offers/connections/attempts.js";
import { OfferTracker, type OfferTrackerOptions } from "../../src/offers/tracker.js";
import { recordHead } from "../../src/record-head.js";
import { timestamp } from "../../src/time.js";

export const UUID = {
  epm: "e1af8308-5d1f-11c9-91a4-08002b14a0fa",
  IActivation: "4d9f4ab8-7d1c-11cf-861e-0020af6e7c57",
  IObjectExporter: "99fcfec4-5260-101b-bbcb-00aa0021347a",
  IRemoteSCMActivator: "000001a0-0000-0000-c000-000000000046",
  IRemUnknown2: "00000143-0000-0000-c000-000000000046",
  IClassFactory: "00000001-0000-0000-c000-000000000046",
  IDispatch: "00020400-0000-0000-c000-000000000046",
  IRASrv: "f120a684-b926-447f-9df4-c966cb785648",
  IPCHService: "833e4200-aff7-4ac3-aac2-9f24c1457bce",
  IPCHCollection: "833e4100-aff7-4ac3-aac2-9f24c1457bce",
  ISAFSession: "833e41aa-aff7-4ac3-aac2-9f24c1457bce",
} as const;
type Name = keyof typeof UUID;

export const CLSID = {
  RASrv: "3c3a70a7-a468-49b9-8ada-28e11fccad5d",
  PCHService: "833e4010-aff7-4ac3-aac2-9f24c1457bce",
  other: "76a64158-cb41-11d1-8b02-00600806d9b6",
} as const;

/** 2024-05-01T12:00:00Z */
const EPOCH = 1_714_564_800;

export interface Who {
  expert: string;
  novice: string;
  user?: string | null;
}

export interface CallOptions {
  request?: { [name: string]: Value } | null;
  response?: { [name: string]: Value } | null;
  hresult?: number | null;
  fault?: number;
  sealed?: boolean;
  /** Octets of the response. */
  octets?: number;
  unanswered?: boolean;
  object?: string;
  oxid?: string;
  clsid?: string;
  dispatch?: CallRecord["dispatch"];
  rai?: CallRecord["rai"];
  inferred?: boolean;
  level?: string;
}

/** Clock, numbers, and the offer book they are told to. */
export class Scene {
  readonly book: OfferTracker;
  readonly told: OfferRecord[] = [];
  /** Everything said so far, to be said again in another order. */
  readonly script: ((book: OfferTracker) => void)[] = [];
  /** What each part of the script is about: conversations keep their order, calls need not. */
  readonly kinds: ("tcp" | "call")[] = [];
  now = EPOCH;
  #frame = 0;
  #stream = 0;
  #call = 100;
  readonly #streams = new Map<number, { client: Endpoint; server: Endpoint; flow: TestFlow }>();

  constructor(options: OfferTrackerOptions = {}) {
    this.book = new OfferTracker(options);
  }

  #say(what: (book: OfferTracker) => void, kind: "tcp" | "call" = "tcp"): void {
    this.script.push(what);
    this.kinds.push(kind);
    what(this.book);
  }

  wait(seconds: number): this {
    this.now += seconds;
    return this;
  }

  /** Lets the book look at the clock once a second, as frames would. */
  pass(seconds: number): OfferRecord[] {
    const told: OfferRecord[] = [];
    for (let i = 0; i < seconds; i++) {
      this.now += 1;
      const at = instant(this.now);
      told.push(...this.book.pass(at));
    }
    this.told.push(...told);
    return told;
  }

  finish(): OfferRecord[] {
    const told = this.book.finish();
    this.told.push(...told);
    return told;
  }

  open(client: string, server: string, port: number, answer: "yes" | "reset" | "nothing" = "yes"): number {
    const stream = this.#stream++;
    const flow = new TestFlow(stream, { address: client, port: 50_000 + stream }, { address: server, port });
    const at = { ...instant(this.now), frame: ++this.#frame };
    flow.lastSeconds = at.seconds;
    flow.lastNanos = at.nanos;
    flow.half0 = { packets: 1, bytes: 0, exact: true };
    if (answer === "yes") flow.half1 = { packets: 1, bytes: 0, exact: true };
    if (answer === "reset") {
      flow.half1 = { packets: 1, bytes: 0, exact: false };
      flow.closing = true;
    }
    this.#frame += 2;
    this.now += 0.001;
    this.#streams.set(stream, { client: flow.endpoint0, server: flow.endpoint1, flow });
    this.#say((book) => book.conversationOpened(flow, at));
    return stream;
  }

  data(stream: number, direction: 0 | 1, bytes: number[]): void {
    const { flow } = this.#streams.get(stream)!;
    const half = direction === 0 ? flow.half0 : flow.half1;
    const offset = half.bytes;
    const after = { packets: half.packets + 1, bytes: offset + bytes.length, exact: half.exact };
    if (direction === 0) flow.half0 = after;
    else flow.half1 = after;
    this.now += 0.002;
    flow.lastSeconds = Math.floor(this.now);
    flow.lastNanos = Math.round((this.now % 1) * 1e6) * 1000;
    this.#frame++;
    this.#say((book) => void book.conversationData(flow, direction, new Uint8Array(bytes), offset));
  }

  close(stream: number): void {
    const { flow } = this.#streams.get(stream)!;
    this.now += 0.001;
    const at = instant(this.now);
    flow.closing = true;
    this.#say((book) => book.conversationClosed(flow, at));
  }

  call(
    stream: number,
    who: Who,
    name: Name,
    opnum: number,
    method: string | null,
    o: CallOptions = {},
  ): CallRecord {
    const { client, server } = this.#streams.get(stream)!;
    const { seconds, nanos } = instant(this.now);
    const request = [++this.#frame];
    this.now += 0.004;
    const answered = o.unanswered !== true;
    const response = answered ? [++this.#frame] : [];
    const failed = o.hresult !== undefined && o.hresult !== null && o.hresult >= 0x80000000;
    const sealed = o.sealed === true;
    const stub = sealed ? "encrypted" : "decoded";
    const side = { byte_order: "little" as const, characters: "ascii", floats: "ieee", fragments: 1 };
    const record: CallRecord = {
      ...recordHead("call", timestamp({ seconds, nanos, digits: 6 }), stream, null),
      duration_us: answered ? 4000 : null,
      client,
      server,
      frames: { request, response },
      places: null,
      transport: { protseq: "ncacn_ip_tcp", endpoint: String(server.port), smb: null },
      call_id: this.#call++,
      context_id: 0,
      opnum,
      interface: {
        uuid: UUID[name],
        version: "0.0",
        name,
        ...(o.inferred ? { inferred: true as const } : {}),
      },
      method,
      transfer_syntax: "ndr",
      object: o.object ?? null,
      target:
        o.oxid === undefined
          ? null
          : { clsid: o.clsid ?? null, class: null, iid: UUID[name], oxid: o.oxid, oid: null, from_frame: 1 },
      causality_id: null,
      dispatch: o.dispatch ?? null,
      auth: {
        type: who.user ? "ntlmssp" : "none",
        mechanism: who.user ? "ntlmssp" : null,
        level: o.level ?? (sealed || who.user ? "pkt_privacy" : "none"),
        context_id: null,
        user: who.user ?? null,
        domain: who.user ? "CONTOSO" : null,
        workstation: who.user ? "DESK" : null,
        source: who.user ? "context" : null,
        decrypted: sealed ? false : who.user ? true : null,
        verified: null,
      },
      status: !answered
        ? "no_response"
        : o.fault !== undefined
          ? "fault"
          : sealed
            ? "unknown"
            : failed
              ? "error"
              : "ok",
      hresult:
        sealed || !answered || o.fault !== undefined
          ? null
          : { value: `0x${(o.hresult ?? 0).toString(16).padStart(8, "0")}`, name: null, message: null },
      fault:
        o.fault === undefined ? null : { status: `0x${o.fault.toString(16).padStart(8, "0")}`, name: null },
      stub: { request: stub, response: !answered || o.fault !== undefined ? null : stub },
      wire: {
        request: { ...side, bytes: 100, alloc_hint: 100, cancel_count: null },
        response: answered ? { ...side, bytes: o.octets ?? 40, alloc_hint: 40, cancel_count: 0 } : null,
      },
      orpc: null,
      request: sealed ? null : (o.request ?? {}),
      response: sealed || !answered ? null : (o.response ?? {}),
      readable: null,
      returned: null,
      rai: sealed ? null : (o.rai ?? null),
      notes: [],
    };
    this.now += 0.001;
    this.#say((book) => book.call(record), "call");
    return record;
  }

  association(stream: number, contexts: Partial<AssociationRecord["contexts"][number]>[]): void {
    const { client, server } = this.#streams.get(stream)!;
    const security: AssociationRecord["auth"] = {
      type: "none",
      mechanism: null,
      level: "none",
      context_id: null,
      user: null,
      domain: null,
      workstation: null,
      source: null,
      decrypted: null,
      verified: null,
      ntlm: null,
      kerberos: null,
    };
    const record: AssociationRecord = {
      ...recordHead("association", timestamp(instant(this.now)), stream, null),
      client,
      server,
      transport: { protseq: "ncacn_ip_tcp", endpoint: String(server.port), smb: null },
      secondary_address: null,
      traffic: null,
      announced: null,
      assoc_group_id: null,
      max_xmit_frag: null,
      max_recv_frag: null,
      features: [],
      contexts: contexts.map((c) => ({
        id: 0,
        interface: null,
        version: "0.0",
        name: null,
        transfer_syntaxes: ["ndr"],
        result: "acceptance",
        reason: null,
        accepted_syntax: "ndr",
        frame: ++this.#frame,
        ...c,
      })),
      auth: security,
      security_contexts: [],
      calls: 0,
      notes: [],
    };
    this.#say((book) => book.association(record), "call");
  }
}

class TestFlow implements FlowView {
  readonly stream: number;
  readonly midstream = false;
  readonly closed = false;
  closing = false;
  half0 = { packets: 0, bytes: 0, exact: false };
  half1 = { packets: 0, bytes: 0, exact: false };
  lastSeconds = 0;
  lastNanos = 0;
  readonly endpoint0: Endpoint;
  readonly endpoint1: Endpoint;

  constructor(stream: number, client: Endpoint, server: Endpoint) {
    this.stream = stream;
    this.endpoint0 = client;
    this.endpoint1 = server;
  }
}

function instant(now: number): { seconds: number; nanos: number; digits: 6 } {
  const seconds = Math.floor(now);
  return { seconds, nanos: Math.round((now - seconds) * 1e6) * 1000, digits: 6 };
}

/** Identifiers of one exporter with one object. */
export interface Exported {
  oxid: string;
  oid: string;
  unknown: string;
  service: string;
  remUnknown: string;
  port: number;
}

export function exported(n: number, port: number): Exported {
  const hex = n.toString(16).padStart(4, "0");
  const ipid = (k: number): string => `0000${hex}-0000-0000-000${k}-00000000${hex}`;
  return {
    oxid: `aaaa00000000${hex}`,
    oid: `bbbb00000000${hex}`,
    unknown: ipid(1),
    service: ipid(2),
    remUnknown: ipid(3),
    port,
  };
}

export const string2 = (listeners: { port?: number; name: string; uri?: string }[]): string =>
  `<E><A KH="YiKwWUY8Ioq5NB3wAQHSbs5kwrM=" ID="abc"/><C><T ID="1" SID="7">${listeners
    .map((l) => (l.uri ? `<L U="${l.uri}" N="${l.name}"/>` : `<L P="${l.port}" N="${l.name}"/>`))
    .join("")}</T></C></E>`;

export const string1 = (addresses: string): string => `65538,1,${addresses},*,c2Vzc2lvbg==,*,*,cGFybXM=`;

interface ActivationOptions extends CallOptions {
  session?: number;
  names?: string[];
  clsid?: string;
}

/** RemoteCreateInstance on port 135. */
export function activate(
  scene: Scene,
  who: Who,
  cls: keyof typeof CLSID,
  e: Exported,
  o: ActivationOptions = {},
): CallRecord {
  const stream = scene.open(who.expert, who.novice, 135);
  const failed = (o.hresult ?? 0) >= 0x80000000 || o.fault !== undefined;
  const names = o.names ?? ["NOVICE", who.novice];
  return scene.call(stream, who, "IRemoteSCMActivator", 4, "RemoteCreateInstance", {
    request: {
      pActProperties: {
        properties: {
          InstantiationInfo: { classId: CLSID[cls] },
          SpecialSystemProperties: { dwSessionId: o.session ?? 0xffffffff, dwFlags: 0 },
        },
      },
    },
    response: failed
      ? { ppActProperties: null }
      : {
          ppActProperties: {
            properties: {
              PropsOutInfo: {
                phresults: ["0x00000000"],
                ppIntfData: [
                  { iid: UUID.IDispatch, oxid: e.oxid, oid: e.oid, ipid: e.unknown, public_refs: 5 },
                ],
              },
              ScmReplyInfo: {
                remoteReply: {
                  Oxid: e.oxid,
                  ipidRemUnknown: e.remUnknown,
                  pdsaOxidBindings: {
                    bindings: names.map((n) => ({ tower: "ncacn_ip_tcp", address: `${n}[${e.port}]` })),
                  },
                },
              },
            },
          },
        },
    ...o,
  });
}

/** RemQueryInterface for the service's interface. */
export function query(
  scene: Scene,
  who: Who,
  stream: number,
  e: Exported,
  name: Name,
  o: CallOptions = {},
): CallRecord {
  const code = o.hresult ?? 0;
  return scene.call(stream, who, "IRemUnknown2", 3, "RemQueryInterface", {
    object: e.remUnknown,
    oxid: e.oxid,
    request: { ripid: e.unknown, iids: [UUID[name]] },
    response: {
      ppQIResults: [
        {
          hResult: `0x${code.toString(16).padStart(8, "0")}`,
          std: { oxid: e.oxid, oid: e.oid, ipid: e.service },
        },
      ],
    },
    ...o,
  });
}

export function list(
  scene: Scene,
  who: Who,
  stream: number,
  e: Exported,
  entries: string[],
  o: CallOptions = {},
): CallRecord {
  const failed = (o.hresult ?? 0) >= 0x80000000;
  const sessions = failed ? null : parseSessions(entries);
  return scene.call(stream, who, "IRASrv", 8, "GetSessionInfo", {
    object: e.service,
    oxid: e.oxid,
    rai: { connection_string: null, help_blob: null, sessions },
    ...o,
  });
}

/** GetNoviceUserInfo; `string` null where it fails. */
export function ask(
  scene: Scene,
  who: Who,
  stream: number,
  e: Exported,
  string: string | null,
  o: CallOptions = {},
): CallRecord {
  const parsed = string === null ? null : parseConnectionString(string);
  return scene.call(stream, who, "IRASrv", 7, "GetNoviceUserInfo", {
    object: e.service,
    oxid: e.oxid,
    response: { szName: string },
    rai: { connection_string: parsed, help_blob: null, sessions: null },
    ...o,
  });
}

/** RemoteConnectionParms for bgreen's session. */
export function parms(
  scene: Scene,
  who: Who,
  stream: number,
  e: Exported,
  string: string | null,
  o: CallOptions = {},
): CallRecord {
  return scene.call(stream, who, "IPCHService", 19, "RemoteConnectionParms", {
    object: e.service,
    oxid: e.oxid,
    request: { bstrUserName: "bgreen", bstrDomainName: "CONTOSO", lSessionID: 2, bstrUserHelpBlob: "" },
    response: { pbstrConnectionString: string },
    rai: {
      connection_string: string === null ? null : parseConnectionString(string),
      help_blob: parseHelpBlob("13;UNSOLICITED=118;ID=EXDOMAIN\\EXUSER"),
      sessions: null,
    },
    ...o,
  });
}

/** X.224 Connection Request with RDP_NEG_REQ for TLS, and its confirmation. */
export const RDP_REQUEST = [3, 0, 0, 19, 14, 0xe0, 0, 0, 0, 0, 0, 1, 0, 8, 0, 1, 0, 0, 0];
const RDP_CONFIRM = [3, 0, 0, 19, 14, 0xd0, 0, 0, 0x12, 0x34, 0, 2, 0, 8, 0, 1, 0, 0, 0];

/** A modern expert's way to IRASrv: activation, dynamic port, QueryInterface. Answers the stream of the dynamic port. */
export function reach(scene: Scene, who: Who, e: Exported, o: ActivationOptions = {}): number {
  activate(scene, who, "RASrv", e, o);
  const stream = scene.open(who.expert, who.novice, e.port);
  query(scene, who, stream, e, "IRASrv");
  return stream;
}

export function rdp(scene: Scene, client: string, server: string, port: number): number {
  const stream = scene.open(client, server, port);
  scene.data(stream, 0, RDP_REQUEST);
  scene.data(stream, 1, RDP_CONFIRM);
  return stream;
}
