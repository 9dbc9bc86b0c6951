/**
 * The open calls of one connection: which one a PDU belongs to, what they cost, and which of them are given up: the oldest
 * where there are too many or memory is short, those of which nothing came for long.
 */

import type { Account, Holder, Kind } from "../budget.js";
import type { AuthRecord, Note } from "../events.js";
import { CALL_AGE } from "../expiry.js";
import { callCost, dropStub, MAX_OPEN_CALLS, type OpenCall, OpenCalls, type Side } from "./calls.js";
import type { Carriage } from "./carried-by.js";
import type { ChannelFacts } from "./finished-call.js";
import { handOn } from "./hand-on.js";
import type { Out } from "./output.js";
import type { PresentationContexts } from "./presentation.js";
import { NO_AUTH, withoutExchange } from "./security/records.js";
import type { SecurityContexts } from "./security-contexts.js";

export class CallBook implements Holder {
  readonly stream: number;
  readonly #sink: Out;
  readonly #association: number;
  /** Whose credentials calls have that bring none of their own. */
  readonly #unprotected: AuthRecord;
  readonly #contexts: PresentationContexts;
  readonly #security: SecurityContexts;
  readonly #account: Account;
  readonly #calls = new OpenCalls();
  /** Sides of calls whose last fragment did not come yet, by who sends them. */
  #clientSides: Set<Side> | null = null;
  #serverSides: Set<Side> | null = null;
  /** The call whose response came last and lacks its end. */
  unended: OpenCall | null = null;
  /** Calls that were finished. */
  finished = 0;

  /** Finished calls go into `sink`, with what the connection's contexts say of them. */
  constructor(
    kind: Kind,
    { stream, association, auth }: Carriage,
    sink: Out,
    contexts: PresentationContexts,
    security: SecurityContexts,
  ) {
    this.stream = stream;
    this.#association = association;
    this.#unprotected = auth === null ? NO_AUTH : withoutExchange(auth);
    this.#sink = sink;
    this.#contexts = contexts;
    this.#security = security;
    this.#account = kind.open(this);
  }

  get count(): number {
    return this.#calls.count;
  }

