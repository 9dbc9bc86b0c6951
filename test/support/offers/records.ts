/** Facts of calls and TCP connections made by hand, as the analyzer would hand them to the offer tracker. */
import { parseConnectionString } from "../../../dissectors/rai/connection-string.js";
import { parseHelpBlob } from "../../../dissectors/rai/help-blob.js";
import { raiInterface } from "../../../dissectors/rai/interfaces.js";
import { parseSessions } from "../../../dissectors/rai/sessions.js";
import type { Recognised } from "../../../dissectors/rdp/recognise.js";
import type { DecodedCall } from "../../../src/call/decoded-call.js";
import type { AssociationRecord, Endpoint, OfferRecord } from "../../../src/events.js";
import type { ExporterFact, Fact, InterfacePointerFact, OfferInput } from "../../../src/facts/fact.js";
import { shippedInterfaces } from "../../../src/interfaces.js";
import type { FlowView } from "../../../src/offers/connections/attempts.js";
import { callStep } from "../../../src/offers/steps/call-steps.js";
import { OfferTracker, type OfferTrackerOptions } from "../../../src/offers/tracker.js";
import { Beginnings } from "../../../src/protocols/beginnings.js";
import { recordHead } from "../../../src/record-head.js";
import type { SideBytes } from "../../../src/rpc/finished-call.js";
import { type Instant, timestamp } from "../../../src/time.js";

const TABLE = shippedInterfaces();

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
  /** What the call says beside that it is one of [MS-RAI]. */
  facts?: Fact[];
  hresult?: number | null;
  fault?: number;
  sealed?: boolean;
  /** Bytes of the response. */
  stubBytes?: number;
  unanswered?: boolean;
  object?: string;
  oxid?: string;
  clsid?: string;
  inferred?: boolean;
  level?: string;
}

/** Clock, numbers, and the offer tracker that is reported of them. */
export class Scene {
  readonly tracker: OfferTracker;
  readonly reported: OfferRecord[] = [];
  /** Everything said so far, to be said again in another order. */
  readonly script: ((tracker: OfferTracker) => void)[] = [];
  /** What each part of the script is about: conversations keep their order, calls need not. */
  readonly kinds: ("tcp" | "call")[] = [];
  now = EPOCH;
  #telling: (recognised: Recognised | null) => void = () => {};
  readonly #beginnings = new Beginnings((_, recognised) => this.#telling(recognised));
  #frame = 0;
  #stream = 0;
  #call = 100;
  readonly #streams = new Map<number, { client: Endpoint; server: Endpoint; flow: TestFlow }>();

  constructor(options: OfferTrackerOptions = {}) {
    this.tracker = new OfferTracker(options);
  }

