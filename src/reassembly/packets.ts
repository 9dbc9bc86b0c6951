/**
 * From frames to IP packets whose payload is whole: the link layer's headers are passed, tunnels followed, fragments put
 * together, in whatever order they lie in each other. What could not be looked at is counted by its reason.
 *
 * Not handled: what the payload is (streams.ts).
 */
import { decodePacket, headersCut } from "../../dissectors/ip/ip.js";
import { ipv4HeaderHolds } from "../../dissectors/ip/ipv4.js";
import { extensions } from "../../dissectors/ip/ipv6.js";
import { IpProtocol, type IpResult, newIpResult } from "../../dissectors/ip/result.js";
import { beginTunnel, enterTunnel, Step } from "../../dissectors/ip/tunnel.js";
import { mayBeTunnel } from "../../dissectors/ip/udp-tunnel.js";
import { decodeLink, nextInFrame } from "../../dissectors/link/link.js";
import { newLinkResult, Unread } from "../../dissectors/link/result.js";
import { destinationPort, sourcePort, UDP_HEADER, udpSize } from "../../dissectors/udp.js";
import { plain } from "../../dissectors/wire/bytes.js";
import { Frame, NO_LINK_TYPE } from "../capture/frame.js";
import type { DatagramNumbers } from "./datagram-numbers.js";
import { type FragmentLimits, type FragmentPiece, IpFragments, type Whole } from "./ip-fragments.js";
import { type NotRead, phrase, UnreadFrames } from "./unread.js";

export class Packets {
  /** The packet at hand: its headers, the array its payload is in, and the frame or frames that carried it. */
  readonly ip: IpResult = newIpResult();
  data: Uint8Array = NOTHING;
  frames: number | number[] = 0;
  /** Where the bytes of `data` came from, where it is a datagram put together; null where it is the frame's. */
  pieces: readonly FragmentPiece[] | null = null;
  /** IP packets directly in the frame at hand; an aggregate frame may hold several. */
  inFrame = 0;
  /** The frame at hand held a fragment. */
  fragmented = false;
  readonly fragments: IpFragments;
  private readonly link = newLinkResult();
  /** For what lies inside of packets. */
  private readonly tunnel = newLinkResult();
  private readonly unread = new UnreadFrames();
  private frame: Frame = new Frame();
  private frameData: Uint8Array = NOTHING;

  /** UDP around other packets counts among the conversations as well. */
  private readonly numbers: DatagramNumbers;

  constructor(limits: FragmentLimits, numbers: DatagramNumbers) {
    this.numbers = numbers;
    this.fragments = new IpFragments(limits);
  }

  /** Looks at a new frame: true where its packet, or the one that it completes, is whole and at hand. */
  begin(frame: Frame): boolean {
    const data = plain(frame.data);
    this.frame = frame;
    this.frameData = data;
    this.inFrame = 0;
    this.fragmented = false;
    decodeLink(data, frame.start, frame.end, frame.linkType, this.link);
    return this.fromLink();
  }

  /** Goes on to the next whole packet of an aggregate frame; false where there is none. */
  next(): boolean {
    while (this.link.next !== 0 && nextInFrame(this.frameData, this.link)) {
      if (this.fromLink()) return true;
    }
    return false;
  }

  /** Counts a packet of which the capture lacks what is needed to go on, if it does. */
  cutAt(end: number): void {
    this.notLookedAt(Unread.CUT, 0, end);
  }

  /** Gives the conversation of the datagram that `ip` describes a number, if it has none. */
  numberDatagram(): void {
    const { data, ip } = this;
    const { offset, end } = ip;
    if (offset + UDP_HEADER > end || udpSize(data, offset) < 0) return;
    this.numbers.of(ip, sourcePort(data, offset), destinationPort(data, offset));
  }

  /** Whether the IPv4 header of the packet at hand has the right checksum; of a datagram that was put together none is left. */
  headerHolds(): boolean {
    const { data, ip } = this;
    return ip.offset < ip.headers || ipv4HeaderHolds(data, ip.offset - ip.headers, ip.headers);
  }

  /** Follows tunnels in the packet that `ip` describes now, which another one quoted: false where that holds no packet. */
  follow(): boolean {
    this.tunnel.depth = 0;
    return this.innermost();
  }

