/**
 * All memory of one TCP connection that speaks DCE/RPC: presentation contexts by id, security contexts by
 * auth_context_id, open calls by call_id (call-book.ts). PDUs come in, finished calls go out. Bytes are read in dissectors only.
 */

import { nakReason } from "../../dissectors/dcerpc/bind.js";
import {
  HEADER_SIZE,
  PFC_FIRST_FRAG,
  PFC_LAST_FRAG,
  PFC_MAYBE,
  ptypeName,
} from "../../dissectors/dcerpc/header.js";
import { type Pdu, type PduBody, readPdu } from "../../dissectors/dcerpc/pdu.js";
import { AUTH_LEVEL_PRIVACY } from "../../dissectors/dcerpc/security.js";
import { Reader } from "../../dissectors/wire/reader.js";
import type { Account } from "../budget.js";
import type { Note, SecurityRecord, Severity } from "../events.js";
import { type Observed, observation } from "../observations.js";
import type { Instant } from "../time.js";
import { BindBook, MAX_BINDS } from "./bind-book.js";
import { CallBook } from "./call-book.js";
import {
  addFrames,
  addStub,
  MAX_CALL_BYTES,
  MAX_CALL_FRAMES,
  newSide,
  type OpenCall,
  type Side,
} from "./calls.js";
import type { AssociationKinds, Carriage } from "./carried-by.js";
import type { ChannelFacts } from "./finished-call.js";
import { beginsUnflagged, endsUnflagged } from "./fragments.js";
import type { FramedPdu } from "./framed.js";
import type { Out, OutputSource } from "./output.js";
import { PresentationContexts } from "./presentation.js";
import type { Keys } from "./security/session.js";
import { type ReportNote, SecurityContexts } from "./security-contexts.js";
import { senderOf } from "./sender.js";
import type { PduWitness } from "./witness.js";

/** Notes kept for one connection; further ones are counted. */
export const MAX_NOTES = 200;

/** Estimated cost of a note beside its text, in bytes of memory. */
export const NOTE_COST = 200;

type Body<T extends PduBody["type"]> = Extract<PduBody, { type: T }>;

/** What all associations of a run share. */
export interface AssociationSettings {
  keys: Keys | null;
  kinds: AssociationKinds;
  /** Bytes of stub data kept of one side of one call. */
  callBytes: number;
  /** Whether somebody wants to know what was proposed and noticed: the record of the association. */
  recorded: boolean;
  /** Takes what comes out. */
  sink: Out;
  witness: PduWitness | null;
  /** An export asks what connections did beside calls. */
  observes?: boolean;
}

export const FURTHER_NOTES: Note = {
  severity: "info",
  code: "notes-limit",
  message: `only the first ${MAX_NOTES} notes of this connection are listed here; note records have them all`,
};

export class Association {
  readonly contexts: PresentationContexts;
  readonly security: SecurityContexts;
  readonly binds: BindBook;
  readonly notes: Note[] = [];
  readonly stream: number;
  readonly number: number;
  readonly #carriage: Carriage;
  readonly #settings: AssociationSettings;
  readonly #sink: Out;
  readonly #calls: CallBook;
  readonly #noteAccount: Account;
  readonly #noted = new Set<string>();
  #channel: ChannelFacts | null = null;
  /** The direction in which the client sends, once a PDU has reported. */
  client: 0 | 1 | null = null;
  first: Instant | null = null;
  assocGroupId: number | null = null;
  /** [C706] 12.6.4.4 sec_addr of the bind_ack: the server's other endpoint, which is often its first again. */
  secondaryAddress: string | null = null;
  maxXmitFrag: number | null = null;
  maxRecvFrag: number | null = null;
  /** By direction: no PDU was missed since the bind, or its answer. */
  readonly #unbroken: [boolean, boolean] = [true, true];
  pdus = 0;

  constructor(carriage: Carriage, settings: AssociationSettings) {
    const { keys, kinds, recorded, sink } = settings;
    const { stream } = carriage;
    this.stream = stream;
    this.number = carriage.association;
    this.#carriage = carriage;
    this.#settings = settings;
    this.#sink = sink;
    this.contexts = new PresentationContexts(stream, kinds.contexts, recorded);
    this.security = new SecurityContexts(keys, stream, kinds.security, settings.observes === true);
    this.binds = new BindBook(stream, kinds.contexts, recorded);
    this.#calls = new CallBook(kinds.calls, carriage, sink, this.contexts, this.security);
    this.#noteAccount = kinds.notes.open({ stream, giveUp: () => this.#dropNotes() });
  }

