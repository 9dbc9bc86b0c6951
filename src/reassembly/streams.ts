/**
 * From frames to the byte streams of TCP conversations [RFC 9293]: which segment belongs to which conversation, when
 * one begins and when it is over. The order of bytes is made in delivery.ts.
 *
 * Not handled: urgent data (taken as data), selective acknowledgments, checksums.
 */
import { quotedPacket } from "../../dissectors/ip/icmp.js";
import { decodePacket } from "../../dissectors/ip/ip.js";
import { IpProtocol, type IpResult } from "../../dissectors/ip/result.js";
import { decodeTcp, newTcpResult, TCP_HEADER, TcpFlag } from "../../dissectors/tcp.js";
import { destinationPort, sourcePort, UDP_HEADER, udpSize } from "../../dissectors/udp.js";
import type { Frame } from "../capture/frame.js";
import { receiveAcknowledging } from "./acknowledging.js";
import { DatagramNumbers } from "./datagram-numbers.js";
import { type Arrival, Delivery, SETTLE_SECONDS } from "./delivery.js";
import { type Division, ownerOf } from "./division.js";
import { Flow } from "./flow.js";
import { END, FLAG, LAPSE, RESET } from "./flow-state.js";
import { FlowTable } from "./flow-table.js";
import { FRAGMENT_LIMITS, type FragmentLimits, type FragmentPiece } from "./ip-fragments.js";
import type { CloseReason, StreamItem } from "./items.js";
import { TcpLedger } from "./ledger.js";
import { Packets } from "./packets.js";
import { Pair } from "./pair.js";
import { finishRank, laterRank } from "./rank.js";
import { Sink } from "./sink.js";
import { type NotRead, phrase } from "./unread.js";
import type { Direction } from "./when.js";

const SNAPLEN = "frames were captured in part (snap length)";

/** Somebody who wants some of the datagrams. */
export interface DatagramFilter {
  /**
   * Whether a datagram of these ports is wanted, whose payload is `size` bytes at `at`, those before `end` captured. Asked for
   * each, so that it must cost nothing.
   */
  wants(
    data: Uint8Array,
    at: number,
    end: number,
    size: number,
    source: number,
    destination: number,
  ): boolean;
  /** Whether one that nobody wants may be wanted for all that was captured of it, which is not its whole payload. */
  mayWant?(data: Uint8Array, at: number, end: number, size: number): boolean;
}

/** Somebody who looks on, to know where in the capture the bytes of a stream stand. Everything given is borrowed. */
export interface PayloadWitness {
  /** A segment of a conversation that is followed. `pieces`: where the bytes of `arrival.data` came from, as in Packets. */
  segment(
    stream: number,
    direction: Direction,
    arrival: Arrival,
    frame: Frame,
    pieces: readonly FragmentPiece[] | null,
  ): void;
  /** A datagram that somebody wanted: `payload` is a view of `data`. */
  datagram(payload: Uint8Array, frame: Frame, pieces: readonly FragmentPiece[] | null): void;
}

export interface StreamLimits {
  /** Conversations known at the same time. */
  flows: number;
  /** Bytes held for missing ones, of all conversations together and of one direction. */
  bytes: number;
  halfBytes: number;
  /** Directions whose last bytes are remembered, to be compared with what is sent again. */
  histories: number;
  fragments: FragmentLimits;
  /** Who asks for datagrams, in the order in which they are asked. */
  datagrams: readonly DatagramFilter[];
  /** UDP conversations whose numbers are known at the same time. */
  numbers: number;
  /** The numbers of the first conversations, over TCP and of datagrams, where they are others than in the order of beginning. */
  givenStreams: readonly number[];
  givenDatagrams: readonly number[];
  /** Somebody will wait for acknowledgments. */
  acknowledgments: boolean;
  /** Seconds without a segment after which a conversation is over: for runs that do not end. */
  idle: number;
  /** Conversations have ledgers. */
  ledgers: boolean;
  /** Which part of the conversations is this one's; null where all are. */
  division: Division | null;
  witness: PayloadWitness | null;
}

export const STREAM_LIMITS: StreamLimits = {
  flows: 32_768,
  bytes: 64 << 20,
  halfBytes: 8 << 20,
  histories: 2048,
  fragments: FRAGMENT_LIMITS,
  datagrams: [],
  numbers: 262_144,
  givenStreams: [],
  givenDatagrams: [],
  acknowledgments: false,
  idle: Number.POSITIVE_INFINITY,
  ledgers: false,
  division: null,
  witness: null,
};

