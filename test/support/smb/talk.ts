/** One SMB connection said message by message, and what its pipes get of it. */

import { type Kind, unlimited } from "../../../src/budget.js";
import type { Note } from "../../../src/events.js";
import type {
  DataProvenance,
  FlowOrigin,
  GapProvenance,
  Protocol,
  Verdict,
} from "../../../src/protocols/protocol.js";
import type { PipeOrigin, SmbTools } from "../../../src/protocols/smb/connection.js";
import { SmbStream } from "../../../src/protocols/smb/smb-stream.js";
import type { Flow } from "../../../src/reassembly/flow.js";
import { Out } from "../../../src/rpc/output.js";
import type { KeyRing } from "../../../src/rpc/security/keyring.js";
import type { Instant } from "../../../src/time.js";
import { concat, Writer } from "../../lab/bytes.js";

const NOW: Instant = { seconds: 1_700_000_000, nanos: 0, digits: 9 };

/** Bytes that begin like a request PDU; its stub is `text`. */
export function like(text: string): Uint8Array {
  const w = new Writer()
    .u8(5)
    .u8(0)
    .u8(0)
    .u8(3)
    .u32(0x10)
    .u16(24 + text.length)
    .u16(0)
    .u32(1);
  return w.u32(text.length).u16(0).u16(0).ascii(text).done();
}

/** The stubs in bytes of such PDUs. */
function stubs(bytes: Uint8Array): string {
  return Buffer.from(bytes)
    .toString("latin1")
    .replaceAll(/\x05\0\0\x03\x10[\0-\xff]{19}/g, "|")
    .replace(/^\|/, "");
}

/** Writes down what a pipe gets, joined as long as it comes from one side. */
class Listener implements Protocol {
  verdict: Verdict = "undecided";
  readonly #log: string[];
  readonly #name: string;
  readonly #refuses: boolean;
  readonly #bytes: Uint8Array[][];

  constructor(name: string, log: string[], refuses: boolean, bytes: Uint8Array[][]) {
    this.#name = name;
    this.#log = log;
    this.#refuses = refuses;
    this.#bytes = bytes;
  }

  data(from: 0 | 1, bytes: Uint8Array, at: DataProvenance): void {
    this.verdict = this.#refuses ? "other" : "mine";
    this.#bytes[from]!.push(bytes.slice());
    this.#log.push(`${this.#name} ${from === 0 ? ">" : "<"} ${stubs(bytes)} @${at.message?.split(":")[1]}`);
  }

  gap(from: 0 | 1, size: number, at: GapProvenance): void {
    this.#log.push(`${this.#name} ${from === 0 ? ">" : "<"} gap ${size} ${at.reason}`);
  }

  close(): void {
    this.#log.push(`${this.#name} close`);
  }

  release(): void {}
}

export interface TalkOptions {
  /** The beginning was not captured. */
  midstream?: boolean;
  /** Pipes find that what they get is not theirs. */
  refuses?: boolean;
  smb?: Kind;
  keys?: KeyRing | null;
}

export class Talk {
  readonly log: string[] = [];
  /** Pipes in the order in which they began. */
  readonly pipes: PipeOrigin[] = [];
  readonly stream: SmbStream;
  readonly #out = new Out();
  readonly #sent = [0, 0];
  readonly #bytes: Uint8Array[][] = [[], []];
  #frame = 0;

  constructor({ midstream = false, refuses = false, smb = unlimited(), keys = null }: TalkOptions = {}) {
    const tools: SmbTools = {
      keys,
      kinds: { smb, partial: unlimited() },
      pipeOver: (pipe) => {
        this.pipes.push(pipe);
        return new Listener(pipe.transport.endpoint.split("\\")[2]!, this.log, refuses, this.#bytes);
      },
      witness: null,
      unread: () => {},
      placeOf: () => ({ stream: 0, communityId: null, file: null }),
    };
    const flow = { stream: 0, midstream } as unknown as Flow;
    const origin: FlowOrigin = { flow, first: { at: NOW, sequence: 0 }, file: 0, again: false };
    this.stream = new SmbStream(origin, !midstream, tools);
  }

  /** Bytes of one side, in segments of that size. */
  say(from: 0 | 1, bytes: Uint8Array, segment = bytes.length): this {
    for (let at = 0; at < bytes.length; at += segment) {
      const part = bytes.subarray(at, at + segment);
      const frame = ++this.#frame;
      const sequence = this.#sent[from]! | 0;
      this.stream.data(from, part, { frame, frames: frame, time: NOW, sequence }, this.#out);
      this.#sent[from]! += part.length;
    }
    return this;
  }

  gap(from: 0 | 1, size: number): this {
    const at: GapProvenance = { frame: this.#frame, time: NOW, reason: "lost" };
    this.stream.gap(from, size, at, this.#out);
    this.#sent[from]! += size;
    return this;
  }

  end(): this {
    this.stream.close({ frame: this.#frame, time: NOW }, this.#out);
    return this;
  }

  /** The stubs that all pipes together got from one side. */
  got(from: 0 | 1): string {
    return stubs(concat(...this.#bytes[from]!));
  }

  /** Codes of the notes so far. */
  get notes(): string[] {
    return this.#notes().map(({ code }) => code);
  }

  /** Their sentences. */
  get messages(): string[] {
    return this.#notes().map(({ message }) => message);
  }

  readonly #taken: Note[] = [];

  #notes(): Note[] {
    for (const item of this.#out.take()) if (item.kind === "note") this.#taken.push(item.note);
    return this.#taken;
  }
}
