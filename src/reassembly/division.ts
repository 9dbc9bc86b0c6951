/**
 * How the work on one input is divided: every worker reads all frames and numbers all conversations, and follows those that
 * are its own. TCP conversations are divided by the two addresses, inside of all tunnels, whoever of both began: what one machine
 * says to another on many connections belongs together. Datagrams are all the first worker's, since one that asks may be
 * answered from an address that nobody asked.
 */
import type { IpResult } from "../../dissectors/ip/result.js";

/** One part of the work. */
export interface Division {
  /** From 0. */
  readonly index: number;
  readonly count: number;
  /** Conversations of others are followed as well, in silence, for what they teach: keys were given. */
  readonly follows: boolean;
}

/** The greatest number of parts. */
export const MAX_PARTS = 4096;

/** The part that a TCP conversation between these two addresses belongs to. It depends on the addresses alone, in every run. */
export function ownerOf(ip: IpResult, count: number): number {
  let a = ip.source0;
  let b = ip.destination0;
  if (ip.version === 6) {
    a = mixed(mixed(mixed(a, ip.source1), ip.source2), ip.source3);
    b = mixed(mixed(mixed(b, ip.destination1), ip.destination2), ip.destination3);
  }
  // The same whichever comes first.
  const both = mixed(mixed(0, (a + b) | 0), a ^ b);
  return ((both ^ (both >>> 15)) >>> 0) % count;
}

function mixed(h: number, word: number): number {
  const x = Math.imul(h ^ word ^ 0x5bd1e995, 0x9e3779b1);
  const y = Math.imul(x ^ (x >>> 15), 0x85ebca6b);
  return y ^ (y >>> 13);
}
