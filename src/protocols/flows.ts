/**
 * What speaks on each flow, from its first bytes on: candidates are asked in order, the first that says "mine" has it, and
 * where all say "other" the flow is dismissed, unless a listener wants to see more of it. Flows are forgotten where memory is
 * short.
 */
import { type Carrier, carrierOf } from "../../dissectors/foreign.js";
import type { Account, Kind } from "../budget.js";
import type { Spoken } from "../observations.js";
import type { Flow } from "../reassembly/flow.js";
import type { CloseItem, DataItem, GapItem } from "../reassembly/items.js";
import type { Out } from "../rpc/output.js";
import type { Instant } from "../time.js";
import type { Observer } from "./observer.js";
import type { FlowOrigin, Protocol, ProtocolTools, Recogniser } from "./protocol.js";

/** Estimated cost, in bytes of memory, of a flow that is followed. */
const FLOW_COST = 6_000;

/** Sees the bytes of flows beside the protocols. */
export interface FlowListener {
  /** True while it wants to see more of the flow, whatever that proves to be. */
  data(flow: Flow, direction: 0 | 1, bytes: Uint8Array, offset: number): boolean;
  /** Nothing more is given of the flow. */
  forget(flow: Flow): void;
}

interface Followed {
  flow: Flow;
  account: Account;
  /** Those that did not say "other". */
  candidates: Protocol[];
  /** Where it comes from; null where nobody asks. */
  origin: FlowOrigin | null;
  /** Who was told to have begun it, once what it speaks is known. */
  told: 0 | 1 | null;
}

export interface FlowsEnvironment {
  recognisers: readonly Recogniser[];
  tools: ProtocolTools;
  listener: FlowListener | null;
  /** What flows that are followed draw on. */
  kind: Kind;
  /** Takes what protocols put out. */
  out: Out;
  /** Is told what a flow speaks; null where no export asks. */
  observer?: Observer | null;
  /** When something is given up because memory is short: the time of the capture, and its frame. */
  now(): { frame: number; time: Instant };
}

export class Flows {
  readonly #env: FlowsEnvironment;
  /** By the number of the stream; null where it is of no protocol, and only the listener wants to see more of it. */
  readonly #byStream = new Map<number, Followed | null>();
  /** Flows that were forgotten for lack of memory: what goes on there is no further one. */
  readonly #forgotten = new WeakSet<Flow>();
  /** Flows of protocols that may carry DCE/RPC and could not be looked into. */
  readonly carried: { [carrier in Carrier]: number } = { smb: 0, http: 0 };

  constructor(env: FlowsEnvironment) {
    this.#env = env;
  }

  /** Whether some protocol has the flow. */
  isRecognised(flow: Flow): boolean {
    return this.#byStream.get(flow.stream)?.candidates[0]?.verdict === "mine";
  }

  data(item: DataItem): void {
    const { flow, direction, bytes } = item;
    // What was held back for order comes in one go, also what follows the bytes that the flow was dismissed for.
    if (flow.dismissed) return;
    const { listener } = this.#env;
    const wanted = listener?.data(flow, direction, bytes, item.offset) ?? false;
    let followed = this.#byStream.get(flow.stream);
    if (followed === undefined) {
      // Most flows are of no protocol that is known here, and are dismissed at their first bytes.
      followed = this.#recognise(item);
      if (followed !== null || wanted) this.#byStream.set(flow.stream, followed);
    }
    if (followed !== null) {
      this.#feed(followed, item);
      followed.account.touch();
      if (followed.candidates.length > 0) return;
      followed.account.close();
      this.#byStream.set(flow.stream, null);
    }
    if (wanted) return;
    this.#byStream.delete(flow.stream);
    listener?.forget(flow);
    flow.dismiss();
  }

