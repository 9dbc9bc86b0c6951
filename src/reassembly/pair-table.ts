/**
 * From addresses and ports to the entry of the conversation that they name, in either direction. Looking up allocates nothing;
 * entries are numbers, whose meaning is the caller's.
 */
import type { IpResult } from "../../dissectors/ip/result.js";

/** Words of a key: both addresses, both ports, the version. */
const KEY_WORDS = 10;
const FIRST_CAPACITY = 1024;

export class PairTable {
  /** Entries in use; they are numbered from 0. */
  size = 0;
  /** Of the last `find`: the packet went from the conversation's endpoint 1 to endpoint 0. */
  reversed = false;
  private readonly seed: number;
  private keys = new Int32Array(FIRST_CAPACITY * KEY_WORDS);
  /** First entry of each chain, and the next of each entry; -1 ends. */
  private heads = new Int32Array(FIRST_CAPACITY * 2).fill(-1);
  private nexts = new Int32Array(FIRST_CAPACITY);
  private hashes = new Int32Array(FIRST_CAPACITY);

  constructor() {
    this.seed = (Math.random() * 0x100000000) | 0;
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

  /** Adds the conversation of a packet in a new entry, which is answered; `swapped`: its endpoint 0 is the destination. */
  add(ip: IpResult, sourcePort: number, destinationPort: number, swapped: boolean): number {
    const entry = this.size;
    if (entry * 2 >= this.heads.length) this.grow();
    this.size++;
    this.fill(entry, ip, sourcePort, destinationPort, swapped);
    return entry;
  }

  /** Puts the conversation of a packet into the entry of one that is over or forgotten. */
  replace(entry: number, ip: IpResult, sourcePort: number, destinationPort: number, swapped: boolean): void {
    this.unlink(entry);
    this.fill(entry, ip, sourcePort, destinationPort, swapped);
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

  private fill(
    entry: number,
    ip: IpResult,
    sourcePort: number,
    destinationPort: number,
    swapped: boolean,
  ): void {
    const keys = this.keys;
    const k = entry * KEY_WORDS;
    const source = swapped ? k + 4 : k;
    const destination = swapped ? k : k + 4;
    const long = ip.version === 6;
    keys[source] = ip.source0;
    keys[source + 1] = long ? ip.source1 : 0;
    keys[source + 2] = long ? ip.source2 : 0;
    keys[source + 3] = long ? ip.source3 : 0;
    keys[destination] = ip.destination0;
    keys[destination + 1] = long ? ip.destination1 : 0;
    keys[destination + 2] = long ? ip.destination2 : 0;
    keys[destination + 3] = long ? ip.destination3 : 0;
    keys[k + 8] = swapped ? (destinationPort << 16) | sourcePort : (sourcePort << 16) | destinationPort;
    keys[k + 9] = ip.version;
    this.hashes[entry] = this.hash(ip, sourcePort, destinationPort);
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
    for (let entry = 0; entry < this.size; entry++) this.link(entry);
  }
}

function extended(old: Int32Array, length: number): Int32Array<ArrayBuffer> {
  const array = new Int32Array(length);
  array.set(old);
  return array;
}
