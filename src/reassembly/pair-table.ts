/**
 * From addresses and ports to the entry of the conversation that they name, in either direction. Looking up allocates nothing;
 * entries are numbers, whose meaning is the caller's.
 */
import type { IpResult } from "../../dissectors/ip/result.js";

/**
 * An entry is sixteen words, which are what a processor fetches at once: both addresses, both ports, the version, the next entry of its
 * chain, its hash, and two for the caller.
 */
const WORDS = 16;
const SHIFT = 4;
const DESTINATION = 4;
const PORTS = 8;
const VERSION = 9;
const NEXT = 10;
const HASH = 11;
const VALUE = 12;
const MARK = 13;
const FIRST_CAPACITY = 1024;

export class PairTable {
  /** Entries in use; they are numbered from 0. */
  size = 0;
  /** Of the last `find`: the packet went from the conversation's endpoint 1 to endpoint 0. */
  reversed = false;
  private readonly seed: number;
  private entries = new Int32Array(FIRST_CAPACITY * WORDS);
  /** First entry of each chain; -1 ends. */
  private heads = new Int32Array(FIRST_CAPACITY * 2).fill(-1);

  constructor() {
    this.seed = (Math.random() * 0x100000000) | 0;
  }

  /** The entry of the conversation that a packet belongs to, in either direction, or -1. */
  find(ip: IpResult, sourcePort: number, destinationPort: number): number {
    if (ip.version === 4) return this.findIpv4(ip.source0, ip.destination0, sourcePort, destinationPort);
    const { entries } = this;
    const forward = (sourcePort << 16) | destinationPort;
    const backward = (destinationPort << 16) | sourcePort;
    const hash = this.hash(ip, sourcePort, destinationPort);
    for (let e = this.heads[hash & (this.heads.length - 1)]!; e >= 0; e = entries[(e << SHIFT) + NEXT]!) {
      const k = e << SHIFT;
      if (entries[k + VERSION] !== 6) continue;
      const ports = entries[k + PORTS]!;
      const straight = ports === forward && this.sameIpv6(k, ip, 0, DESTINATION);
      if (straight || (ports === backward && this.sameIpv6(k, ip, DESTINATION, 0))) {
        this.reversed = !straight;
        return e;
      }
    }
    return -1;
  }

  private findIpv4(source: number, destination: number, sourcePort: number, destinationPort: number): number {
    const { entries } = this;
    const forward = (sourcePort << 16) | destinationPort;
    const backward = (destinationPort << 16) | sourcePort;
    const hash = this.hashIpv4(source, destination, sourcePort, destinationPort);
    for (let e = this.heads[hash & (this.heads.length - 1)]!; e >= 0; e = entries[(e << SHIFT) + NEXT]!) {
      const k = e << SHIFT;
      if (entries[k + VERSION] !== 4) continue;
      const ports = entries[k + PORTS]!;
      if (ports === forward && entries[k] === source && entries[k + DESTINATION] === destination) {
        this.reversed = false;
        return e;
      }
      if (ports === backward && entries[k] === destination && entries[k + DESTINATION] === source) {
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

  /** A number and a mark that the caller keeps with an entry; both are 0 in one that is new. */
  valueOf(entry: number): number {
    return this.entries[(entry << SHIFT) + VALUE]!;
  }

  setValue(entry: number, value: number): void {
    this.entries[(entry << SHIFT) + VALUE] = value;
  }

  isMarked(entry: number): boolean {
    return this.entries[(entry << SHIFT) + MARK] !== 0;
  }

  mark(entry: number, marked: boolean): void {
    this.entries[(entry << SHIFT) + MARK] = marked ? 1 : 0;
  }

  private sameIpv6(k: number, ip: IpResult, source: number, destination: number): boolean {
    const { entries } = this;
    return (
      entries[k + source] === ip.source0 &&
      entries[k + source + 1] === ip.source1 &&
      entries[k + source + 2] === ip.source2 &&
      entries[k + source + 3] === ip.source3 &&
      entries[k + destination] === ip.destination0 &&
      entries[k + destination + 1] === ip.destination1 &&
      entries[k + destination + 2] === ip.destination2 &&
      entries[k + destination + 3] === ip.destination3
    );
  }

  /** Both directions of a conversation have the same hash. */
  private hash(ip: IpResult, sourcePort: number, destinationPort: number): number {
    let h = this.hashIpv4(ip.source0, ip.destination0, sourcePort, destinationPort);
    if (ip.version === 6) {
      h = Math.imul(h ^ (ip.source1 + ip.destination1), 0x9e3779b1);
      h = Math.imul(h ^ (h >>> 13) ^ (ip.source2 + ip.destination2), 0x85ebca6b);
      h = Math.imul(h ^ (ip.source3 + ip.destination3), 0xc2b2ae35);
      h ^= h >>> 16;
    }
    return h;
  }

  private hashIpv4(source: number, destination: number, sourcePort: number, destinationPort: number): number {
    let h = this.seed ^ Math.imul(sourcePort + destinationPort, 0x9e3779b1);
    h = Math.imul(h ^ (sourcePort ^ destinationPort), 0x85ebca6b);
    h = Math.imul(h ^ (source ^ destination), 0xc2b2ae35);
    h = Math.imul(h ^ (h >>> 15) ^ ((source + destination) | 0), 0x27d4eb2f);
    return h ^ (h >>> 16);
  }

  private fill(
    entry: number,
    ip: IpResult,
    sourcePort: number,
    destinationPort: number,
    swapped: boolean,
  ): void {
    const { entries } = this;
    const k = entry << SHIFT;
    const source = swapped ? k + DESTINATION : k;
    const destination = swapped ? k : k + DESTINATION;
    const long = ip.version === 6;
    entries[source] = ip.source0;
    entries[source + 1] = long ? ip.source1 : 0;
    entries[source + 2] = long ? ip.source2 : 0;
    entries[source + 3] = long ? ip.source3 : 0;
    entries[destination] = ip.destination0;
    entries[destination + 1] = long ? ip.destination1 : 0;
    entries[destination + 2] = long ? ip.destination2 : 0;
    entries[destination + 3] = long ? ip.destination3 : 0;
    entries[k + PORTS] = swapped
      ? (destinationPort << 16) | sourcePort
      : (sourcePort << 16) | destinationPort;
    entries[k + VERSION] = ip.version;
    entries[k + HASH] = this.hash(ip, sourcePort, destinationPort);
    entries[k + VALUE] = 0;
    entries[k + MARK] = 0;
    this.link(entry);
  }

  private link(entry: number): void {
    const { entries, heads } = this;
    const k = entry << SHIFT;
    const at = entries[k + HASH]! & (heads.length - 1);
    entries[k + NEXT] = heads[at]!;
    heads[at] = entry;
  }

  private unlink(entry: number): void {
    const { entries, heads } = this;
    const k = entry << SHIFT;
    const at = entries[k + HASH]! & (heads.length - 1);
    const next = entries[k + NEXT]!;
    if (heads[at] === entry) {
      heads[at] = next;
      return;
    }
    let before = heads[at]! << SHIFT;
    while (entries[before + NEXT] !== entry) before = entries[before + NEXT]! << SHIFT;
    entries[before + NEXT] = next;
  }

  private grow(): void {
    const capacity = this.heads.length;
    const larger = new Int32Array(capacity * WORDS);
    larger.set(this.entries);
    this.entries = larger;
    this.heads = new Int32Array(capacity * 2).fill(-1);
    for (let entry = 0; entry < this.size; entry++) this.link(entry);
  }
}