  /** Goes on to the innermost packet, or the first that is a fragment; every datagram on the way gets its number. */
  private innermost(): boolean {
    const { data, ip, tunnel } = this;
    beginTunnel(ip, tunnel);
    for (;;) {
      if (ip.protocol === IpProtocol.UDP && !ip.fragment) this.numberDatagram();
      const step = enterTunnel(data, ip, tunnel);
      if (step !== Step.INSIDE) return step === Step.END;
    }
  }

  /** What could not be looked at so far, as far as frames and packets go. */
  notRead(): NotRead[] {
    const list = this.unread.list();
    const { expired, overLimit, cut } = this.fragments;
    if (cut > 0) {
      list.push({
        code: "headers-cut",
        what: phrase(cut, "IP fragment", "cut by the snap length"),
        count: cut,
      });
    }
    const missing = expired + overLimit;
    if (missing > 0) {
      const what = phrase(missing, "IP datagram", "that never became whole");
      list.push({ code: "fragments-missing", what, count: missing });
    }
    return list;
  }

  /** What notes are to show at the end; missing fragments have one of their own. */
  unreadFrames(): NotRead[] {
    return this.unread.list();
  }

  /** Reads the packet that `this.link` found; true where it, or what is inside of it, is whole. */
  private fromLink(): boolean {
    const { link, ip, frameData } = this;
    const { network } = link;
    this.data = frameData;
    this.frames = this.frame.number;
    this.pieces = null;
    if (network === 0) {
      if (link.unread !== Unread.NONE) this.notLookedAt(link.unread, link.type, link.end);
      return false;
    }
    if (!decodePacket(frameData, link.offset, link.end, network, ip)) {
      if (headersCut(frameData, link.offset, link.end, network)) this.cutAt(link.end);
      return false;
    }
    this.inFrame++;
    // Most packets hold no other.
    if (!ip.fragment) {
      if (ip.protocol === IpProtocol.TCP) return true;
      if (ip.protocol === IpProtocol.UDP && !mayBeTunnel(frameData, ip.offset, ip.end)) return true;
    }
    this.tunnel.depth = link.depth;
    return this.descend();
  }

  /** Follows tunnels and puts fragments together until a packet is whole that holds no other. */
  private descend(): boolean {
    const { ip, tunnel } = this;
    for (;;) {
      if (!ip.fragment) {
        const whole = this.innermost();
        if (tunnel.unread !== Unread.NONE) this.notLookedAt(tunnel.unread, tunnel.type, tunnel.end);
        if (!whole || !ip.fragment) return whole;
      }
      // Nothing can be put together from what the capture cut; the header of its segment is there to be read.
      const cut = ip.end - ip.offset < ip.length;
      if (cut && ip.fragmentOffset === 0 && ip.protocol === IpProtocol.TCP) return true;
      this.fragmented = true;
      const base = this.pieces === null ? this.frame.start : -1;
      const whole = this.fragments.add(this.data, ip, this.frames, this.frame.seconds, base);
      if (whole === null || !this.reassembled(whole)) return false;
    }
  }

  /** A datagram that was put together is the packet at hand; false where its headers are none. */
  private reassembled({ payload, frames, protocol, pieces }: Whole): boolean {
    const { ip } = this;
    this.data = payload;
    this.frames = frames;
    this.pieces = pieces;
    ip.fragment = false;
    ip.protocol = protocol;
    ip.offset = 0;
    ip.end = payload.length;
    ip.length = payload.length;
    if (ip.version === 4) return true;
    if (!extensions(payload, 0, payload.length, protocol, ip) || ip.fragment) return false;
    ip.length = payload.length - ip.offset;
    return true;
  }

  /** Counts a frame for the reason that its inside was not looked at; `end` is where the window ended. */
  private notLookedAt(kind: number, linkType: number, end: number): void {
    const { frame } = this;
    // A header may also run out of the length that another gave: then nobody cut it, and nothing is in it.
    const ofFrame = this.data === this.frameData && end === frame.end;
    if (kind === Unread.CUT && !(ofFrame && frame.wireLength > frame.end - frame.start)) return;
    if (kind === Unread.LINK_TYPE && linkType === NO_LINK_TYPE) return;
    this.unread.add(kind, linkType);
  }
}

const NOTHING = new Uint8Array(0);
