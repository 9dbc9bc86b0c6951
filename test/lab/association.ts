/**
 * One RPC association on one connection of a conversation: binding, authentication, calls with their fragments,
 * signatures and seals. [C706] chapter 12, [MS-RPCE] 3.3.1. It plays both sides, so it needs to read nothing.
 *
 * Not handled: several security contexts on one connection, NTLMv1, Kerberos.
 */

import { concat, Writer } from "./bytes.js";
import type { Carrier, SaidCall, SaidPdu, Side } from "./conversation.js";
import { IID, type InterfaceName, type Said, type Spoken, VERSION } from "./dcom.js";
import type { Encoding } from "./ndr.js";
import { type Account, authenticate, fileTime, NtlmDirection } from "./ntlm.js";
import { AUTH_TYPES, LEVELS, type SecurityPlan } from "./plan.js";
import {
  bindAckBody,
  bindBody,
  bindNakBody,
  type ContextItem,
  type ContextResult,
  faultFixed,
  featureSyntax,
  NULL_SYNTAX,
  type PduType,
  PFC,
  pdu,
  pduWithToken,
  requestFixed,
  responseFixed,
  type SecTrailer,
  SYNTAX_NDR,
  SYNTAX_NDR64,
  type Syntax,
  type Trailed,
  verificationTrailer,
} from "./rpc.js";
import { mechTypes, negTokenInit, negTokenResp } from "./spnego.js";

/** One interface wanted, with the transfer syntaxes proposed for it, each as a context of its own. */
export interface Wish {
  interface: InterfaceName;
  propose: ("ndr" | "ndr64")[];
  accept: "ndr" | "ndr64" | null;
  /** Major version in the lower half, minor in the upper one; default: the interface's own. */
  version?: number;
  /** The first proposal's context id; the others follow. */
  id?: number;
}

interface Context {
  id: number;
  syntax: "ndr" | "ndr64";
}

export interface AssociationOptions {
  little?: boolean;
  maxFragment?: number;
  group?: number;
  /** The port as the bind_ack's secondary address says it. */
  secondary?: string;
  firstCallId?: number;
  multiplex?: boolean;
  /** What every call says of how it travelled. */
  transport?: SaidCall["transport"];
  hidden?: boolean;
  /** Whose calls these are where the association itself has no security. */
  account?: Account;
}

export interface CallOptions {
  /** Adds a verification trailer that repeats the context (and, when true for header2, the header). */
  trailer?: boolean | "all";
  /** Bytes of stub a fragment at most; default: all that fits. */
  fragment?: number;
  answerFragment?: number;
  /** Answer with this fault status, or not at all. */
  fault?: number;
  silent?: boolean;
  /** Overrides the opnum that the method has. */
  opnum?: number;
  faultFlags?: number;
  rai?: { [name: string]: Said };
  dispatch?: { [name: string]: Said };
  /** Says whether the call can be reported to be ORPC; activation is, IObjectExporter is not. */
  causality?: string | null;
}

/** A call that was begun, to be answered later. */
export interface Pending {
  index: number;
  callId: number;
  contextId: number;
  spoken: Spoken;
  options: CallOptions;
}

const syntaxes: { [name in "ndr" | "ndr64"]: Syntax } = { ndr: SYNTAX_NDR, ndr64: SYNTAX_NDR64 };
const abstract = (name: InterfaceName, version = VERSION[name] ?? 0): Syntax => ({
  uuid: IID[name],
  version,
});

export class Association {
  readonly connection: number;
  readonly cid: string;
  private readonly talk: Carrier;
  private readonly little: boolean;
  private readonly max: number;
  private readonly group: number;
  private readonly secondary: string;
  private readonly multiplex: boolean;
  private readonly account: Account | null;
  private readonly travels: Pick<SaidCall, "transport" | "hidden">;
  private nextCall: number;
  private nextContext = 0;
  private readonly contexts = new Map<InterfaceName, Context>();
  private plan: SecurityPlan | null = null;
  private seals: { client: NtlmDirection; server: NtlmDirection } | null = null;

  constructor(talk: Carrier, connection: number, cid: string, options: AssociationOptions = {}) {
    this.talk = talk;
    this.connection = connection;
    this.cid = cid;
    this.little = options.little ?? true;
    this.max = options.maxFragment ?? 5840;
    this.group = options.group ?? talk.random.below(0x10000);
    this.secondary = options.secondary ?? String(talk.connections[connection]!.server.port);
    this.multiplex = options.multiplex ?? false;
    this.account = options.account ?? null;
    this.travels = {
      ...(options.transport && { transport: options.transport }),
      ...(options.hidden && { hidden: true }),
    };
    this.nextCall = options.firstCallId ?? 1;
  }