  /** Who is client and server is known once a PDU reported; until then the side that opened the connection is the client. */
  get channel(): ChannelFacts {
    if (this.#channel !== null) return this.#channel;
    const { stream, identity, file, ends, transport } = this.#carriage;
    const client = this.client ?? 0;
    const server = ends[client === 0 ? 1 : 0];
    const channel: ChannelFacts = {
      association: this.number,
      stream,
      communityId: identity?.communityId ?? null,
      transport: transport ?? { protseq: "ncacn_ip_tcp", endpoint: String(server.port), smb: null },
      client: ends[client],
      server,
      file,
    };
    if (this.client !== null) this.#channel = channel;
    return channel;
  }

  /** The direction in which the server sends; null until a PDU has reported. */
  get server(): 0 | 1 | null {
    return this.client === null ? null : this.client === 0 ? 1 : 0;
  }

  /** Whose credentials calls have that bring none of their own. */
  get sessionAuth(): SecurityRecord | null {
    return this.#carriage.auth;
  }

  /** Calls that were finished. */
  get finished(): number {
    return this.#calls.finished;
  }

  #dropNotes(): void {
    this.notes.length = 0;
    this.#noteAccount.set(0);
  }

  /** Gives back what the connection holds: it is over, or nobody wants it. */
  release(): void {
    this.#calls.release();
    this.#noteAccount.close();
    this.contexts.release();
    this.binds.release();
    this.security.release();
  }

  /** One PDU of the direction `direction`. Answers false where the bytes were no PDU after all. */
  handle(direction: 0 | 1, framed: FramedPdu): boolean {
    const pdu = readPdu(new Reader(framed.bytes));
    const type = pdu.body?.type === "other" ? ptypeName(pdu.header.ptype) : (pdu.body?.type ?? null);
    if (this.pdus === 0 && pdu.error && pdu.complete) return false;
    this.pdus++;
    this.first ??= framed.first;
    this.#settings.witness?.pdu(this.number, this.stream, direction, framed);
    this.#sink.countPdu(type ?? ptypeName(pdu.header.ptype));
    this.#learnDirection(direction, pdu.body);
    if (pdu.body?.type === "bind" || pdu.body?.type === "bind_ack") this.#unbroken[direction] = true;
    else if (!framed.follows) this.#unbroken[direction] = false;
    const fromClient = this.client === null || this.client === direction;
    if (pdu.error) this.#reportMalformed(pdu, framed);
    if (pdu.body) this.#dispatch(pdu, pdu.body, fromClient, framed);
    return true;
  }

  /** Bytes of one direction are missing: fragments that were being joined stay incomplete. */
  gap(direction: 0 | 1): void {
    const fromClient = this.client === null || this.client === direction;
    this.#calls.gap(fromClient);
    this.security.lost(fromClient);
  }

  /** Gives up on calls of which nothing came since `since`, in seconds of the capture. */
  expire(since: number): void {
    this.#calls.expire(since);
  }

  /** The connection ends: what is still open stays unanswered. */
  close(): void {
    for (const call of this.#calls.all()) {
      for (const side of [call.request, call.response]) {
        const fromClient = (side === call.request) !== call.callback;
        if (side !== null) endsUnflagged(call, side, this.#isUnbroken(fromClient), false);
      }
      this.#calls.finish(call);
    }
  }

  note(severity: Severity, code: string, message: string, frame: number | null, at: Instant): void {
    this.#sink.push({ kind: "note", ...this.#source(), note: { severity, code, message }, frame, at });
  }

  /** Who puts something out. */
  #source(): OutputSource {
    const { stream, identity, file } = this.#carriage;
    return { association: this.number, stream, communityId: identity?.communityId ?? null, file };
  }