/** After a reset, segments that were captured late may still come: so many frames, or seconds. */
const RESET_FRAMES = 64;
const RESET_SECONDS = 1;
/** After its end, what comes of a conversation is still counted for so many seconds. */
const LEDGER_SECONDS = 6;
/** Both waits while nothing at all is captured: what comes late comes within so many seconds. */
const HUSH_SECONDS = 0.04;
/** Conversations looked at each second, whether they were idle for too long. */
const IDLE_SWEEP = 128;
/** A reset is believed when its sequence number is this near to what is expected. */
const RESET_WINDOW = 1 << 20;

/** Chances of a flow to stay in a full table: one that is followed has more than one that only takes a number. */
const CHANCES_FOLLOWED = 3;
const CHANCES_DISMISSED = 1;

export interface StreamCounters {
  frames: number;
  /** Captured bytes, and bytes on the wire as the capture claims. */
  bytes: number;
  wireBytes: number;
  ipPackets: number;
  tcpSegments: number;
  /** Frames without an IP packet. */
  otherFrames: number;
  /** TCP conversations. */
  streams: number;
  /** TCP segments of which the snap length cut something off. */
  cutSegments: number;
  /** Datagrams that nobody could recognise because of it. */
  cutDatagrams: number;
}

interface Ending {
  flow: Flow;
  frames: number;
  time: number;
}

export class StreamAssembler {
  readonly counters: StreamCounters = {
    frames: 0,
    bytes: 0,
    wireBytes: 0,
    ipPackets: 0,
    tcpSegments: 0,
    otherFrames: 0,
    streams: 0,
    cutSegments: 0,
    cutDatagrams: 0,
  };
  private readonly packets: Packets;
  private readonly numbers: DatagramNumbers;
  private readonly ip: IpResult;
  private readonly tcp = newTcpResult();
  private readonly table: FlowTable;
  private readonly sink = new Sink();
  private readonly delivery: Delivery;
  private readonly arrival: Arrival = {
    sequence: 0,
    acknowledgment: 0,
    flags: 0,
    data: new Uint8Array(0),
    start: 0,
    captured: 0,
    length: 0,
    frames: 0,
  };
  /** Conversations that were reset, in order. */
  private endings: Ending[] = [];
  /** Conversations with ledgers that are closed, in order. */
  private readonly leaving: Ending[] = [];
  private lastSecond = Number.NEGATIVE_INFINITY;
  /** The latest time at which all waiting conversations were looked at. */
  private watchedAt = Number.NEGATIVE_INFINITY;
  /** Which notes of the run were made. */
  private readonly noted = new Set<string>();
  private readonly limits: StreamLimits;
  /** Where the search for idle conversations goes on. */
  private sweep = 0;
  /** The conversation that the last frame belonged to, and the frames of its datagram. */
  lastFlow: Flow | null = null;
  lastFrames: number | number[] = 0;
  /** The conversation of datagrams that it belonged to, or -1, with frames as above. */
  lastDatagrams = -1;

  constructor(limits: Partial<StreamLimits> = {}) {
    this.limits = { ...STREAM_LIMITS, ...limits };
    this.table = new FlowTable(this.limits.flows);
    this.numbers = new DatagramNumbers(this.limits.numbers, this.limits.givenDatagrams);
    this.packets = new Packets(this.limits.fragments, this.numbers);
    this.ip = this.packets.ip;
    this.delivery = new Delivery(this.sink, this.limits);
  }

  /** The conversation of that number, where it is still followed. */
  flow(stream: number): Flow | null {
    return this.table.flows.find((flow) => flow.stream === stream) ?? null;
  }

  /** Retransmissions of some conversation cannot be compared with what came first. */
  get historyFull(): boolean {
    return this.delivery.budget.historyFull;
  }

  /** UDP conversations were forgotten, so that numbers of later ones may differ from Wireshark's. */
  get numbersFull(): boolean {
    return this.numbers.forgotten > 0;
  }

  /** What segments and fragments that wait for others take, in bytes of memory. */
  get held(): number {
    return this.delivery.budget.held + this.packets.fragments.held;
  }