  /** How stubs for this interface are to be written on this association. */
  encoding(name: InterfaceName): Encoding {
    return { little: this.little, ndr64: this.contexts.get(name)?.syntax === "ndr64" };
  }

  private say(
    from: Side,
    bytes: Uint8Array,
    facts: Partial<SaidPdu> & { type: PduType; call_id: number },
  ): void {
    const view = new DataView(bytes.buffer, bytes.byteOffset);
    this.talk.say(this.connection, from, bytes, [
      {
        flags: bytes[3]!,
        little: this.little,
        frag_length: view.getUint16(8, this.little),
        auth_length: view.getUint16(10, this.little),
        context_id: null,
        opnum: null,
        object: null,
        call: null,
        ...facts,
      },
    ]);
  }

  private token(
    from: Side,
    type: PduType,
    callId: number,
    body: Uint8Array,
    token: Uint8Array | null,
    flags: number = PFC.FIRST_FRAG | PFC.LAST_FRAG,
  ): void {
    const trailer = this.plan === null ? null : this.trailer();
    const bytes = pduWithToken({ type, flags, callId, little: this.little }, body, trailer, token);
    this.say(from, bytes, { type, call_id: callId });
  }

  private trailer(): SecTrailer {
    const plan = this.plan!;
    return { type: AUTH_TYPES[plan.provider], level: LEVELS[plan.level], contextId: plan.contextId ?? 0 };
  }

  private offer(wishes: Wish[], features: number | null): { items: ContextItem[]; results: ContextResult[] } {
    const items: ContextItem[] = [];
    const results: ContextResult[] = [];
    for (const wish of wishes) {
      if (wish.id !== undefined) this.nextContext = wish.id;
      for (const name of wish.propose) {
        const id = this.nextContext++;
        items.push({ id, abstract: abstract(wish.interface, wish.version), transfer: [syntaxes[name]] });
        if (name === wish.accept) {
          this.contexts.set(wish.interface, { id, syntax: name });
          results.push({ result: 0, reason: 0, syntax: syntaxes[name] });
        } else {
          // 2: the proposed transfer syntaxes are not supported; 1: the abstract syntax is not.
          results.push({ result: 2, reason: wish.accept === null ? 1 : 2, syntax: NULL_SYNTAX });
        }
      }
    }
    if (features !== null) {
      items.push({
        id: this.nextContext++,
        abstract: abstract(wishes[0]!.interface),
        transfer: [featureSyntax(features)],
      });
      results.push({ result: 3, reason: features, syntax: NULL_SYNTAX });
    }
    return { items, results };
  }

  /** bind and bind_ack, and the legs of the authentication that `plan` asks for. */
  bind(wishes: Wish[], plan: SecurityPlan | null = null, features: number | null = 3): void {
    const callId = this.nextCall++;
    this.plan = plan;
    const { items, results } = this.offer(wishes, features);
    const offered = bindBody(this.little, this.max, this.max, 0, items);
    const granted = bindAckBody(this.little, this.max, this.max, this.group, this.secondary, results);
    let flags: number = PFC.FIRST_FRAG | PFC.LAST_FRAG;
    if (plan?.headerSigning) flags |= PFC.SUPPORT_HEADER_SIGN;
    if (this.multiplex) flags |= PFC.CONC_MPX;
    if (plan === null) {
      this.token("client", "bind", callId, offered, null, flags);
      this.token("server", "bind_ack", callId, granted, null, flags);
      return;
    }
    const random = this.talk.random;
    const exchange = authenticate({
      account: plan.account,
      server: plan.server,
      seed: {
        serverChallenge: random.bytes(8),
        clientChallenge: random.bytes(8),
        sessionKey: random.bytes(16),
        timestamp: plan.timestamp === false ? null : fileTime(this.talk.now),
      },
      seal: plan.level === "pkt_privacy",
      clientVersion: plan.clientVersion,
      serverVersion: plan.serverVersion,
      spn: plan.spn,
    });
    const client = new NtlmDirection(exchange.exportedSessionKey, "client");
    const server = new NtlmDirection(exchange.exportedSessionKey, "server");
    this.seals = { client, server };
    if (plan.provider === "ntlmssp") {
      this.token("client", "bind", callId, offered, exchange.negotiate, flags);
      this.token("server", "bind_ack", callId, granted, exchange.challenge, flags);
      const body = new Writer(this.little).fill(4).done();
      this.token("client", "auth3", callId, body, exchange.authenticate);
      return;
    }
    const list = mechTypes(false);
    this.token("client", "bind", callId, offered, negTokenInit(list, exchange.negotiate), flags);
    const challenge = negTokenResp({ state: 1, supportedMech: true, responseToken: exchange.challenge });
    this.token("server", "bind_ack", callId, granted, challenge, flags);
    const first = items.slice(0, 1);
    const again = bindBody(this.little, this.max, this.max, this.group, first);
    const third = negTokenResp({
      responseToken: exchange.authenticate,
      mechListMic: client.mechListMic(list),
    });
    this.token("client", "alter_context", callId, again, third, flags);
    const same = bindAckBody(this.little, this.max, this.max, this.group, "", results.slice(0, 1));
    const last = negTokenResp({ state: 0, mechListMic: server.mechListMic(list) });
    this.token("server", "alter_context_resp", callId, same, last, flags);
  }

