/**
 * From addresses and ports to the conversation they belong to now. Looking up allocates nothing; the table has a
 * limit, beyond which the flow that was quiet longest makes room (approximately: a hand goes round and takes one of
 * the chances that every segment renews).
 */
import type { IpResult } from "../../dissectors/ip/result.js";
import type { Flow } from "./flow.js";

/** Words of a key: both addresses, both ports with the version. */
const KEY_WORDS = 10;
const FIRST_CAPACITY = 1024;

export class FlowTable {
  /** Flows by entry. */
  readonly flows: Flow[] = [];
  /** Of the last `find`: the packet went from the flow's endpoint 1 to endpoint 0. */
  reversed = false;
  private readonly limit: number;
  private readonly seed: number;
  private keys = new Int32Array(FIRST_CAPACITY * KEY_WORDS);
  /** First entry of each chain, and the next of each entry; -1 ends. */
  private heads = new Int32Array(FIRST_CAPACITY * 2).fill(-1);
  private nexts = new Int32Array(FIRST_CAPACITY);
  private hashes = new Int32Array(FIRST_CAPACITY);
  private hand = 0;

  /** `limit` is the greatest number of flows. */
  constructor(limit: number) {
    this.limit = limit;
    this.seed = (Math.random() * 0x100000000) | 0;
  }

  get full(): boolean {
    return this.flows.length >= this.limit;
  }

  /** The entry of the conversation that a packet belongs to, in either direction, or -1. */
  find(ip: IpResult, sourcePort: number, destinationPort: number): number {
    const hash = this.hash(ip, sourcePort, destinationPort);
    const keys = this.keys;
    const forward = (sourcePort << 16) | destinationPort;
    const backward = (destinationPort << 16) | sourcePort;
    for (let e = this.heads[hash & (this.heads.length - 1)]!; e >= 0; e = this.nexts[e]!) {
      const k = e * KEY_WORDS;
      if (keys[k + 9] !== ip.version) continue;
      const ports = keys[k + 8]!;
      if (
        ports === forward &&
        keys[k] === ip.source0 &&
        keys[k + 4] === ip.destination0 &&
        (ip.version === 4 || this.sameTails(k, ip, 0, 4))
      ) {
        this.reversed = false;
        return e;
      }
      if (
        ports === backward &&
        keys[k] === ip.destination0 &&
        keys[k + 4] === ip.source0 &&
        (ip.version === 4 || this.sameTails(k, ip, 4, 0))
      ) {
        this.reversed = true;
        return e;
      }
    }
    return -1;
  }

  private sameTails(k: number, ip: IpResult, source: number, destination: number): boolean {
    const keys = this.keys;
    return (
      keys[k + source + 1] === ip.source1 &&
      keys[k + source + 2] === ip.source2 &&
      keys[k + source + 3] === ip.source3 &&
      keys[k + destination + 1] === ip.destination1 &&
      keys[k + destination + 2] === ip.destination2 &&
      keys[k + destination + 3] === ip.destination3
    );
  }

  /** Both directions of a conversation have the same hash. */
  private hash(ip: IpResult, sourcePort: number, destinationPort: number): number {
    let h = this.seed ^ Math.imul(sourcePort + destinationPort, 0x9e3779b1);
    h = Math.imul(h ^ (sourcePort ^ destinationPort), 0x85ebca6b);
    h = Math.imul(h ^ (ip.source0 ^ ip.destination0), 0xc2b2ae35);
    h = Math.imul(h ^ (h >>> 15) ^ ((ip.source0 + ip.destination0) | 0), 0x27d4eb2f);
    if (ip.version === 6) {
      h = Math.imul(h ^ (ip.source1 + ip.destination1), 0x9e3779b1);
      h = Math.imul(h ^ (h >>> 13) ^ (ip.source2 + ip.destination2), 0x85ebca6b);
      h = Math.imul(h ^ (ip.source3 + ip.destination3), 0xc2b2ae35);
    }
    return h ^ (h >>> 16);
  }

  /** Adds a flow in a new entry, by a packet of it; the table must not be full. */
  add(flow: Flow, ip: IpResult, sourcePort: number, destinationPort: number): void {
    const entry = this.flows.length;
    if (entry * 2 >= this.heads.length) this.grow();
    this.flows.push(flow);
    this.fill(entry, flow, this.hash(ip, sourcePort, destinationPort));
  }

  /** Puts a flow into the entry of one that is over or forgotten. */
  replace(entry: number, flow: Flow, ip: IpResult, sourcePort: number, destinationPort: number): void {
    this.unlink(entry);
    this.flows[entry] = flow;
    this.fill(entry, flow, this.hash(ip, sourcePort, destinationPort));
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

  private fill(entry: number, flow: Flow, hash: number): void {
    const k = entry * KEY_WORDS;
    this.keys[k] = flow.word0;
    this.keys[k + 4] = flow.word1;
    for (let i = 0; i < 3; i++) {
      this.keys[k + 1 + i] = flow.tails?.[i] ?? 0;
      this.keys[k + 5 + i] = flow.tails?.[i + 3] ?? 0;
    }
    this.keys[k + 8] = (flow.port0 << 16) | flow.port1;
    this.keys[k + 9] = flow.version;
    this.hashes[entry] = hash;
    this.link(entry);
  }

  private link(entry: number): void {
    const at = this.hashes[entry]! & (this.heads.length - 1);
    this.nexts[entry] = this.heads[at]!;
    this.heads[at] = entry;
  }

  private unlink(entry: number): void {
    const at = this.hashes[entry]! & (this.heads.length - 1);
    if (this.heads[at] === entry) {
      this.heads[at] = this.nexts[entry]!;
      return;
    }
    let e = this.heads[at]!;
    while (this.nexts[e] !== entry) e = this.nexts[e]!;
    this.nexts[e] = this.nexts[entry]!;
  }

  private grow(): void {
    const capacity = this.heads.length;
    this.keys = extended(this.keys, capacity * KEY_WORDS);
    this.nexts = extended(this.nexts, capacity);
    this.hashes = extended(this.hashes, capacity);
    this.heads = new Int32Array(capacity * 2).fill(-1);
    for (let entry = 0; entry < this.flows.length; entry++) this.link(entry);
  }
}

function extended(old: Int32Array, length: number): Int32Array<ArrayBuffer> {
  const array = new Int32Array(length);
  array.set(old);
  return array;
}
