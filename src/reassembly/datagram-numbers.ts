/**
 * Numbers of UDP conversations, from 0 in the order of their first datagram, as Wireshark's udp.stream. Of most nobody ever
 * asks, so that nothing is kept but addresses, ports and number. Beyond the limit one that was quiet for long makes room: should it
 * go on after all, it gets another number, as all that begin later do.
 *
 * Not handled: the conversations that other protocols announce to Wireshark (TFTP, RTP), which it then counts as one.
 */
import type { IpResult } from "../../dissectors/ip/result.js";
import { PairTable } from "./pair-table.js";

export class DatagramNumbers {
  /** Conversations so far. */
  count = 0;
  /** Conversations that were forgotten. */
  forgotten = 0;
  private readonly pairs = new PairTable();
  private readonly limit: number;
  private numbers = new Int32Array(1024);
  /** Whether a datagram came since the hand passed. */
  private used = new Uint8Array(1024);
  private hand = 0;

  /** The numbers of the first ones, where they are others. */
  private readonly given: readonly number[];

  constructor(limit: number, given: readonly number[] = []) {
    this.limit = limit;
    this.given = given;
  }

  /** The number of the conversation that a datagram belongs to. */
  of(ip: IpResult, sourcePort: number, destinationPort: number): number {
    const known = this.pairs.find(ip, sourcePort, destinationPort);
    if (known >= 0) {
      this.used[known] = 1;
      return this.numbers[known]!;
    }
    const { pairs } = this;
    let entry: number;
    if (pairs.size < this.limit) {
      entry = pairs.add(ip, sourcePort, destinationPort, false);
      if (entry >= this.numbers.length) this.grow();
    } else {
      entry = this.victim();
      this.forgotten++;
      pairs.replace(entry, ip, sourcePort, destinationPort, false);
    }
    const number = this.given[this.count] ?? this.count;
    this.count++;
    this.numbers[entry] = number;
    this.used[entry] = 0;
    return number;
  }

  private victim(): number {
    for (;;) {
      const entry = this.hand;
      this.hand = (this.hand + 1) % this.limit;
      if (this.used[entry] === 0) return entry;
      this.used[entry] = 0;
    }
  }

  private grow(): void {
    const numbers = new Int32Array(2 * this.numbers.length);
    numbers.set(this.numbers);
    this.numbers = numbers;
    const used = new Uint8Array(numbers.length);
    used.set(this.used);
    this.used = used;
  }
}