  /** Keeps a note of which one of its code is enough on a connection; false where it was there before. */
  noteOnce(note: Note): boolean {
    if (this.#noted.has(note.code)) return false;
    this.#noted.add(note.code);
    this.keep(note);
    return true;
  }

  /** Adds to what the record of the association lists; whoever drains the output does it, in order. */
  keep(note: Note): void {
    if (!this.#settings.recorded || this.notes.length > MAX_NOTES) return;
    this.notes.push(this.notes.length === MAX_NOTES ? FURTHER_NOTES : note);
    this.#noteAccount.charge(NOTE_COST + note.message.length);
  }

  #learnDirection(direction: 0 | 1, body: PduBody | null): void {
    if (this.client !== null || body === null) return;
    const sender = senderOf(body.type);
    if (sender !== null) this.client = sender === "client" ? direction : direction === 0 ? 1 : 0;
  }

  #dispatch(pdu: Pdu, body: PduBody, fromClient: boolean, framed: FramedPdu): void {
    const frame = framed.frames[0] ?? 0;
    switch (body.type) {
      case "request":
        this.#request(pdu, body, fromClient, framed);
        return;
      case "response":
        this.#response(pdu, body, fromClient, framed);
        return;
      case "fault":
        this.#fault(pdu, body, fromClient, framed);
        return;
      case "bind":
      case "alter_context":
        this.maxXmitFrag ??= body.maxXmitFrag;
        this.maxRecvFrag ??= body.maxRecvFrag;
        if (body.assocGroupId !== 0) this.assocGroupId ??= body.assocGroupId;
        this.contexts.propose(pdu.header.callId, body.contexts, frame);
        this.binds.proposed(body.type, pdu.header, framed);
        this.#reportLimits(this.contexts.takeNotes(), framed);
        this.#sink.push({
          kind: "proposed",
          ...this.#source(),
          contexts: body.contexts,
          frame,
          at: framed.first,
        });
        break;
      case "bind_ack":
      case "alter_context_resp":
        if (body.type === "bind_ack") this.assocGroupId = body.assocGroupId;
        // An alter_context_resp leaves it empty.
        if (body.secondaryAddress !== "") this.secondaryAddress = body.secondaryAddress;
        else if (body.type === "bind_ack") this.secondaryAddress ??= "";
        this.contexts.answer(pdu.header.callId, body.results);
        this.#answered(body.type, pdu, framed);
        if (this.#settings.observes === true) this.#observeAddress(body.secondaryAddress, framed);
        break;
      case "bind_nak": {
        const reason = nakReason(body.reason);
        this.contexts.refuse(pdu.header.callId, reason);
        this.#answered(body.type, pdu, framed);
        this.note("warning", "bind-refused", `the server refused the bind: ${reason}`, frame, framed.first);
        break;
      }
      case "co_cancel":
      case "orphaned":
        this.#cancel(pdu, body.type);
        this.security.verify(pdu, HEADER_SIZE, fromClient, frame, this.#reporter(framed));
        return;
      case "other":
        this.note(
          "info",
          "unknown-pdu-type",
          `PDU of unknown type ${pdu.header.ptype}, ${body.body.length} bytes after its header`,
          frame,
          framed.first,
        );
    }
    this.security.token(pdu, fromClient, frame, this.#reporter(framed));
    this.#reportLimits(this.security.takeNotes(), framed);
    if (this.#settings.observes === true)
      for (const seen of this.security.takeSeen()) this.#observe(seen, framed);
  }

  #observeAddress(address: string, framed: FramedPdu): void {
    if (address === "") return;
    const { endpoint } = this.channel.transport;
    this.#observe({ what: "secondary_address", endpoint, secondary_address: address }, framed);
  }

  #observe(seen: Observed, { last }: FramedPdu): void {
    const { stream, file, communityId, client, server } = this.channel;
    const place = {
      stream: stream!,
      file,
      community_id: communityId,
      over: "tcp",
      client,
      server,
    } as const;
    this.#sink.push({ kind: "observed", record: observation(place, last, seen) });
  }

