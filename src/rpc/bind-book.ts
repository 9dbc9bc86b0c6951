/**
 * The exchanges of one connection in which presentation contexts were proposed and answered, as the record of the association
 * lists them. What they agreed on is kept by presentation.ts.
 */
import type { PduHeader } from "../../dissectors/dcerpc/header.js";
import { type Account, type Holder, type Kind, unlimited } from "../budget.js";
import type { BindRecord } from "../events.js";
import { timestamp } from "../time.js";
import { versionText } from "./calls.js";
import type { FramedPdu } from "./framed.js";

/** Exchanges that are listed of one connection. */
export const MAX_BINDS = 4096;

/** Estimated cost of a listed exchange, in bytes of memory. */
const BIND_COST = 500;

type Bind = NonNullable<BindRecord["request"]>;
type Answer = NonNullable<BindRecord["response"]>;
type Head = Pick<PduHeader, "callId" | "rpcVersMinor">;

const ANSWERS: { readonly [request in Bind]: readonly Answer[] } = {
  bind: ["bind_ack", "bind_nak"],
  alter_context: ["alter_context_resp"],
};

export class BindBook implements Holder {
  readonly records: BindRecord[] = [];
  readonly stream: number | null;
  readonly #account: Account;
  readonly #recorded: boolean;
  /** More exchanges took place than are listed. */
  full = false;

  /** `recorded`: somebody wants `records`. */
  constructor(stream: number | null = null, kind: Kind = unlimited(), recorded = true) {
    this.stream = stream;
    this.#account = kind.open(this);
    this.#recorded = recorded;
  }

  /** Memory is short: nothing needs them but the record of the association. */
  giveUp(): void {
    this.records.length = 0;
    this.#account.set(0);
  }

  release(): void {
    this.#account.close();
  }

  /** A bind or alter_context. */
  proposed(request: Bind, head: Head, framed: FramedPdu): void {
    this.#add(head, framed, request, null);
  }

  /** What answers it; the record of an exchange that is over now, or null where it is not listed. */
  answered(response: Answer, head: Head, framed: FramedPdu): BindRecord | null {
    const waiting = this.records.findLast(
      (bind) =>
        bind.call_id === head.callId &&
        bind.response === null &&
        bind.request !== null &&
        ANSWERS[bind.request].includes(response),
    );
    if (waiting === undefined) return this.#add(head, framed, null, response);
    waiting.response = response;
    waiting.frames.response = [...framed.frames];
    return waiting;
  }

  #add(head: Head, framed: FramedPdu, request: Bind | null, response: Answer | null): BindRecord | null {
    if (!this.#recorded) return null;
    if (this.records.length >= MAX_BINDS) {
      this.full = true;
      return null;
    }
    const frames = [...framed.frames];
    const bind: BindRecord = {
      ts: timestamp(framed.first),
      call_id: head.callId,
      version: versionText(head.rpcVersMinor),
      request,
      response,
      frames: { request: request ? frames : [], response: request ? [] : frames },
      acknowledged: null,
    };
    this.records.push(bind);
    this.#account.charge(BIND_COST);
    return bind;
  }
}
