/**
 * What Zeek's conn.log tells of a TCP connection: the states of its ends, the history of what they sent, and how much. Kept only
 * where an export asks, from the first segment on. Sequence numbers are signed 32-bit values; `(a - b) | 0` is their
 * distance.
 *
 * Not handled: checksums, urgent data; a connection that is quiet for minutes and goes on is one here, and two for Zeek.
 */
import { TcpFlag, type TcpResult } from "../../dissectors/tcp.js";
import { isLikelyServer } from "./likely-servers.js";
import type { Direction } from "./when.js";

/** Where an end is. `partial`: it was met in the middle. */
type EndState = "inactive" | "syn_sent" | "syn_ack_sent" | "partial" | "established" | "closed" | "reset";

/** Distances of sequence numbers that are not believed of a SYN, RST or acknowledgment. */
const TOO_FAR = 1_048_576;
/** Seconds after both sides are closed in which what comes still belongs to the connection. */
const CLOSE_DELAY = 5;

/** What is said at most once of each direction. */
const SAID = { syn: 1, fin: 2, rst: 4, data: 8, ack: 16, finRst: 32, multi: 64 } as const;

/** Something that is told the first, tenth, hundredth … time. */
class Scaled {
  #count = 0;
  #next = 1;

  /** Whether it is to be told now. */
  again(): boolean {
    if (++this.#count !== this.#next) return false;
    this.#next *= 10;
    return true;
  }
}

class End {
  state: EndState = "inactive";
  before: EndState = "inactive";
  packets = 0;
  ipBytes = 0;
  /** Where the stream begins, where what was sent and what was acknowledged ends; these beside the beginning as well. */
  start = 0;
  last = 0;
  acked = 0;
  sent = 0;
  confirmed = 0;
  fins = 0;
  closed = false;
  said = 0;
  lastSyn = 0;
  lastFin = 0;
  lastRst = 0;
  readonly retransmitted = new Scaled();
  readonly zeroWindow = new Scaled();
  readonly gaps = new Scaled();

  go(state: EndState): void {
    if (state === this.state) return;
    this.before = this.state;
    this.state = state;
  }

  begin(start: number): void {
    this.start = start;
    this.last = start;
    this.acked = start;
    this.sent = 0;
    this.confirmed = 0;
  }

  sentTo(last: number): void {
    this.sent += (last - this.last) | 0;
    this.last = last;
  }

  /** It began with a handshake, and was not reset. */
  get isClean(): boolean {
    return this.state === "established" || (this.state === "closed" && this.before === "established");
  }

  /** Bytes of the stream by its sequence numbers, without SYN and FIN. */
  size(peer: End): number {
    const unanswered = this.before === "syn_sent" && this.state === "reset" && peer.state === "inactive";
    if (unanswered && this.confirmed === 0) return 0;
    let size = Math.max(this.sent, this.confirmed);
    if (size > 0) size--;
    return this.fins > 0 && size > 0 ? size - 1 : Math.max(0, size);
  }
}

export class TcpLedger {
  /** The end that is taken for the one that began. */
  client: Direction;
  history = "";
  missed = 0;
  /** A protocol on it is known: it is told of when it is over, once. */
  wanted = false;
  told = false;
  /** Both sides are closed, since so many seconds of the capture. */
  overSince: number | null = null;
  readonly #ends = [new End(), new End()] as const;
  readonly #firstSeconds: number;
  readonly #firstNanos: number;
  #lastSeconds: number;
  #lastNanos: number;

  /** Whether the segment that `client` goes by is one that Zeek would look at, or a SYN. */
  sure: boolean;

  /** By the first segment, which `from` sent to `to`. */
  constructor(
    direction: Direction,
    flags: number,
    from: number,
    to: number,
    { seconds, nanos }: { seconds: number; nanos: number },
  ) {
    this.client = direction;
    this.sure = (flags & TcpFlag.SYN) !== 0;
    if (mustFlip(flags, from, to)) this.#flip();
    this.#firstSeconds = seconds;
    this.#firstNanos = nanos;
    this.#lastSeconds = seconds;
    this.#lastNanos = nanos;
  }