  /**
   * Takes one frame. What comes out is valid until the next call of any method; nothing coming out is always the same
   * empty array. Never throws, whatever the frame holds.
   */
  push(frame: Frame): readonly StreamItem[] {
    const counters = this.counters;
    this.sink.begin(frame);
    this.lastFlow = null;
    this.lastDatagrams = -1;
    counters.frames++;
    counters.bytes += frame.end - frame.start;
    counters.wireBytes += frame.wireLength;
    const { packets } = this;
    for (let whole = packets.begin(frame); whole; whole = packets.next()) {
      this.packet(packets.data, packets.frames);
    }
    if (packets.fragmented) {
      this.sink.rank++;
      this.noteFragments();
    }
    if (packets.inFrame === 0) counters.otherFrames++;
    else counters.ipPackets += packets.inFrame;
    if (frame.seconds !== this.lastSecond || this.endings.length > 0) this.elapse(frame.seconds);
    return this.sink.out;
  }

  /** Advances the clock while no frame comes, so that waiting for missing segments ends. */
  tick(seconds: number): readonly StreamItem[] {
    this.sink.clear();
    this.sink.now = Math.max(this.sink.now, seconds);
    this.delivery.settleSeconds = HUSH_SECONDS;
    // The capture's clock may be ahead of this one: what waits is looked at in any case.
    this.watchedAt = Number.NEGATIVE_INFINITY;
    this.elapse(seconds, HUSH_SECONDS);
    this.delivery.settleSeconds = SETTLE_SECONDS;
    return this.sink.out;
  }

  /** The input is at its end: gives away all that is held, and closes every conversation. */
  finish(): readonly StreamItem[] {
    const delivery = this.delivery;
    this.sink.clear();
    const waiting = [...delivery.waiting].sort((a, b) => a.stream - b.stream);
    for (const flow of waiting) {
      this.sink.rank = finishRank("held", flow.stream);
      delivery.flush(flow, "lost");
    }
    this.packets.fragments.finish();
    this.sink.rank = finishRank("fragments", null);
    this.noteFragments();
    // Those without a ledger that nobody follows have nothing to say.
    const known = this.table.flows.filter((flow) => flow.followed || flow.ledger !== null);
    known.sort((a, b) => a.stream - b.stream);
    for (const flow of known) {
      if (!flow.followed) continue;
      this.sink.rank = finishRank("close", flow.stream);
      this.close(flow, "end");
    }
    this.endings = [];
    this.sink.rank = finishRank("unread", null);
    for (const { code, what, count } of this.packets.unreadFrames()) {
      const severity = code === "encrypted-frames" ? "info" : "warning";
      this.noteOfAll(severity, code, `${what} ${count === 1 ? "is" : "are"} not read`);
    }
    for (const flow of known) {
      this.sink.rank = finishRank("over", flow.stream);
      this.over(flow);
    }
    return this.sink.out;
  }

  /** What could not be looked at so far. */
  notRead(): NotRead[] {
    const list = this.packets.notRead();
    const { cutSegments, cutDatagrams } = this.counters;
    if (cutSegments > 0) {
      const what = phrase(cutSegments, "TCP segment", "cut by the snap length");
      list.push({ code: "snaplen", what, count: cutSegments });
    }
    if (cutDatagrams > 0) {
      const what = phrase(cutDatagrams, "UDP datagram", "cut by the snap length");
      list.push({ code: "snaplen", what, count: cutDatagrams });
    }
    return list;
  }

  /** An IP packet whose payload is in `data`, as `this.ip` says. */
  private packet(data: Uint8Array, frames: number | number[]): void {
    const ip = this.ip;
    this.sink.rank++;
    if (ip.protocol === IpProtocol.TCP) {
      if (!decodeTcp(data, ip.offset, ip.end, this.tcp)) {
        this.packets.cutAt(ip.end);
        return;
      }
      this.counters.tcpSegments++;
      this.segment(data, frames, false);
    } else if (ip.protocol === IpProtocol.UDP) {
      this.datagram(data, frames);
    } else if (ip.protocol === IpProtocol.ICMP || ip.protocol === IpProtocol.ICMPV6) {
      this.quoted(data, frames);
    }
  }

