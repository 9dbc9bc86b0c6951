/**
 * TCP conversations that are known now. The table has a limit, beyond which the flow that was quiet longest makes room
 * (approximately: a hand goes round and takes one of the chances that every segment renews).
 */
import type { IpResult } from "../../dissectors/ip/result.js";
import type { Flow } from "./flow.js";
import { PairTable } from "./pair-table.js";

export class FlowTable {
  /** Flows by entry. */
  readonly flows: Flow[] = [];
  private readonly pairs = new PairTable();
  private readonly limit: number;
  private hand = 0;

  /** `limit` is the greatest number of flows. */
  constructor(limit: number) {
    this.limit = limit;
  }

  get full(): boolean {
    return this.flows.length >= this.limit;
  }

  /** The entry of the conversation that a packet belongs to, in either direction, or -1. */
  find(ip: IpResult, sourcePort: number, destinationPort: number): number {
    return this.pairs.find(ip, sourcePort, destinationPort);
  }

  /** Of the last `find`: the packet went from the flow's endpoint 1 to endpoint 0. */
  get reversed(): boolean {
    return this.pairs.reversed;
  }

  set reversed(reversed: boolean) {
    this.pairs.reversed = reversed;
  }

  /** Adds a flow in a new entry, by a packet of it (`swapped`: from its endpoint 1); the table must not be full. */
  add(flow: Flow, ip: IpResult, sourcePort: number, destinationPort: number, swapped: boolean): void {
    this.pairs.add(ip, sourcePort, destinationPort, swapped);
    this.flows.push(flow);
  }

  /** Puts a flow into the entry of one that is over or forgotten. */
  replace(
    entry: number,
    flow: Flow,
    ip: IpResult,
    sourcePort: number,
    destinationPort: number,
    swapped: boolean,
  ): void {
    this.pairs.replace(entry, ip, sourcePort, destinationPort, swapped);
    this.flows[entry] = flow;
  }

  /** The entry of the flow to be forgotten for a new one. */
  victim(): number {
    for (;;) {
      const entry = this.hand;
      this.hand = (this.hand + 1) % this.flows.length;
      const flow = this.flows[entry]!;
      if (flow.chances <= 0) return entry;
      flow.chances--;
    }
  }
}