  /** Whole microseconds from the first segment to the last that counts. */
  get duration(): number {
    const last = Math.floor(this.#lastNanos / 1_000) - Math.floor(this.#firstNanos / 1_000);
    return Math.max(0, (this.#lastSeconds - this.#firstSeconds) * 1e6 + last);
  }

  /** Zeek's conn_state. */
  get state(): string {
    const o = this.#ends[this.client];
    const r = this.#ends[opposite(this.client)];
    const os = o.state;
    const rs = r.state;
    const oQuiet = os === "inactive" || os === "partial";
    const rQuiet = rs === "inactive" || rs === "partial";
    if (rs === "reset") {
      const unused = os === "reset" && o.size(r) === 0 && r.size(o) === 0;
      if (os === "syn_sent" || os === "syn_ack_sent" || unused) return "REJ";
      return oQuiet ? "RSTRH" : "RSTR";
    }
    if (os === "reset") {
      if (!rQuiet) return "RSTO";
      return /^\^?S[^HAFGIQ]*R/.test(this.history) ? "RSTOS0" : "OTH";
    }
    if (rs === "closed" && os === "closed") return "SF";
    if (os === "closed") return rQuiet ? "SH" : "S2";
    if (rs === "closed") return oQuiet ? "SHR" : "S3";
    if (os === "syn_sent" && rs === "inactive") return "S0";
    return os === "established" && rs === "established" ? "S1" : "OTH";
  }

  /** How much one end sent. */
  side(direction: Direction): { bytes: number; packets: number; ip_bytes: number } {
    const end = this.#ends[direction];
    const bytes = end.size(this.#ends[opposite(direction)]);
    return { bytes, packets: end.packets, ip_bytes: end.ipBytes };
  }

  /** Whether it is over for good at a time. */
  isOver(seconds: number): boolean {
    return this.overSince !== null && seconds - this.overSince > CLOSE_DELAY;
  }

  /**
   * Packets whose header has a wrong checksum are none to Zeek, so that the first segment in a header that holds says who
   * began, where no SYN does.
   */
  began(direction: Direction, { flags, sourcePort, destinationPort }: TcpResult): void {
    if (this.sure) return;
    this.sure = true;
    const flips = mustFlip(flags, sourcePort, destinationPort);
    const client = flips ? opposite(direction) : direction;
    if (client === this.client) return;
    this.client = client;
    const told = this.history.replace("^", "");
    this.history =
      (flips ? "^" : "") + told.replace(/[a-z]/gi, (c) => (c < "a" ? c.toLowerCase() : c.toUpperCase()));
  }

  /** One segment: bytes of its payload and of its IP packet, and when it came. */
  segment(
    direction: Direction,
    { flags, sequence, acknowledgment, window }: TcpResult,
    length: number,
    ipBytes: number,
    { seconds, nanos }: { seconds: number; nanos: number },
  ): void {
    // What comes later would be a connection of its own.
    if (this.isOver(seconds)) return;
    const end = this.#ends[direction];
    const peer = this.#ends[opposite(direction)];
    const syn = (flags & TcpFlag.SYN) !== 0;
    const fin = (flags & TcpFlag.FIN) !== 0;
    const rst = (flags & TcpFlag.RST) !== 0;
    const after = (sequence + (rst ? 0 : length) + (syn ? 1 : 0) + (fin ? 1 : 0)) | 0;
    end.packets++;
    end.ipBytes += ipBytes;
    locate(end, syn, sequence, after);
    this.#tell(direction, end, flags, (sequence - end.start) | 0, length);
    if (window === 0 && !rst && peer.state !== "closed" && end.state !== "reset") {
      if (end.zeroWindow.again()) this.#add(direction, "W");
    }
    if (!this.#ends[0].closed || !this.#ends[1].closed) {
      this.#lastSeconds = seconds;
      this.#lastNanos = nanos;
    }
    if (fin) end.fins++;
    if ((flags & TcpFlag.ACK) !== 0) acknowledge(peer, acknowledgment, rst);
    if (this.#advance(end, after, flags, length)) this.#add(direction, "T");
    this.#change(direction, end, peer, flags, length);
  }

  /** Bytes of a direction will not come. They count where both ends are known to have begun, and none was reset. */
  gap(direction: Direction, size: number): void {
    const end = this.#ends[direction];
    if (size === 0 || !end.isClean || !this.#ends[opposite(direction)].isClean) return;
    this.missed += size;
    if (end.gaps.again()) this.#add(direction, "G");
  }

  #flip(): void {
    this.client = opposite(this.client);
    this.history += "^";
  }

  #add(direction: Direction, code: string): void {
    this.history += direction === this.client ? code : code.toLowerCase();
  }

  /** True where it was told before. */
  #once(direction: Direction, end: End, what: number, code: string): boolean {
    if (this.history === "H" && (code === "A" || code === "D")) {
      // What began with an answer to a SYN, and is no scan after all.
      this.#flip();
      this.history = "^h";
    }
    if ((end.said & what) !== 0) return true;
    end.said |= what;
    this.#add(direction, code);
    return false;
  }

  #tell(direction: Direction, end: End, flags: number, at: number, length: number): void {
    const syn = (flags & TcpFlag.SYN) !== 0;
    const fin = (flags & TcpFlag.FIN) !== 0;
    const rst = (flags & TcpFlag.RST) !== 0;
    if (Number(syn) + Number(fin) + Number(rst) > 1) {
      if (fin && rst) this.#once(direction, end, SAID.finRst, "I");
      else this.#once(direction, end, SAID.multi, "Q");
    } else if (syn) {
      const code = (flags & TcpFlag.ACK) !== 0 ? "H" : "S";
      if (this.#once(direction, end, SAID.syn, code) && at !== end.lastSyn) this.#add(direction, code);
      end.lastSyn = at;
    } else if (fin) {
      if (this.#once(direction, end, SAID.fin, "F") && at + length !== end.lastFin) this.#add(direction, "F");
      end.lastFin = at + length;
    } else if (rst) {
      if (this.#once(direction, end, SAID.rst, "R") && at !== end.lastRst) this.#add(direction, "R");
      end.lastRst = at;
    } else if (length > 0) this.#once(direction, end, SAID.data, "D");
    else if ((flags & TcpFlag.ACK) !== 0) this.#once(direction, end, SAID.ack, "A");
  }

  /** Where what was sent ends now; true where bytes came again, to be told. */
  #advance(end: End, after: number, flags: number, length: number): boolean {
    const ahead = (after - end.last) | 0;
    const far = ahead > TOO_FAR || ahead < -TOO_FAR;
    if (far && (flags & (TcpFlag.SYN | TcpFlag.RST)) !== 0) return false;
    if ((flags & TcpFlag.FIN) !== 0 && end.last === ((end.start + 1) | 0)) end.sentTo(after);
    else if (end.state === "reset") return false;
    else if (ahead > 0) end.sentTo(after);
    else if (length > 0) return end.retransmitted.again();
    return false;
  }

  #change(direction: Direction, end: End, peer: End, flags: number, length: number): void {
    const fin = (flags & TcpFlag.FIN) !== 0;
    const rst = (flags & TcpFlag.RST) !== 0;
    let closes = fin || rst;
    switch (end.state) {
      case "inactive":
        this.#begin(direction === this.client, end, peer, flags, length);
        break;
      case "syn_sent":
      case "syn_ack_sent":
        if (fin) end.go("closed");
        if (rst) end.go("reset");
        break;
      case "established":
      case "partial":
        if ((flags & (TcpFlag.SYN | TcpFlag.ACK)) === TcpFlag.SYN) {
          if (end.state === "partial" && peer.state === "inactive") end.go("syn_sent");
        }
        if (fin && !rst) {
          end.go("closed");
          // A FIN before its RST: it ended in order.
          if (peer.state === "reset" && peer.before === "closed") peer.go("closed");
        }
        if (rst) end.go("reset");
        break;
      case "closed":
        closes = rst && peer.state !== "closed";
        if (closes) end.go("reset");
        break;
      case "reset":
        closes = false;
    }
    if (!closes || end.closed) return;
    end.closed = true;
    if (end.state === "reset" || peer.closed || peer.state === "inactive") this.overSince = this.#lastSeconds;
  }

  /** The first segment of an end. */
  #begin(client: boolean, end: End, peer: End, flags: number, length: number): void {
    const acks = (flags & TcpFlag.ACK) !== 0;
    if ((flags & TcpFlag.SYN) !== 0) {
      if (client) end.go(acks ? "syn_ack_sent" : "syn_sent");
      else {
        if (!acks && peer.state === "syn_ack_sent") {
          // SYN and its answer were captured the wrong way round.
          this.#flip();
          peer.go("established");
        }
        if (peer.state === "syn_sent") peer.go("established");
        end.go("established");
      }
    }
    if ((flags & TcpFlag.FIN) !== 0) end.go("closed");
    if ((flags & TcpFlag.RST) !== 0) end.go("reset");
    if (end.state !== "inactive") return;
    // Some acknowledge a SYN before they answer it.
    if (!client && length === 0 && peer.state === "syn_sent") return;
    end.go(acks && peer.state === "established" ? "established" : "partial");
  }
}

/** Whether the receiver of a first segment is taken for the one that began. */
function mustFlip(flags: number, from: number, to: number): boolean {
  const syn = (flags & TcpFlag.SYN) !== 0;
  if ((syn && (flags & TcpFlag.ACK) === 0) || !isLikelyServer("tcp", from)) return false;
  return !isLikelyServer("tcp", to) || (!syn && from < to);
}

function opposite(direction: Direction): Direction {
  return direction === 0 ? 1 : 0;
}

function locate(end: End, syn: boolean, sequence: number, after: number): void {
  if (end.state === "inactive") {
    end.begin(syn ? sequence : (sequence - 1) | 0);
    // A first segment is no retransmission.
    end.sentTo(syn ? after : sequence);
    return;
  }
  if (!syn || end.state === "closed") return;
  if (end.state === "reset" ? end.before === "inactive" : sequence !== end.start || end.state === "partial") {
    end.begin(sequence);
    end.sentTo(after);
  }
}

/** `end` is whose bytes are acknowledged. */
function acknowledge(end: End, acknowledgment: number, rst: boolean): void {
  if (end.state === "inactive") {
    end.begin((acknowledgment - 1) | 0);
    return;
  }
  const more = (acknowledgment - end.acked) | 0;
  if (rst || ((acknowledgment - end.start) | 0) < 0 || more <= 0) return;
  if (acknowledgment === 0 && more > TOO_FAR) return;
  end.confirmed += more;
  end.acked = acknowledgment;
}