  /** All open calls, in the order in which they were opened. */
  all(): OpenCall[] {
    return [...this.#calls];
  }

  /** Memory is short: the oldest eighth of what open calls hold goes, stub data first, then the calls themselves. */
  giveUp(): void {
    const enough = (this.#account.bytes * 7) / 8;
    for (const call of this.#calls) {
      if (this.#account.bytes <= enough) return;
      const dropped = dropStub(call.request) + dropStub(call.response);
      if (dropped === 0) continue;
      limited(call, `${dropped} bytes of stub data were dropped`);
      this.charge(call);
    }
    for (const call of this.#calls) {
      if (this.#account.bytes <= enough) return;
      limited(call, "evicted before it was complete");
      call.evicted = true;
      this.finish(call);
    }
  }

  /** The connection is over: it holds nothing any more. */
  release(): void {
    this.#account.close();
  }

  /** Brings the account up to date with a call. */
  charge(call: OpenCall): void {
    const cost = callCost(call);
    this.#account.charge(cost - call.cost);
    call.cost = cost;
  }

  /** A call begins with the PDU at hand, whose first byte stands in `frame`. */
  begin(
    callId: number,
    contextId: number,
    callback: boolean,
    frame: number,
    channel: ChannelFacts,
  ): OpenCall {
    if (this.#calls.count >= MAX_OPEN_CALLS) this.#finishOldest();
    const call: OpenCall = {
      id: this.#sink.open(frame),
      channel,
      callId,
      contextId,
      opnum: null,
      activity: null,
      callback,
      object: null,
      drep: 0x10,
      claim: null,
      request: null,
      response: null,
      fault: null,
      cancels: 0,
      auth: this.#unprotected,
      headerSigning: null,
      notes: [],
      cost: 0,
      evicted: false,
      earlier: null,
    };
    if (callback) {
      const message = "the server calls the client, on the client's connection, before it answers";
      call.notes.push({ severity: "info", code: "callback", message });
    }
    this.#calls.add(call);
    return call;
  }

  #finishOldest(): void {
    const oldest = this.#calls.oldest();
    if (oldest === null) return;
    oldest.notes.push({
      severity: "warning",
      code: "open-calls-limit",
      message: `evicted before its response: ${MAX_OPEN_CALLS} calls open on this connection`,
    });
    this.finish(oldest);
  }

  /** The latest open call of this id. */
  latest(callId: number): OpenCall | null {
    return this.#calls.latest(callId);
  }

  /** The call whose request goes on with the PDU at hand, or null. */
  requested(callId: number, fromClient: boolean): OpenCall | null {
    for (let call = this.#calls.latest(callId); call !== null; call = call.earlier) {
      if (call.callback !== fromClient && call.request !== null && !call.request.ended) return call;
    }
    return null;
  }

  /** The open call that a response or fault belongs to; one without a request where none was captured. */
  answered(
    callId: number,
    contextId: number,
    fromClient: boolean,
    frame: number,
    isFirst: boolean,
    channel: ChannelFacts,
  ): OpenCall {
    let joining: OpenCall | null = null;
    let waiting: OpenCall | null = null;
    for (let call = this.#calls.latest(callId); call !== null; call = call.earlier) {
      if (call.callback !== fromClient) continue;
      if (call.response !== null) {
        if (!call.response.ended) joining ??= call;
      } else if (call.request !== null) waiting ??= call;
    }
    if (joining && !isFirst) return joining;
    return waiting ?? joining ?? this.begin(callId, contextId, fromClient, frame, channel);
  }

  /** A fragment came for a side, the last one or not. */
  joined(side: Side, fromClient: boolean, last: boolean): void {
    const joining = fromClient ? this.#clientSides : this.#serverSides;
    if (last) joining?.delete(side);
    else if (fromClient) this.#clientSides = (joining ?? new Set()).add(side);
    else this.#serverSides = (joining ?? new Set()).add(side);
  }

  /** Bytes of one direction are missing: fragments that were being joined stay incomplete. */
  gap(fromClient: boolean): void {
    const joining = fromClient ? this.#clientSides : this.#serverSides;
    if (joining === null) return;
    for (const side of joining) side.broken = true;
    joining.clear();
  }

  /** Gives up on calls of which nothing came since `since`, in seconds of the capture. */
  expire(since: number): void {
    if (this.#calls.count === 0) return;
    for (const call of this.all()) {
      const last = call.response?.last ?? call.request?.last;
      if (last === undefined || last.seconds >= since) continue;
      call.notes.push(noAnswerInTime(call.response !== null));
      this.finish(call);
    }
  }

  finish(call: OpenCall): void {
    this.#calls.remove(call);
    this.#leave(call.request);
    this.#leave(call.response);
    this.#account.charge(-call.cost);
    if (this.unended === call) this.unended = null;
    this.finished++;
    handOn(call, this.#contexts, this.#security);
    this.#sink.push({ kind: "call", association: this.#association, call, evicted: call.evicted });
  }

  #leave(side: Side | null): void {
    if (side === null || side.ended) return;
    this.#clientSides?.delete(side);
    this.#serverSides?.delete(side);
  }
}

/** That nothing came of a call for long; `answered`: part of its response had come. */
export function noAnswerInTime(answered: boolean): Note {
  const message = answered
    ? `no further fragment within ${CALL_AGE} s; the call is reported as far as it came`
    : `no response within ${CALL_AGE} s; the call is reported without one`;
  return { severity: "info", code: "no-answer-in-time", message };
}

function limited(call: OpenCall, what: string): void {
  const message = `${what}: the limit on memory was reached`;
  call.notes.push({ severity: "warning", code: "memory-limit", message });
}