  #answered(
    response: "bind_ack" | "alter_context_resp" | "bind_nak",
    { header }: Pdu,
    framed: FramedPdu,
  ): void {
    const bind = this.binds.answered(response, header, framed);
    if (bind !== null) this.#sink.push({ kind: "bound", association: this.number, bind });
    if (!this.binds.full || this.#noted.has("binds")) return;
    this.#noted.add("binds");
    const message = `only the first ${MAX_BINDS} binds of this connection are listed`;
    this.note("info", "context-limit", message, framed.frames[0] ?? 0, framed.first);
  }

  #reportLimits(notes: readonly Note[], framed: FramedPdu): void {
    for (const n of notes) this.note(n.severity, n.code, n.message, framed.frames[0] ?? 0, framed.first);
  }

  /** A server that sends a request calls the client back, within a call that it has not answered yet: [MS-RPCE] 3.3.1.5.9. */
  #request(pdu: Pdu, body: Body<"request">, fromClient: boolean, framed: FramedPdu): void {
    const { header } = pdu;
    const isFirst = (header.pfcFlags & PFC_FIRST_FRAG) !== 0;
    const joining = this.#calls.requested(header.callId, fromClient);
    if (isFirst && joining) joining.request!.broken = true;
    const call = !isFirst && joining ? joining : this.#openCall(pdu, body, fromClient, framed);
    const side = call.request!;
    if (!isFirst && !joining) beginsUnflagged(call, side, this.#isUnbroken(fromClient));
    if (header.pfcFlags & PFC_MAYBE) {
      call.notes.push({ severity: "info", code: "maybe-call", message: "the client expects no response" });
    }
    this.#join(side, pdu, body, fromClient, framed, call);
    side.ended = (header.pfcFlags & PFC_LAST_FRAG) !== 0;
    this.#calls.charge(call);
  }

  #openCall(pdu: Pdu, body: Body<"request">, fromClient: boolean, framed: FramedPdu): OpenCall {
    const { header } = pdu;
    const frame = framed.frames[0] ?? 0;
    const call = this.#calls.begin(header.callId, body.contextId, !fromClient, frame, this.channel);
    call.opnum = body.opnum;
    call.object = body.object;
    call.drep = header.drep;
    call.request = newSide(header, body.contextId, framed);
    call.request.allocHint = body.allocHint;
    return call;
  }

  #response(pdu: Pdu, body: Body<"response">, fromClient: boolean, framed: FramedPdu): void {
    const { header } = pdu;
    const isFirst = (header.pfcFlags & PFC_FIRST_FRAG) !== 0;
    const frame = framed.frames[0] ?? 0;
    const { callId } = header;
    const call = this.#calls.answered(callId, body.contextId, fromClient, frame, isFirst, this.channel);
    if (call.response === null && call.request !== null) {
      endsUnflagged(call, call.request, this.#isUnbroken(!fromClient), true);
    }
    this.#endUnended(call, fromClient);
    call.response ??= newSide(header, body.contextId, framed);
    const side = call.response;
    const begins = side.fragments === 0;
    if (!isFirst && begins) beginsUnflagged(call, side, this.#isUnbroken(fromClient));
    call.cancels = Math.max(call.cancels, body.cancelCount);
    if (isFirst || begins) side.allocHint = body.allocHint;
    this.#join(side, pdu, body, fromClient, framed, call);
    if ((header.pfcFlags & PFC_LAST_FRAG) !== 0) {
      side.ended = true;
      this.#calls.finish(call);
    } else {
      this.#calls.unended = call;
      this.#calls.charge(call);
    }
  }

  /** The response before this one lacks its last fragment, and is over if all that it announced is there. */
  #endUnended(next: OpenCall, fromClient: boolean): void {
    const call = this.#calls.unended;
    if (call === null || call === next) return;
    this.#calls.unended = null;
    const { response } = call;
    if (response === null || response.allocHint === 0 || call.callback !== fromClient) return;
    if (endsUnflagged(call, response, this.#isUnbroken(fromClient), false)) this.#calls.finish(call);
  }

  /** No PDU of this side was missed since the bind. */
  #isUnbroken(fromClient: boolean): boolean {
    const client = this.client ?? 0;
    return this.#unbroken[fromClient ? client : client === 0 ? 1 : 0];
  }

  #fault(pdu: Pdu, body: Body<"fault">, fromClient: boolean, framed: FramedPdu): void {
    const frame = framed.frames[0] ?? 0;
    const { callId } = pdu.header;
    const call = this.#calls.answered(callId, body.contextId, fromClient, frame, true, this.channel);
    call.response ??= newSide(pdu.header, body.contextId, framed);
    addFrames(call.response, framed.frames, framed.last);
    call.response.fragments++;
    call.response.bytes += body.stubEnd - body.stubStart;
    call.response.pduBytes += pdu.header.fragLength;
    call.response.allocHint = body.allocHint;
    call.response.ended = true;
    this.#settings.witness?.joined(call.id, "response", null, 0);
    call.cancels = Math.max(call.cancels, body.cancelCount);
    this.security.verify(pdu, body.stubStart, fromClient, frame, this.#reporter(framed));
    call.fault = {
      status: body.status,
      flags: pdu.header.pfcFlags,
      extra: pdu.bytes.slice(body.stubStart, body.stubEnd),
    };
    this.#calls.finish(call);
  }

  /** Adds one fragment to its side: opened, padding removed, copied. */
  #join(
    side: Side,
    pdu: Pdu,
    body: Body<"request"> | Body<"response">,
    fromClient: boolean,
    framed: FramedPdu,
    call: OpenCall,
  ): void {
    this.#calls.joined(side, fromClient, (pdu.header.pfcFlags & PFC_LAST_FRAG) !== 0);
    if (addFrames(side, framed.frames, framed.last)) {
      const message = `only the first ${MAX_CALL_FRAMES} frames are listed`;
      call.notes.push({ severity: "info", code: "call-frames-limit", message });
    }
    let stub: Uint8Array | null = pdu.bytes.subarray(body.stubStart, body.stubEnd);
    side.fragments++;
    side.bytes += stub.length;
    side.pduBytes += pdu.header.fragLength;
    if (pdu.auth) stub = this.#opened(side, pdu, body, fromClient, framed, stub);
    else if (pdu.header.authLength !== 0 && this.security.sealing) stub = null;
    // The last fragment of a response ends its call, which is taken before the bytes change.
    const last = side === call.response && (pdu.header.pfcFlags & PFC_LAST_FRAG) !== 0;
    const limit = Math.min(MAX_CALL_BYTES, this.#settings.callBytes);
    const isOpened = stub !== null && pdu.auth?.authLevel === AUTH_LEVEL_PRIVACY;
    this.#settings.witness?.joined(
      call.id,
      side === call.request ? "request" : "response",
      isOpened ? stub : null,
      0,
    );
    if (stub === null) side.sealed = true;
    else if (!addStub(side, stub, limit, last)) {
      call.notes.push({
        severity: "warning",
        code: "call-bytes-limit",
        message: `only the first ${side.size} bytes of stub data are kept`,
      });
    }
    if (!pdu.complete) side.broken = true;
  }

  /** The stub of a PDU with a verifier, opened where it is sealed and a key fits; null where it stays encrypted. */
  #opened(
    side: Side,
    pdu: Pdu,
    body: Body<"request"> | Body<"response">,
    fromClient: boolean,
    framed: FramedPdu,
    clear: Uint8Array,
  ): Uint8Array | null {
    const auth = pdu.auth!;
    side.security = this.security.of(pdu);
    const frame = framed.frames[0] ?? 0;
    const opened = this.security.verify(pdu, body.stubStart, fromClient, frame, this.#reporter(framed));
    if (opened && opened.decrypted !== null)
      side.decrypted = side.decrypted === false ? false : opened.decrypted;
    if (opened && opened.verified !== null) side.verified = side.verified === false ? false : opened.verified;
    if (auth.authLevel !== AUTH_LEVEL_PRIVACY) return clear;
    if (!opened || opened.stub === null) return null;
    return opened.stub.subarray(0, Math.max(0, opened.stub.length - auth.authPadLength));
  }

  #reporter(framed: FramedPdu): ReportNote {
    return (n) => this.note(n.severity, n.code, n.message, framed.frames[0] ?? 0, framed.first);
  }

  #cancel(pdu: Pdu, type: "co_cancel" | "orphaned"): void {
    const call = this.#calls.latest(pdu.header.callId);
    if (!call) return;
    if (type === "co_cancel") call.cancels++;
    call.notes.push({
      severity: "info",
      code: type === "co_cancel" ? "cancelled" : "orphaned",
      message:
        type === "co_cancel"
          ? "the client asked to cancel this call"
          : "the client abandoned this call (orphaned PDU)",
    });
  }

  #reportMalformed(pdu: Pdu, framed: FramedPdu): void {
    const error = pdu.error!;
    const code = error.kind === "incomplete" ? "incomplete-pdu" : "malformed-pdu";
    const message = `${ptypeName(pdu.header.ptype)} PDU, call ${pdu.header.callId}: ${error.message}`;
    this.note("warning", code, message, framed.frames[0] ?? null, framed.first);
  }
}