  /** Uses a context id although it was not accepted, as careless clients do. */
  assume(name: InterfaceName, id: number): void {
    this.contexts.set(name, { id, syntax: "ndr" });
  }

  /** A bind that is refused outright. */
  bindRefused(wishes: Wish[], reason: number): void {
    const callId = this.nextCall++;
    const { items } = this.offer(wishes, null);
    this.token("client", "bind", callId, bindBody(this.little, this.max, this.max, 0, items), null);
    this.token("server", "bind_nak", callId, bindNakBody(this.little, reason), null);
  }

  /** alter_context and its answer: one more interface under the same security context. */
  alter(wishes: Wish[]): void {
    const callId = this.nextCall;
    const { items, results } = this.offer(wishes, null);
    const plan = this.plan;
    this.plan = null;
    this.token(
      "client",
      "alter_context",
      callId,
      bindBody(this.little, this.max, this.max, this.group, items),
      null,
    );
    const granted = bindAckBody(this.little, this.max, this.max, this.group, "", results);
    this.token("server", "alter_context_resp", callId, granted, null);
    this.plan = plan;
  }

  /** A call and its answer. */
  call(object: string | null, spoken: Spoken, options: CallOptions = {}): Pending {
    const pending = this.ask(object, spoken, options);
    this.answer(pending);
    return pending;
  }

  /** Sends the request; `answer` sends the response. */
  ask(object: string | null, spoken: Spoken, options: CallOptions = {}): Pending {
    const pending = this.begin(object, spoken, options);
    for (const fragment of this.requestFragments(pending, object))
      this.talk.say(this.connection, "client", ...fragment);
    return pending;
  }

  /** Registers the call without sending a thing: for stories that order their fragments themselves. */
  begin(object: string | null, spoken: Spoken, options: CallOptions = {}): Pending {
    const callId = this.nextCall++;
    const context = this.contexts.get(spoken.interface);
    const contextId = context?.id ?? 0xffff;
    const index = this.talk.calls.length;
    const status = options.silent
      ? "no_response"
      : options.fault !== undefined
        ? "fault"
        : (spoken.result ?? 0) > 0x7fffffff || (spoken.returned?.value ?? 0) !== 0
          ? "error"
          : "ok";
    const answered = status === "ok" || status === "error";
    const call: SaidCall = {
      connection: this.connection,
      call_id: callId,
      context_id: contextId,
      opnum: options.opnum ?? spoken.opnum,
      interface: spoken.interface,
      uuid: IID[spoken.interface],
      method: spoken.method,
      object,
      transfer_syntax: context?.syntax ?? "ndr",
      status,
      hresult: answered ? spoken.result : null,
      ...(answered && spoken.returned && { returned: spoken.returned }),
      fault: options.fault ?? null,
      ...this.travels,
      causality_id: options.causality !== undefined ? options.causality : this.cid || null,
      auth: this.authOfCalls(),
      request: spoken.requestValues,
      response: answered ? spoken.responseValues : null,
      facts: spoken.facts ?? null,
      rai: answered ? (options.rai ?? null) : null,
      dispatch: options.dispatch ?? null,
    };
    this.talk.calls.push(call);
    return { index, callId, contextId, spoken, options };
  }

  private authOfCalls(): SaidCall["auth"] {
    const plan = this.plan;
    if (plan === null && this.account !== null) {
      const { user, domain, workstation } = this.account;
      return { type: "spnego", level: "none", user, domain, workstation };
    }
    if (plan === null) return { type: "none", level: "none", user: null, domain: null, workstation: null };
    const { user, domain, workstation } = plan.account;
    return { type: plan.provider, level: plan.level, user, domain, workstation };
  }

