/** Who talks to whom: the two ends of a conversation of a transport with ports, TCP or UDP. */
import { ipv4Text, ipv6Text } from "../../dissectors/ip/address.js";
import { communityId } from "../../dissectors/ip/community-id.js";
import type { IpResult } from "../../dissectors/ip/result.js";

export interface FlowEndpoint {
  /** IPv4 dotted, IPv6 as in [RFC 5952]. */
  readonly address: string;
  readonly port: number;
}

export class Pair {
  readonly version: 4 | 6;
  readonly port0: number;
  readonly port1: number;
  /** The addresses as 32-bit words; those behind the first of an IPv6 address are in `tails`, endpoint 0 first. */
  readonly word0: number;
  readonly word1: number;
  readonly tails: readonly number[] | null;
  /** The number of the transport. */
  private readonly protocol: number;
  private name0: FlowEndpoint | null = null;
  private name1: FlowEndpoint | null = null;
  private community: string | null = null;

  /** Endpoint 0 is the source of the given packet, or its destination where `swapped`. */
  constructor(protocol: number, ip: IpResult, sourcePort: number, destinationPort: number, swapped: boolean) {
    this.protocol = protocol;
    this.version = ip.version;
    this.port0 = swapped ? destinationPort : sourcePort;
    this.port1 = swapped ? sourcePort : destinationPort;
    this.word0 = swapped ? ip.destination0 : ip.source0;
    this.word1 = swapped ? ip.source0 : ip.destination0;
    this.tails = null;
    if (ip.version === 6) {
      const source = [ip.source1, ip.source2, ip.source3];
      const destination = [ip.destination1, ip.destination2, ip.destination3];
      this.tails = swapped ? destination.concat(source) : source.concat(destination);
    }
  }

  get endpoint0(): FlowEndpoint {
    this.name0 ??= { address: this.text(this.word0, 0), port: this.port0 };
    return this.name0;
  }

  get endpoint1(): FlowEndpoint {
    this.name1 ??= { address: this.text(this.word1, 3), port: this.port1 };
    return this.name1;
  }

  /** As Zeek, Suricata and Wireshark compute it. */
  get communityId(): string {
    this.community ??= communityId(
      this.protocol,
      this.bytes(this.word0, 0),
      this.port0,
      this.bytes(this.word1, 3),
      this.port1,
    );
    return this.community;
  }

  /** Forgets the texts that were made: they are made again where they are asked for. */
  protected forgetTexts(): void {
    this.name0 = null;
    this.name1 = null;
    this.community = null;
  }

  /** An address; what of it is in `tails` begins there at `at`. */
  private bytes(word: number, at: number): Uint8Array {
    const words = this.tails === null ? [word] : [word, ...this.tails.slice(at, at + 3)];
    const bytes = new Uint8Array(4 * words.length);
    for (let i = 0; i < bytes.length; i++) bytes[i] = words[i >> 2]! >>> (24 - 8 * (i & 3));
    return bytes;
  }

  private text(word: number, at: number): string {
    const tails = this.tails;
    return tails === null ? ipv4Text(word) : ipv6Text(word, tails[at]!, tails[at + 1]!, tails[at + 2]!);
  }
}