  /** A UDP datagram takes a number for its conversation, whatever it is, and comes out where somebody wants it. */
  private datagram(data: Uint8Array, frames: number | number[]): void {
    const { offset, end, length } = this.ip;
    if (offset + UDP_HEADER > end) return;
    const size = udpSize(data, offset);
    if (size < 0) return;
    const source = sourcePort(data, offset);
    const destination = destinationPort(data, offset);
    const stream = this.numbers.of(this.ip, source, destination);
    this.lastDatagrams = stream;
    this.lastFrames = frames;
    const at = offset + UDP_HEADER;
    if (size + UDP_HEADER > length) return;
    const captured = Math.min(end, at + size);
    const { datagrams } = this.limits;
    for (let i = 0; i < datagrams.length; i++) {
      if (!datagrams[i]!.wants(data, at, captured, size, source, destination)) continue;
      const pair = new Pair(IpProtocol.UDP, this.ip, source, destination, false);
      const bytes = data.subarray(at, captured);
      this.limits.witness?.datagram(bytes, this.sink.frame, this.packets.pieces);
      const here = { ipBytes: this.ip.headers + length, frames, rank: this.sink.rank, ...this.sink.here() };
      this.sink.emit({ kind: "datagram", filter: i, pair, stream, bytes, size, ...here });
      return;
    }
    if (captured < at + size && datagrams.some((filter) => filter.mayWant?.(data, at, captured, size))) {
      this.counters.cutDatagrams++;
      if (!this.isElsewhere) this.noteOnce("snaplen", "info", SNAPLEN);
    }
  }

  /** An ICMP error quotes the packet that caused it; what it quotes counts for its conversation's number. */
  private quoted(data: Uint8Array, frames: number | number[]): void {
    const ip = this.ip;
    const network = ip.protocol === IpProtocol.ICMP ? 4 : 6;
    const quoted = quotedPacket(data, ip.offset, ip.end, network);
    if (quoted < 0 || !decodePacket(data, quoted, ip.end, network, ip)) return;
    if (!this.packets.follow()) return;
    if (ip.fragment) return;
    if (ip.protocol === IpProtocol.UDP) this.packets.numberDatagram();
    else if (ip.protocol === IpProtocol.TCP && decodeTcp(data, ip.offset, ip.end, this.tcp))
      this.segment(data, frames, true);
  }

  /** A TCP segment, as `this.ip` and `this.tcp` say. */
  private segment(data: Uint8Array, frames: number | number[], quoted: boolean): void {
    const { ip, tcp } = this;
    const flow = this.conversation();
    this.lastFlow = flow;
    this.lastFrames = frames;
    const direction: Direction = this.table.reversed ? 1 : 0;
    const half = direction === 0 ? flow.half0 : flow.half1;
    if (!half.baseKnown || !(direction === 0 ? flow.half1 : flow.half0).baseKnown)
      this.bases(flow, direction);
    if (quoted) return;
    const frame = this.sink.frame;
    const start = ip.offset + tcp.headerLength;
    // A header that is too short to be one has no payload either.
    const length = tcp.headerLength < TCP_HEADER ? 0 : Math.max(0, ip.length - tcp.headerLength);
    half.packets++;
    half.bytes += length;
    const captured = Math.min(length, Math.max(0, ip.end - start));
    if (captured < length) this.counters.cutSegments++;
    flow.count++;
    flow.lastSeconds = frame.seconds;
    flow.lastNanos = frame.nanos;
    const { ledger } = flow;
    if (ledger !== null) {
      if (!ledger.sure && (ip.version === 6 || this.packets.headerHolds())) ledger.began(direction, tcp);
      ledger.segment(direction, tcp, length, ip.headers + ip.length, frame);
    }
    if ((tcp.flags & (TcpFlag.FIN | TcpFlag.RST)) !== 0) {
      flow.flagged(direction, (tcp.flags & TcpFlag.RST) !== 0);
      if (!flow.followed) flow.change(FLAG);
    }
    if (!flow.followed) {
      flow.chances = CHANCES_DISMISSED;
      return;
    }
    flow.chances = CHANCES_FOLLOWED;
    const a = this.arrival;
    a.sequence = tcp.sequence;
    a.acknowledgment = tcp.acknowledgment;
    a.flags = tcp.flags;
    a.data = data;
    a.start = start;
    a.captured = captured;
    a.length = length;
    a.frames = frames;
    if (captured < length && !flow.foreign) this.noteOnce("snaplen", "info", SNAPLEN);
    this.limits.witness?.segment(flow.stream, direction, a, frame, this.packets.pieces);
    if (this.limits.acknowledgments) receiveAcknowledging(this.delivery, this.sink, flow, direction, a);
    else this.delivery.receive(flow, direction, a);
    if ((tcp.flags & TcpFlag.RST) !== 0) this.reset(flow, direction);
    else if (flow.half0.track.finDone && flow.half1.track.finDone && !flow.closing) this.close(flow, "fin");
  }

