/**
 * Connectionless DCE/RPC, [C706] 9.5 and 10.2: datagrams in, finished calls out. A call is known by its activity, its number
 * therein and who makes it; the server may answer from another port than the one that was called. What came twice or was sent
 * again, and what only says that somebody is alive or has got something, changes nothing.
 *
 * Not handled: keys of security contexts (conv_who_are_you_auth hands them over), so that sealed stubs stay encrypted.
 */
import {
  type DatagramHeader,
  type DatagramPdu,
  PF_BROADCAST,
  PF_MAYBE,
  readDatagram,
  SENDERS,
} from "../../dissectors/dcerpc/connectionless.js";
import { PFC_DID_NOT_EXECUTE } from "../../dissectors/dcerpc/header.js";
import { Reader } from "../../dissectors/wire/reader.js";
import type { Kind } from "../budget.js";
import type { Endpoint, Note, Severity } from "../events.js";
import { CALL_AGE, IDLE_AGE } from "../expiry.js";
import type { Instant } from "../time.js";
import { noAnswerInTime } from "./call-book.js";
import { MAX_CALL_BYTES } from "./calls.js";
import type { Datagram } from "./carried-by.js";
import { Activities, MAX_SAME_UUID } from "./datagram-activities.js";
import { Activity, type DatagramCall, MAX_OPEN_IN_ACTIVITY, printOf } from "./datagram-activity.js";
import { authOf, finishedCall, isSealed } from "./datagram-call.js";
import { DatagramConversation, MAX_INTERFACES } from "./datagram-conversation.js";
import { DatagramSide } from "./datagram-side.js";
import type { Out } from "./output.js";
import { NO_AUTH } from "./security/records.js";
import type { PduWitness } from "./witness.js";

/** Seconds from the oldest time that counts to the latest that does. */
const AHEAD = 2 * CALL_AGE;

/** Servers that are named where a call that was sent to all of them has several answers. */
const MAX_ANSWERS = 256;

export interface DatagramSettings {
  kind: Kind;
  /** Bytes of stub data kept of one side of one call. */
  callBytes: number;
  /** Keys were given, which open nothing here. */
  keyed: boolean;
  /** Whether records get ids. */
  ids: boolean;
  fileName(file: number): string | null;
  /** A number that no association of the run has. */
  number(): number;
  sink: Out;
  witness: PduWitness | null;
}

/** One PDU with where it came from. */
interface Arrived {
  pdu: DatagramPdu;
  header: DatagramHeader;
  bytes: Uint8Array;
  from: Endpoint;
  to: Endpoint;
  conversation: DatagramConversation;
  frames: readonly number[];
  time: Instant;
}

export class Datagrams {
  readonly #settings: DatagramSettings;
  readonly #sink: Out;
  readonly #activities = new Activities();
  /** By the number of the stream, the one used longest ago first. */
  readonly #conversations = new Map<number, DatagramConversation>();
  #second = Number.NEGATIVE_INFINITY;
  #noted = false;
  /** PDUs so far. */
  count = 0;

  constructor(settings: DatagramSettings) {
    this.#settings = settings;
    this.#sink = settings.sink;
  }