  /** Bytes of a flow are missing. */
  gap(item: GapItem): void {
    const followed = this.#byStream.get(item.flow.stream);
    if (!followed) return;
    item.flow.ledger?.gap(item.direction, item.size);
    for (const protocol of followed.candidates) {
      protocol.gap(item.direction, item.size, item, this.#env.out);
    }
  }

  /** A flow is over. */
  close(item: CloseItem): void {
    this.#env.listener?.forget(item.flow);
    const followed = this.#byStream.get(item.flow.stream);
    if (followed === undefined) return;
    this.#byStream.delete(item.flow.stream);
    if (followed !== null) this.#end(followed, item);
  }

  /** The input is at its end: closes one flow after the other, in the order of their numbers, which it yields after each. */
  *closeAll(at: { frame: number; time: Instant }): IterableIterator<number> {
    for (const stream of [...this.#byStream.keys()].sort((a, b) => a - b)) {
      const followed = this.#byStream.get(stream);
      // It was forgotten meanwhile.
      if (followed === undefined) continue;
      this.#byStream.delete(stream);
      if (followed !== null) this.#end(followed, at);
      yield stream;
    }
  }

  #recognise(item: DataItem): Followed | null {
    const { flow, bytes, offset } = item;
    const { recognisers, tools, kind } = this.#env;
    const carrier = carrierOf(bytes, flow.port0, flow.port1, flow.midstream);
    // What of SMB could not be looked into shows later.
    if (carrier === "http") this.carried.http++;
    const begins = !flow.midstream && offset === 0;
    let candidates: Protocol[] | null = null;
    let origin: FlowOrigin | null = null;
    for (const { probe, make } of recognisers) {
      if (!probe(bytes, flow, begins, tools)) continue;
      origin ??= originOf(item, this.#forgotten.has(flow));
      const protocol = make(origin, begins, tools);
      candidates ??= [];
      candidates.push(protocol);
      if (protocol.verdict === "mine") break;
    }
    if (candidates === null) return null;
    const followed: Followed = {
      flow,
      candidates,
      origin: this.#env.observer ? origin : null,
      told: null,
      account: kind.open({ stream: flow.stream, giveUp: () => this.#forget(followed) }),
    };
    followed.account.charge(FLOW_COST);
    return followed;
  }

  /** Gives the bytes to all candidates; one that says "mine" has the flow alone, those that say "other" are gone. */
  #feed(followed: Followed, item: DataItem): void {
    const { out } = this.#env;
    for (const protocol of followed.candidates) {
      protocol.data(item.direction, item.bytes, item, out);
      if (protocol.verdict === "mine") {
        if (followed.candidates.length > 1) this.#settle(followed, protocol);
        if (followed.origin !== null) this.#tell(followed, followed.origin, protocol.speaks);
        return;
      }
    }
    if (followed.candidates.every(({ verdict }) => verdict === "undecided")) return;
    for (const protocol of followed.candidates) if (protocol.verdict === "other") protocol.release(out);
    followed.candidates = followed.candidates.filter(({ verdict }) => verdict !== "other");
  }

  /** What a flow speaks is known, and who began it; both again where what came since says otherwise. */
  #tell(followed: Followed, origin: FlowOrigin, protocol: Spoken | undefined): void {
    const client = origin.flow.ledger?.client ?? followed.told ?? 0;
    if (client === followed.told || protocol === undefined) return;
    followed.told = client;
    this.#env.observer!.conversation(origin, protocol);
  }

  #settle(followed: Followed, winner: Protocol): void {
    for (const protocol of followed.candidates) if (protocol !== winner) protocol.release(this.#env.out);
    followed.candidates = [winner];
  }

  #end(followed: Followed, at: { frame: number; time: Instant }): void {
    for (const protocol of followed.candidates) protocol.close(at, this.#env.out);
    followed.account.close();
  }

  /** Memory is short: the flow is forgotten as if it had ended. What goes on there is met like any other in its middle. */
  #forget(followed: Followed): void {
    const { flow } = followed;
    this.#byStream.delete(flow.stream);
    this.#end(followed, this.#env.now());
    this.#forgotten.add(flow);
    flow.midstream = true;
  }
}

function originOf({ flow, file, time, sequence }: DataItem, again: boolean): FlowOrigin {
  const { firstSeconds: seconds, firstNanos: nanos, firstSequence } = flow;
  const first = again
    ? { at: time, sequence }
    : { at: { seconds, nanos, digits: 9 as const }, sequence: firstSequence };
  return { flow, first, file, again };
}
