/**
 * One activity of connectionless DCE/RPC, [C706] 9.5.2: calls that one client makes one after the other, numbered. Its open calls,
 * and which numbers are dealt with, so that what is sent again is no further call.
 */
import { type DatagramHeader, PF2_UNRELATED } from "../../dissectors/dcerpc/connectionless.js";
import type { Guid } from "../../dissectors/wire/guid.js";
import type { Account, Kind } from "../budget.js";
import type { AuthRecord, Endpoint, Note } from "../events.js";
import type { Instant } from "../time.js";
import type { DatagramConversation } from "./datagram-conversation.js";
import type { DatagramSide } from "./datagram-side.js";
import type { FaultBody } from "./finished-call.js";

/** Calls of one activity that may be open, and numbers of finished ones that are remembered. */
export const MAX_OPEN_IN_ACTIVITY = 64;
const MAX_RECENT = 16;
/** Seconds within which the same request is the same call again. */
const REPEAT_SECONDS = 60;
/** Seconds by which datagrams may be captured out of order. */
const LATE_SECONDS = 2;
/** Bytes of a request that are compared to tell whether it is the same. */
const PRINT_BYTES = 512;

/** Estimated cost, in bytes of memory, of an activity, and of a call beside its sides. */
const ACTIVITY_COST = 900;
const CALL_COST = 1_500;
/** Of a server that answered a call which was sent to all. */
const ANSWER_COST = 80;

export interface DatagramCall {
  /** Its place in the order of output. */
  id: number;
  sequence: number;
  /** Of its first PDU, which names interface, operation and object. */
  header: DatagramHeader;
  conversation: DatagramConversation;
  /** The end of the conversation that makes it. */
  client: 0 | 1;
  request: DatagramSide | null;
  response: DatagramSide | null;
  fault: FaultBody | null;
  cancels: number;
  auth: AuthRecord;
  /** Who answered. */
  answeredBy: string | null;
  notes: Note[];
  /** Of the request's first fragment; null where that did not come. */
  print: number | null;
  /** When its latest PDU came. */
  last: Instant;
}

/** A call that was finished. */
interface Done {
  sequence: number;
  print: number | null;
  seconds: number;
  /** Who answered a call that was sent to everybody; null for any other. */
  answeredBy: Set<string> | null;
}

export class Activity {
  readonly uuid: Guid;
  readonly client: Endpoint;
  /** The address of the other end, when it was met first. */
  readonly server: string;
  readonly account: Account;
  /** By number. */
  readonly open = new Map<number, DatagramCall>();
  last: Instant;
  readonly #recent: Done[] = [];

  constructor(
    uuid: Guid,
    client: Endpoint,
    server: string,
    at: Instant,
    kind: Kind,
    giveUp: (activity: Activity) => void,
  ) {
    this.uuid = uuid;
    this.client = client;
    this.server = server;
    this.last = at;
    this.account = kind.open({ stream: null, giveUp: () => giveUp(this) });
    this.account.charge(ACTIVITY_COST);
  }

  /** The call of that number that was finished lately, if it may be meant by a PDU that comes now. */
  done(sequence: number, print: number | null, seconds: number): Done | null {
    const done = this.#recent.findLast((one) => one.sequence === sequence);
    if (done === undefined || seconds - done.seconds > REPEAT_SECONDS) return null;
    return print === null || done.print === null || print === done.print ? done : null;
  }

  /** Whether a call of that number is open, or was finished lately. */
  knows(sequence: number, { seconds }: Instant): boolean {
    return this.open.has(sequence) || this.done(sequence, null, seconds) !== null;
  }

  /** A call is over. */
  leave(call: DatagramCall, answeredBy: Set<string> | null): void {
    const { sequence, print } = call;
    this.open.delete(sequence);
    this.#recent.push({ sequence, print, seconds: this.last.seconds, answeredBy });
    if (this.#recent.length > MAX_RECENT) this.#recent.shift();
    this.charge();
  }

  /**
   * Open calls that an answer to the number `sequence` makes an end of: [C706] 10.2, but for [MS-RPCE] 2.2.3.3. What belongs to
   * them may have been captured late, and is waited for.
   */
  *before(sequence: number, seconds: number): IterableIterator<DatagramCall> {
    for (const call of [...this.open.values()]) {
      if (call.sequence >= sequence || (call.header.flags2 & PF2_UNRELATED) !== 0) continue;
      if (Math.abs(seconds - call.last.seconds) > LATE_SECONDS) yield call;
    }
  }

  /** Brings the account up to date. */
  charge(): void {
    let cost = ACTIVITY_COST;
    for (const { request, response } of this.open.values()) {
      cost += CALL_COST + (request?.cost ?? 0) + (response?.cost ?? 0);
    }
    for (const { answeredBy } of this.#recent) cost += ANSWER_COST * (answeredBy?.size ?? 0);
    this.account.set(cost);
    this.account.touch();
  }
}

/** Distinguishes requests with the same number, by FNV-1a of what they say; one that is protected may look otherwise each time. */
export function printOf({ opnum, bodyLength, authProto }: DatagramHeader, stub: Uint8Array): number {
  if (authProto !== 0) return opnum;
  let print = 0x811c9dc5 ^ opnum ^ (bodyLength << 16);
  const end = Math.min(stub.length, PRINT_BYTES);
  for (let i = 0; i < end; i++) print = Math.imul(print ^ stub[i]!, 0x01000193);
  return print;
}