  /** Takes a datagram that was recognised. */
  take(item: Datagram): void {
    const { bytes, size, pair, time, frame, frames } = item;
    const pdu = readDatagram(new Reader(bytes), size);
    const { header } = pdu;
    this.count++;
    this.#sink.countPdu(header.type);
    if (time.seconds !== this.#second) this.expire(time.seconds - CALL_AGE);
    this.#second = time.seconds;
    const arrived: Arrived = {
      pdu,
      header,
      bytes,
      from: pair.endpoint0,
      to: pair.endpoint1,
      conversation: this.#conversation(item),
      frames: typeof frames === "number" ? [frames] : frames,
      time,
    };
    this.#settings.witness?.datagramPdu(arrived.conversation.place.association, bytes, arrived.frames);
    if (pdu.error !== null) this.#malformed(arrived, frame);
    else this.#dispatch(arrived);
  }

  /** Gives up on activities of which nothing came since `since`, in seconds of the capture. */
  expire(since: number): void {
    for (const activity of this.#activities) {
      const { seconds } = activity.last;
      // One from far ahead is of a clock that was set back, and none waits behind it.
      if (seconds >= since && seconds < since + AHEAD) return;
      this.#forget(activity, (call) => noAnswerInTime(call.response !== null));
    }
  }

  /** The same in a run that does not end, where conversations are forgotten as well. */
  expireAll(since: number): void {
    this.expire(since);
    for (const conversation of this.#conversations.values()) {
      if (conversation.last.seconds >= since - (IDLE_AGE - CALL_AGE)) return;
      this.#close(conversation);
    }
  }

  /** The input is at its end: what is open comes out. */
  finish(): void {
    for (const activity of this.#activities) this.#forget(activity, null);
    const left = [...this.#conversations.values()].sort((a, b) => a.place.stream - b.place.stream);
    for (const conversation of left) this.#close(conversation);
  }

  #dispatch(arrived: Arrived): void {
    const { pdu, header } = arrived;
    const { body } = pdu;
    const starts = header.type === "request" || SENDERS[header.type] === "server";
    const activity = this.#activity(arrived, starts && body !== null && "stubStart" in body);
    if (activity === null || body === null) return;
    activity.last = arrived.time;
    this.#activities.touch(activity);
    const call = activity.open.get(header.sequence);
    switch (body.type) {
      case "request":
        this.#request(activity, arrived, arrived.bytes.subarray(body.stubStart, body.stubEnd));
        break;
      case "response":
        this.#response(activity, arrived, arrived.bytes.subarray(body.stubStart, body.stubEnd));
        break;
      case "fault":
      case "reject":
        this.#fault(activity, arrived, body.status, body.type === "reject");
        break;
      case "cl_cancel":
        if (call !== undefined && call.cancels++ === 0) {
          note(call, "info", "cancelled", "the client asked to cancel this call");
        }
        break;
      case "ack":
        if (call !== undefined) this.#acknowledged(activity, call);
    }
    activity.charge();
  }

  #request(activity: Activity, arrived: Arrived, stub: Uint8Array): void {
    const { header, time } = arrived;
    const { sequence, flags1 } = header;
    const print = header.fragment === 0 ? printOf(header, stub) : null;
    let call = activity.open.get(sequence) ?? null;
    if (call !== null && print !== null && call.print !== null && call.print !== print) {
      // The number is used again, and nothing answered what had it before.
      this.#finish(activity, call);
      call = null;
    }
    if (call === null) {
      if (activity.done(sequence, print, time.seconds) !== null) return;
      call = this.#begin(activity, arrived, 0);
    } else if (call.request === null) this.#asked(call, arrived);
    call.print ??= print;
    if (call.request === null) {
      call.request = new DatagramSide(header, identityOf(header), time);
      if ((flags1 & PF_MAYBE) !== 0) note(call, "info", "maybe-call", "the client expects no response");
      if ((flags1 & PF_BROADCAST) !== 0)
        note(
          call,
          "info",
          "broadcast-call",
          "sent to every server of the network, the first answer is shown",
        );
    }
    this.#add(call, call.request, arrived, stub);
    const answered = call.response?.complete === true;
    const over = answered || (flags1 & PF_MAYBE) !== 0;
    if (over && call.request.complete) this.#finish(activity, call);
  }

  #response(activity: Activity, arrived: Arrived, stub: Uint8Array): void {
    const call = this.#answered(activity, arrived);
    if (call === null) return;
    call.response ??= new DatagramSide(arrived.header, identityOf(arrived.header), arrived.time);
    this.#add(call, call.response, arrived, stub);
    // One that came before its request waits for that.
    if (call.response.complete && call.request !== null) this.#finish(activity, call);
  }