  /** Finds the conversation of the segment, or begins it; `table.reversed` then says the direction. */
  private conversation(): Flow {
    const { ip, tcp, table } = this;
    const { sourcePort, destinationPort } = tcp;
    let entry = table.find(ip, sourcePort, destinationPort);
    if (entry >= 0) {
      const flow = table.flows[entry]!;
      // One that goes on after all is a new one, whose beginning was not captured.
      if (!flow.lapsed) {
        if ((tcp.flags & (TcpFlag.SYN | TcpFlag.ACK)) !== TcpFlag.SYN) return flow;
        const half = table.reversed ? flow.half1 : flow.half0;
        // A SYN with another number than the conversation's is a new one; with the same it came twice, unless the
        // conversation is over and the number is only the same again. Whether it is followed makes no difference: numbers of
        // conversations are the same for everybody who reads the capture.
        const over = flow.ended && flow.half0.bytes + flow.half1.bytes > 0;
        if (!half.baseKnown || (half.base === tcp.sequence && !over)) return flow;
        if (flow.followed) this.close(flow, "reuse");
      }
      this.over(flow);
    } else if (table.full) {
      entry = table.victim();
      const flow = table.flows[entry]!;
      if (flow.followed) {
        this.noteOnce(
          "flow-limit",
          "warning",
          `more than ${this.limits.flows} conversations were open at once`,
        );
        this.close(flow, "evicted");
      }
      this.over(flow);
    }
    const { frame } = this.sink;
    // An answer to a SYN comes from the side that was called.
    const swapped = (tcp.flags & (TcpFlag.SYN | TcpFlag.ACK)) === (TcpFlag.SYN | TcpFlag.ACK);
    const { streams } = this.counters;
    this.counters.streams++;
    const flow = new Flow(
      this.limits.givenStreams[streams] ?? streams,
      ip,
      sourcePort,
      destinationPort,
      swapped,
      frame.seconds,
      frame.nanos,
      tcp.sequence,
      this.delivery.budget,
    );
    flow.midstream = (tcp.flags & TcpFlag.SYN) === 0;
    const { division } = this.limits;
    if (division !== null && ownerOf(ip, division.count) !== division.index) {
      flow.foreign = true;
      if (!division.follows) flow.dismiss();
    } else if (this.limits.ledgers) {
      flow.ledger = new TcpLedger(swapped ? 1 : 0, tcp.flags, sourcePort, destinationPort, frame);
    }
    if (entry >= 0) table.replace(entry, flow, ip, sourcePort, destinationPort, swapped);
    else table.add(flow, ip, sourcePort, destinationPort, swapped);
    table.reversed = swapped;
    if (!flow.foreign) this.sink.open(flow);
    return flow;
  }

  /** The numbers that both directions began with, as far as this segment shows. */
  private bases(flow: Flow, direction: Direction): void {
    const tcp = this.tcp;
    const half = flow.half(direction);
    const other = flow.half(direction === 0 ? 1 : 0);
    const syn = (tcp.flags & TcpFlag.SYN) !== 0;
    if (!half.baseKnown) {
      half.baseKnown = true;
      half.base = syn ? tcp.sequence : (tcp.sequence - 1) | 0;
    }
    if (!other.baseKnown && (tcp.flags & (TcpFlag.SYN | TcpFlag.ACK)) !== TcpFlag.SYN) {
      other.baseKnown = true;
      other.base = (tcp.acknowledgment - 1) | 0;
    }
    if (syn) flow.midstream = false;
  }

  /** Nothing more is counted of a conversation. */
  private over(flow: Flow): void {
    if (flow.ledger !== null && !flow.ledger.told) this.sink.over(flow, flow.ledger);
    if (flow.ledger !== null) flow.ledger.told = true;
  }