  /** The request's PDUs, ready for Conversation.say. */
  requestFragments(pending: Pending, object: string | null): Generator<[Uint8Array, SaidPdu[]]> {
    const { spoken, options, callId, contextId } = pending;
    const opnum = options.opnum ?? spoken.opnum;
    let stub = spoken.request;
    if (options.trailer) {
      const context = this.contexts.get(spoken.interface)!;
      const claims: Trailed = {
        pcontext: { abstract: abstract(spoken.interface), transfer: syntaxes[context.syntax] },
      };
      if (options.trailer === "all") {
        claims.bitmask = 1;
        claims.header2 = { little: this.little, callId, contextId, opnum };
      }
      stub = concat(new Writer().bytes(stub).align(4).done(), verificationTrailer(claims));
    }
    const fixed = (hint: number) => requestFixed(this.little, hint, contextId, opnum, object);
    return this.fragments("client", "request", stub, options.fragment, fixed, pending, object);
  }

  /** The response's PDUs, ready for Conversation.say. */
  responseFragments(pending: Pending): Generator<[Uint8Array, SaidPdu[]]> {
    const { spoken, options, contextId } = pending;
    const fixed = (hint: number) => responseFixed(this.little, hint, contextId);
    return this.fragments(
      "server",
      "response",
      spoken.response!,
      options.answerFragment,
      fixed,
      pending,
      null,
    );
  }

  answer(pending: Pending): void {
    const { options, callId, contextId, spoken } = pending;
    if (options.silent) return;
    if (options.fault !== undefined) {
      const flags = PFC.FIRST_FRAG | PFC.LAST_FRAG | (options.faultFlags ?? PFC.DID_NOT_EXECUTE);
      const header = { type: "fault", flags, callId, little: this.little } as const;
      const bytes = pdu(header, faultFixed(this.little, contextId, options.fault), new Uint8Array(0), null);
      this.say("server", bytes, {
        type: "fault",
        call_id: callId,
        context_id: contextId,
        call: pending.index,
      });
      return;
    }
    if (spoken.response === null) return;
    for (const fragment of this.responseFragments(pending))
      this.talk.say(this.connection, "server", ...fragment);
  }

  /** Each fragment is signed when it is asked for, so that the order of sending is the order of sequence numbers. */
  private *fragments(
    from: Side,
    type: "request" | "response",
    stub: Uint8Array,
    size: number | undefined,
    fixed: (allocHint: number) => Uint8Array,
    pending: Pending,
    object: string | null,
  ): Generator<[Uint8Array, SaidPdu[]]> {
    const plan = this.plan;
    const signs = plan !== null && LEVELS[plan.level] >= LEVELS.pkt;
    const around = 16 + fixed(0).length + (signs ? 16 + 8 + 16 : 0);
    const room = size ?? (this.max - around) & ~15;
    for (let at = 0; at === 0 || at < stub.length; at += room) {
      const piece = stub.slice(at, at + room);
      let flags = 0;
      if (at === 0) flags |= PFC.FIRST_FRAG;
      if (at + room >= stub.length) flags |= PFC.LAST_FRAG;
      if (object !== null) flags |= PFC.OBJECT_UUID;
      const header = { type, flags, callId: pending.callId, little: this.little };
      const body = fixed(stub.length - at);
      const bytes = signs ? this.protectedPdu(header, body, piece, from) : pdu(header, body, piece, null);
      const view = new DataView(bytes.buffer);
      const facts: SaidPdu = {
        type,
        flags,
        call_id: pending.callId,
        little: this.little,
        frag_length: view.getUint16(8, this.little),
        auth_length: view.getUint16(10, this.little),
        context_id: pending.contextId,
        opnum: type === "request" ? (pending.options.opnum ?? pending.spoken.opnum) : null,
        object,
        call: pending.index,
      };
      yield [bytes, [facts]];
    }
  }

  private protectedPdu(
    header: Parameters<typeof pdu>[0],
    fixed: Uint8Array,
    stub: Uint8Array,
    from: Side,
  ): Uint8Array {
    const plan = this.plan!;
    const seals = this.seals!;
    return pdu(header, fixed, stub, {
      trailer: this.trailer(),
      padTo: 16,
      verifierLength: 16,
      sign: (message, stubAt, stubEnd) => {
        const seal = plan.level === "pkt_privacy" ? message.slice(stubAt, stubEnd) : null;
        const covered = plan.headerSigning ? message : message.slice(stubAt, stubEnd);
        const { sealed, signature } = seals[from].protect(covered, seal);
        return { sealed, verifier: signature };
      },
    });
  }

  /** A PDU without body that belongs to a call: co_cancel, orphaned; or shutdown, which belongs to none. */
  bare(from: Side, type: "co_cancel" | "orphaned" | "shutdown", callId: number): void {
    const header = { type, flags: PFC.FIRST_FRAG | PFC.LAST_FRAG, callId, little: this.little };
    this.say(from, pdu(header, new Uint8Array(0), new Uint8Array(0), null), { type, call_id: callId });
  }
}