  #fault(activity: Activity, arrived: Arrived, status: number, rejected: boolean): void {
    const call = this.#answered(activity, arrived);
    if (call === null) return;
    call.response ??= new DatagramSide(arrived.header, identityOf(arrived.header), arrived.time);
    call.response.end(arrived);
    this.#settings.witness?.joined(call.id, "response", null, 0);
    call.fault = { status, flags: rejected ? PFC_DID_NOT_EXECUTE : 0, extra: NOTHING };
    if (call.request !== null) this.#finish(activity, call);
  }

  /** The call that an answer belongs to; null where that was answered before. */
  #answered(activity: Activity, arrived: Arrived): DatagramCall | null {
    const { header, from, time, frames } = arrived;
    const { sequence } = header;
    for (const call of activity.before(sequence, time.seconds)) this.#finish(activity, call);
    const call = activity.open.get(sequence);
    if (call !== undefined) return call;
    const done = activity.done(sequence, null, time.seconds);
    if (done === null) return this.#begin(activity, arrived, 1);
    const { answeredBy } = done;
    if (answeredBy !== null && !answeredBy.has(from.address) && answeredBy.size <= MAX_ANSWERS) {
      const who = answeredBy.size < MAX_ANSWERS ? from.address : "others";
      answeredBy.add(from.address);
      const message = `call ${sequence} of activity ${header.activity} was answered by ${who} as well`;
      this.#note(arrived.conversation, "info", "further-answer", message, frames[0]!, time);
    }
    return null;
  }

  /** The client has its answer; where that was not captured, there will be none. */
  #acknowledged(activity: Activity, call: DatagramCall): void {
    if (call.response?.complete !== true) {
      note(call, "info", "acknowledged", "the client acknowledged a response that was not captured whole");
    }
    this.#finish(activity, call);
  }

  /** A call begins with the PDU at hand, which the end `sender` of its conversation has sent: 0 for a client. */
  #begin(activity: Activity, arrived: Arrived, sender: 0 | 1): DatagramCall {
    const { header, frames, conversation } = arrived;
    if (activity.open.size >= MAX_OPEN_IN_ACTIVITY) {
      const [oldest] = activity.open.values();
      const message = `evicted before its response: ${MAX_OPEN_IN_ACTIVITY} calls open in this activity`;
      note(oldest!, "warning", "open-calls-limit", message);
      this.#finish(activity, oldest!);
    }
    const call: DatagramCall = {
      id: this.#sink.open(frames[0]!),
      sequence: header.sequence,
      header,
      conversation,
      client: this.#clientOf(arrived, sender),
      request: null,
      response: null,
      fault: null,
      cancels: 0,
      auth: NO_AUTH,
      answeredBy: null,
      notes: [],
      print: null,
      last: arrived.time,
    };
    activity.open.set(header.sequence, call);
    if (sender === 0) this.#asked(call, arrived);
    return call;
  }

  /** The request of a call is there: it says what the call is, whatever an answer that came first has said. */
  #asked(call: DatagramCall, arrived: Arrived): void {
    call.header = arrived.header;
    call.conversation = arrived.conversation;
    call.client = this.#clientOf(arrived, 0);
    if (call.conversation.called(call.client, call.header, arrived.frames[0]!))
      note(call, "info", "callback", "the server calls the client, before it answers or to ask who it is");
    if (call.conversation.takeLimit()) {
      const message = `more than ${MAX_INTERFACES} interfaces were called: further ones are not listed`;
      this.#note(call.conversation, "warning", "context-limit", message, arrived.frames[0]!, arrived.time);
    }
  }

  #clientOf({ conversation, from }: Arrived, sender: 0 | 1): 0 | 1 {
    const direction = conversation.direction(from);
    return sender === 0 ? direction : direction === 0 ? 1 : 0;
  }

  #add(call: DatagramCall, side: DatagramSide, arrived: Arrived, stub: Uint8Array): void {
    const { header, pdu } = arrived;
    const { limited } = side;
    call.last = arrived.time;
    const limit = Math.min(MAX_CALL_BYTES, this.#settings.callBytes);
    this.#settings.witness?.joined(
      call.id,
      side === call.request ? "request" : "response",
      null,
      header.fragment,
    );
    side.add(header, isSealed(pdu) ? null : stub, header.bodyLength, arrived, limit);
    if (call.auth === NO_AUTH) call.auth = authOf(pdu, this.#settings.keyed);
    if (side === call.response) call.answeredBy ??= arrived.from.address;
    if (side.limited && !limited) {
      const message = `only the first ${side.size} bytes of stub data are kept`;
      note(call, "warning", "call-bytes-limit", message);
    }
  }

  #finish(activity: Activity, call: DatagramCall, evicted = false): void {
    const broadcast = (call.header.flags1 & PF_BROADCAST) !== 0 && call.answeredBy !== null;
    activity.leave(call, broadcast ? new Set([call.answeredBy!]) : null);
    call.conversation.finished++;
    this.#sink.push({ kind: "call", association: null, call: finishedCall(call), evicted });
  }

  /** The activity is over; `why` is noted of its open calls. */
  #forget(activity: Activity, why: ((call: DatagramCall) => Note) | null, evicted = false): void {
    for (const call of [...activity.open.values()]) {
      if (why !== null) call.notes.push(why(call));
      this.#finish(activity, call, evicted);
    }
    activity.account.close();
    this.#activities.remove(activity);
  }

  /** The activity that a PDU belongs to; null where it is not known, and this one does not make it known (`starts`). */
  #activity(arrived: Arrived, starts: boolean): Activity | null {
    const known = this.#activities.find(arrived);
    if (known !== null || !starts) return known;
    const { header, from, to, time } = arrived;
    const sender = SENDERS[header.type];
    const surplus = this.#activities.surplus(header.activity);
    if (surplus !== null) {
      this.#limit(arrived);
      // Mostly the answer to one that was forgotten.
      if (sender !== "client") return null;
      this.#forget(surplus, null);
    }
    const [client, server] = sender === "server" ? [to, from] : [from, to];
    const activity = new Activity(header.activity, client, server.address, time, this.#settings.kind, (one) =>
      this.#forget(one, () => LIMITED, true),
    );
    this.#activities.add(activity);
    return activity;
  }

  #conversation({ stream, pair, time, file }: Datagram): DatagramConversation {
    let known = this.#conversations.get(stream);
    if (known === undefined) {
      const { ids, kind, fileName } = this.#settings;
      const place = {
        association: this.#settings.number(),
        stream,
        communityId: ids ? pair.communityId : null,
        file: fileName(file),
        ends: [endpointOf(pair.endpoint0), endpointOf(pair.endpoint1)] as const,
      };
      known = new DatagramConversation(place, time, kind, (one) => this.#close(one));
    } else this.#conversations.delete(stream);
    known.last = time;
    known.account.touch();
    this.#conversations.set(stream, known);
    return known;
  }

  #close(conversation: DatagramConversation): void {
    conversation.account.close();
    this.#conversations.delete(conversation.place.stream);
    // Of two ports that a server has, one has all the calls.
    const { finished, notes } = conversation;
    if (finished > 0 || notes.length > 0) this.#sink.push({ kind: "conversation", conversation });
  }

  #malformed(arrived: Arrived, frame: number): void {
    const { pdu, header, conversation, time } = arrived;
    const { kind, message: why } = pdu.error!;
    const code = kind === "incomplete" ? "incomplete-pdu" : "malformed-pdu";
    const message = `${header.type} PDU, call ${header.sequence} of activity ${header.activity}: ${why}`;
    this.#note(conversation, "warning", code, message, frame, time);
  }

  #limit({ conversation, frames, time }: Arrived): void {
    if (this.#noted) return;
    this.#noted = true;
    const message = `more than ${MAX_SAME_UUID} clients use the same activity: the one that began first is forgotten`;
    this.#note(conversation, "warning", "activity-limit", message, frames[0]!, time);
  }

  /** A note that is of no call. Numbers of UDP conversations are none of TCP's, and only the latter stand in notes. */
  #note(
    { place, keep }: DatagramConversation,
    severity: Severity,
    code: string,
    message: string,
    frame: number,
    at: Instant,
  ): void {
    const { communityId, file } = place;
    const made: Note = { severity, code, message };
    keep(made);
    this.#sink.push({
      kind: "note",
      association: null,
      stream: null,
      communityId,
      file,
      note: made,
      frame,
      at,
    });
  }
}

const NOTHING = new Uint8Array(0);

const LIMITED: Note = {
  severity: "warning",
  code: "memory-limit",
  message: "evicted before it was complete: the limit on memory was reached",
};

function note(call: DatagramCall, severity: Severity, code: string, message: string): void {
  call.notes.push({ severity, code, message });
}

/** What stands for the TCP sequence number in the id of a call. */
function identityOf({ activity, sequence }: DatagramHeader): string {
  return `${activity}:${sequence}`;
}

function endpointOf({ address, port }: Endpoint): Endpoint {
  return { address, port };
}