  #say(what: (tracker: OfferTracker) => void, kind: "tcp" | "call" = "tcp"): void {
    this.script.push(what);
    this.kinds.push(kind);
    what(this.tracker);
  }

  wait(seconds: number): this {
    this.now += seconds;
    return this;
  }

  /** Lets the tracker look at the clock once a second, as frames would. */
  pass(seconds: number): OfferRecord[] {
    const reported: OfferRecord[] = [];
    for (let i = 0; i < seconds; i++) {
      this.now += 1;
      const at = instant(this.now);
      reported.push(...this.tracker.pass(at));
    }
    this.reported.push(...reported);
    return reported;
  }

  finish(): OfferRecord[] {
    const reported = this.tracker.finish();
    this.reported.push(...reported);
    return reported;
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
    this.#say((tracker) => tracker.conversationOpened(flow, at));
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
    const told: (Recognised | null)[] = [];
    this.#telling = (recognised) => told.push(recognised);
    this.#beginnings.data(flow, direction, new Uint8Array(bytes), offset);
    for (const recognised of told) this.#say((tracker) => tracker.conversationSpeaks(stream, recognised));
  }

  close(stream: number): void {
    const { flow } = this.#streams.get(stream)!;
    this.now += 0.001;
    const at = instant(this.now);
    flow.closing = true;
    this.#say((tracker) => tracker.conversationClosed(stream, at));
  }

  call(
    stream: number,
    who: Who,
    name: Name,
    opnum: number,
    method: string | null,
    o: CallOptions = {},
  ): OfferInput {
    const { client, server } = this.#streams.get(stream)!;
    const sealed = o.sealed === true;
    const answered = o.unanswered !== true;
    const request = side(instant(this.now), ++this.#frame, 100, sealed);
    this.now += 0.004;
    const response = answered ? side(instant(this.now), ++this.#frame, o.stubBytes ?? 40, sealed) : null;
    const { status, returned } = outcome(o);
    const uuid = UUID[name];
    const on = raiInterface(uuid);
    const iface = TABLE.find(uuid) ?? null;
    const state = sealed ? ("encrypted" as const) : ("decoded" as const);
    const none = {
      cut: null,
      values: null,
      returned: undefined,
      status: null,
      found: [],
      seen: null,
      cost: 0,
    };
    const blank = { ...none, orpcThis: null, orpcThat: null };
    const call: DecodedCall = {
      call: {
        id: this.#call,
        channel: {
          association: 0,
          stream,
          communityId: null,
          transport: { protseq: "ncacn_ip_tcp", endpoint: String(server.port), smb: null },
          client,
          server,
          file: null,
        },
        callId: this.#call++,
        contextId: 0,
        opnum,
        activity: null,
        callback: false,
        object: o.object ?? null,
        drep: 0x10,
        claim: null,
        request,
        response,
        fault: o.fault === undefined ? null : { status: o.fault, flags: 0, extra: new Uint8Array(0) },
        cancels: 0,
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
        headerSigning: null,
        notes: [],
      },
      identity: { uuid, version: "0.0", iface, transfer: "ndr", inferred: o.inferred === true },
      method: iface?.methods[opnum] ?? null,
      called: null,
      request: { ...blank, state },
      response: { ...blank, state: answered ? state : null },
      invocation: null,
      outcome: { status, returned },
      inferred: null,
      notes: [],
    };
    const target =
      o.oxid === undefined
        ? null
        : { clsid: o.clsid ?? null, class: null, iid: uuid, oxid: o.oxid, oid: null, from_frame: 1 };
    const facts: Fact[] = sealed ? [] : (o.facts ?? []);
    if (on !== null) facts.unshift({ kind: "rai-call", on, member: method, invoked: false });
    const input: OfferInput = { id: null, call, target, facts };
    this.now += 0.001;
    const step = callStep(input);
    if (step !== null) this.#say((tracker) => tracker.call(step), "call");
    return input;
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
    const begun = instant(this.now);
    const record: AssociationRecord = {
      ...recordHead("association", timestamp(begun), stream, null),
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
        call_id: 1,
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
      binds: [],
      auth: security,
      security_contexts: [],
      calls: 0,
      notes: [],
    };
    this.#say((tracker) => tracker.association(record, begun), "call");
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

/** One side of a call, in one frame. */
function side(at: Instant, frame: number, bytes: number, sealed: boolean): SideBytes {
  return {
    parts: [],
    size: bytes,
    littleEndian: true,
    whole: true,
    sealed,
    decrypted: null,
    verified: null,
    frames: [frame],
    sequence: 0,
    message: null,
    first: at,
    last: at,
    contextId: 0,
    allocHint: 40,
    characters: "ascii",
    floats: "ieee",
    fragments: 1,
    pduBytes: 24,
    version: "5.0",
    bytes,
  };
}

function outcome({ unanswered, fault, sealed, hresult }: CallOptions): DecodedCall["outcome"] {
  if (unanswered === true) return { status: "no_response", returned: null };
  if (fault !== undefined) return { status: "fault", returned: null };
  if (sealed === true) return { status: "unknown", returned: null };
  const value = hresult ?? 0;
  const shown = `0x${value.toString(16).padStart(8, "0")}`;
  return {
    status: value >= 0x80000000 ? "error" : "ok",
    returned: { hresult: true, type: "HRESULT", value, shown, name: null, message: null },
  };
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

/** An object reference of an exporter as an answer hands it out. */
export function pointer(oxid: string, oid: string, ipid: string, iid: string): InterfacePointerFact {
  const resolver = { strings: [], security: [] };
  return {
    kind: "interface-pointer",
    in: "response",
    iid,
    ipid,
    oid,
    oxid,
    refs: 5,
    resolver,
    clsid: null,
    factory: null,
  };
}

export function exporter(e: Exported, hosts: string[]): ExporterFact {
  const strings = hosts.map((host) => ({ towerId: 7, address: `${host}[${e.port}]` }));
  return { kind: "exporter", oxid: e.oxid, bindings: { strings, security: [] }, remUnknown: e.remUnknown };
}

/** RemoteCreateInstance on port 135. */
export function activate(
  scene: Scene,
  who: Who,
  cls: keyof typeof CLSID,
  e: Exported,
  o: ActivationOptions = {},
): OfferInput {
  const stream = scene.open(who.expert, who.novice, 135);
  const failed = (o.hresult ?? 0) >= 0x80000000 || o.fault !== undefined;
  const asked: Fact = {
    kind: "activation",
    form: "RemoteCreateInstance",
    clsid: CLSID[cls],
    iids: [],
    session: o.session ?? null,
    console: false,
    serverName: null,
    hr: null,
    results: failed ? [] : [0],
  };
  const answered = [
    pointer(e.oxid, e.oid, e.unknown, UUID.IDispatch),
    exporter(e, o.names ?? ["NOVICE", who.novice]),
  ];
  return scene.call(stream, who, "IRemoteSCMActivator", 4, "RemoteCreateInstance", {
    facts: failed ? [asked] : [asked, ...answered],
    ...o,
  });
}

/** RemQueryInterface for an interface: given, or refused with `status`; null where no answer shows. */
export function queried(ipid: string, iid: string, status: number | null, given: Given | null): Fact {
  const handed = given === null ? null : { ...given, refs: 5 };
  return {
    kind: "query",
    ipid,
    results: [{ iid, status, given: handed }],
    answered: status !== null,
  };
}

interface Given {
  ipid: string;
  oid: string;
  oxid: string;
}

/** RemQueryInterface for the service's interface. */
export function query(
  scene: Scene,
  who: Who,
  stream: number,
  e: Exported,
  name: Name,
  o: CallOptions = {},
): OfferInput {
  const given = { ipid: e.service, oid: e.oid, oxid: e.oxid };
  return scene.call(stream, who, "IRemUnknown2", 3, "RemQueryInterface", {
    object: e.remUnknown,
    oxid: e.oxid,
    facts: [queried(e.unknown, UUID[name], o.hresult ?? 0, given)],
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
): OfferInput {
  const failed = (o.hresult ?? 0) >= 0x80000000;
  return scene.call(stream, who, "IRASrv", 8, "GetSessionInfo", {
    object: e.service,
    oxid: e.oxid,
    facts: failed ? [] : [{ kind: "sessions", entries: parseSessions(entries) }],
    ...o,
  });
}

function stringFacts(string: string | null): Fact[] {
  return string === null ? [] : [{ kind: "connection-string", value: parseConnectionString(string) }];
}

/** GetNoviceUserInfo; `string` null where it fails. */
export function ask(
  scene: Scene,
  who: Who,
  stream: number,
  e: Exported,
  string: string | null,
  o: CallOptions = {},
): OfferInput {
  return scene.call(stream, who, "IRASrv", 7, "GetNoviceUserInfo", {
    object: e.service,
    oxid: e.oxid,
    facts: stringFacts(string),
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
): OfferInput {
  return scene.call(stream, who, "IPCHService", 19, "RemoteConnectionParms", {
    object: e.service,
    oxid: e.oxid,
    facts: [
      { kind: "session-asked", user: "bgreen", domain: "CONTOSO", session: 2 },
      { kind: "help-blob", value: parseHelpBlob("13;UNSOLICITED=118;ID=EXDOMAIN\\EXUSER") },
      ...stringFacts(string),
    ],
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
