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
  /** The value of an entry is its number, its mark whether a datagram came since the hand passed. */
  private readonly pairs = new PairTable();
  private readonly limit: number;
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
    const { pairs } = this;
    if (known >= 0) {
      pairs.mark(known, true);
      return pairs.valueOf(known);
    }
    let entry: number;
    if (pairs.size < this.limit) {
      entry = pairs.add(ip, sourcePort, destinationPort, false);
    } else {
      entry = this.victim();
      this.forgotten++;
      pairs.replace(entry, ip, sourcePort, destinationPort, false);
    }
    const number = this.given[this.count] ?? this.count;
    this.count++;
    pairs.setValue(entry, number);
    return number;
  }

  private victim(): number {
    const { pairs } = this;
    for (;;) {
      const entry = this.hand;
      this.hand = (this.hand + 1) % this.limit;
      if (!pairs.isMarked(entry)) return entry;
      pairs.mark(entry, false);
    }
  }
}