  /** Those that were closed long enough ago that nothing more of them comes. */
  private leave(): void {
    const { leaving, sink } = this;
    const left = leaving.findIndex(({ time }) => sink.now - time <= LEDGER_SECONDS);
    for (const { flow } of leaving.splice(0, left < 0 ? leaving.length : left)) {
      sink.rank = laterRank(flow.stream);
      this.over(flow);
    }
  }

  private reset(flow: Flow, direction: Direction): void {
    if (flow.closing) return;
    const half = flow.half(direction);
    const distance = (this.tcp.sequence - half.next) | 0;
    if (half.track.offset > 0 && (distance > RESET_WINDOW || distance < -RESET_WINDOW)) return;
    flow.change(RESET);
    this.endings.push({ flow, frames: this.counters.frames, time: this.sink.now });
  }

  private close(flow: Flow, reason: CloseReason): void {
    const delivery = this.delivery;
    delivery.flush(flow, "lost");
    delivery.tail(flow, 0);
    delivery.tail(flow, 1);
    flow.change(reason === "idle" ? LAPSE : END);
    flow.release();
    delivery.waiting.delete(flow);
    this.sink.close(flow, reason);
    if (flow.ledger !== null) this.leaving.push({ flow, frames: 0, time: this.sink.now });
  }

  /** What the passing of time brings about. */
  private elapse(seconds: number, resetSeconds: number = RESET_SECONDS): void {
    const done = this.endings.findIndex(
      (e) => this.counters.frames - e.frames < RESET_FRAMES && this.sink.now - e.time <= resetSeconds,
    );
    const own = this.sink.out.length;
    for (const { flow } of this.endings.splice(0, done < 0 ? this.endings.length : done)) {
      this.sink.rank = laterRank(flow.stream);
      if (flow.followed) this.close(flow, "reset");
    }
    if (seconds !== this.lastSecond) this.another(seconds);
    this.sink.order(own);
  }

  /** Another second begins. */
  private another(seconds: number): void {
    this.lastSecond = seconds;
    if (this.leaving.length > 0) this.leave();
    this.packets.fragments.expire(seconds);
    this.sink.rank = laterRank(null);
    this.noteFragments();
    this.watchAll();
    if (this.limits.idle !== Number.POSITIVE_INFINITY) this.closeIdle(seconds);
  }

  /** Waiting ends with time, which a clock that goes to and fro does not make pass. */
  private watchAll(): void {
    const { delivery, sink } = this;
    if (sink.now === this.watchedAt) return;
    this.watchedAt = sink.now;
    for (const flow of delivery.waiting) {
      sink.rank = laterRank(flow.stream);
      if (flow.dismissed) delivery.waiting.delete(flow);
      else delivery.watch(flow);
    }
  }

  /** Closes conversations that were quiet for too long, looking at a part of all each time. */
  private closeIdle(seconds: number): void {
    const { flows } = this.table;
    for (let n = Math.min(IDLE_SWEEP, flows.length); n > 0; n--) {
      this.sweep = (this.sweep + 1) % flows.length;
      const flow = flows[this.sweep]!;
      if (!flow.followed || seconds - flow.lastSeconds <= this.limits.idle) continue;
      this.sink.rank = laterRank(flow.stream);
      this.close(flow, "idle");
    }
  }

  private noteFragments(): void {
    if (this.isElsewhere) return;
    const { overLimit, expired } = this.packets.fragments;
    if (overLimit > 0) {
      this.noteOnce("fragment-limit", "warning", "too many IP fragments wait for others: some were dropped");
    }
    if (expired > 0) {
      this.noteOnce(
        "fragments-missing",
        "warning",
        "some IP datagrams are incomplete: fragments are missing",
      );
    }
  }

  private noteOnce(code: string, severity: "info" | "warning", message: string): void {
    if (this.noted.has(code)) return;
    this.noted.add(code);
    this.sink.note(null, severity, code, message);
  }

  /** A note that whoever reads the capture could make, of which one is enough. */
  private noteOfAll(severity: "info" | "warning", code: string, message: string): void {
    if (!this.isElsewhere) this.sink.note(null, severity, code, message);
  }

  /** What is of no TCP conversation is another worker's. */
  private get isElsewhere(): boolean {
    const { division } = this.limits;
    return division !== null && division.index > 0;
  }
}
