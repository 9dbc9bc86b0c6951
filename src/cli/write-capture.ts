/**
 * `-w FILE`: the conversations of what a run shows, as a capture of their own. The inputs are read three times: for their records,
 * for the frames of the conversations that these chose, and to write those.
 */

import { createWriteStream } from "node:fs";
import type { Analyzer } from "../analyzer.js";
import { DEFAULT_MAX_MEMORY } from "../analyzer.js";
import { Frame } from "../capture/frame.js";
import { type Inputs, openInputs } from "../capture/node/open.js";
import { PcapngWriter } from "../capture/node/writer.js";
import type { SecretsBlock } from "../capture/pcapng.js";
import type { Event } from "../events.js";
import { Explainer } from "../explain/explainer.js";
import type { InterfaceTable } from "../interfaces.js";
import { callComment } from "../output/comment.js";
import { counted } from "../output/format.js";
import type { Witness } from "../witness.js";
import { Decryption } from "../write/decryption.js";
import { blank, FrameEdits, type Hide } from "../write/edits.js";
import { Scrubbing } from "../write/scrubbing.js";
import { Selection } from "../write/selection.js";
import { SmbCopy } from "../write/smb-copy.js";
import { CommandError, nameOf } from "./failure.js";
import { FileWriter, openForWriting, openPlace } from "./file-writer.js";
import { framesOf } from "./frames.js";
import type { CommonOptions, RecordOptions } from "./options.js";

import type { EventSink } from "./pipeline.js";
import type { ReadingOptions } from "./reading-options.js";
import { NO_REDACTION, type Redaction, type Say } from "./redaction.js";
import { isStdout } from "./same-file.js";
import type { Stop } from "./stop.js";
import { version } from "./version.js";
import type { WriteOptions } from "./write-options.js";

type Options = WriteOptions & RecordOptions & CommonOptions & ReadingOptions;

/** Frames between two looks whether the other side takes more, and whether the run is to stop. */
const LOOK_EVERY = 256;
/** The parts of all memory that changes to frames, and what is kept to find their places, may take. */
const SHARE = 4;

export class CaptureWriting implements EventSink {
  readonly closed = false;
  readonly #witness: Witness | null;
  readonly #options: Options;
  readonly #path: string;
  readonly #file: FileWriter;
  readonly #selection: Selection;
  readonly #edits: FrameEdits;
  readonly #copy: SmbCopy;
  readonly #decryption: Decryption | null;
  readonly #scrubbing: Scrubbing | null;

  /** `file`: what is written to, where that is not the file of the name `path`. Throws CommandError. */
  constructor(
    path: string,
    options: Options,
    table: InterfaceTable,
    redaction: Redaction,
    file: FileWriter | null = null,
  ) {
    this.#path = path;
    this.#options = options;
    const { status = [], interface: interfaces = [], transport = [] } = options;
    const associations = status.length === 0;
    const offers = associations && interfaces.length === 0 && transport.length === 0;
    this.#selection = new Selection(callComment, { associations, offers });
    const share = Math.floor((options.maxMemory ?? DEFAULT_MAX_MEMORY) / SHARE);
    this.#edits = new FrameEdits(share);
    this.#copy = new SmbCopy(share);
    this.#decryption = options.decrypt === true ? new Decryption(this.#edits, this.#copy, share / 2) : null;
    const explainer = redaction === NO_REDACTION ? null : new Explainer(table, share / 2);
    this.#scrubbing =
      explainer === null
        ? null
        : new Scrubbing(explainer, this.#edits, (tree, call) => redaction.tree(tree, call));
    this.#witness = bothOf(this.#decryption, explainer?.witness ?? null);
    this.#file = file ?? writerOf(path);
  }

  /** What the analyzer of the first reading is given, with another one; null where nobody looks on. */
  witnessBeside(other: Witness | null): Witness | null {
    return bothOf(this.#witness, other);
  }

  /** Frames that are written, as they are known when the conversations are marked. */
  get frames(): number {
    return this.#selection.frames.count;
  }

  /** Nothing stands in the file any more. */
  begin(): void {
    this.#file.begin();
  }

  /** A record as it was made, before redaction, whether it is shown or not. */
  saw(record: Event): void {
    this.#scrubbing?.take(record);
  }

  push(event: Event): void {
    this.#selection.take(event);
  }

  /** Its conversation may be chosen by another record. */
  hidden(event: Event): void {
    if (event.type === "call") this.#selection.describe(event);
  }

  flush(): void {}

  pressure(): null {
    return null;
  }

  /**
   * Reads the inputs again, and writes. `again`: makes an analyzer like that of the first reading, by which conversations get the
   * same numbers.
   */
  async write(
    files: readonly string[],
    again: (inputs: Inputs) => Analyzer,
    redaction: Redaction,
    stop: Stop,
    say: Say,
  ): Promise<void> {
    if (this.#scrubbing?.full === true) {
      throw new CommandError(
        `${nameOf(this.#path)}: what is to be redacted takes more than its share of --max-memory: nothing is written`,
      );
    }
    if (this.#selection.size > 0) await this.#mark(files, again, stop);
    const writer = new PcapngWriter(
      {
        write: (blocks) => {
          this.#file.add(blocks);
          return blocks.length;
        },
      },
      `raiscope ${version()}`,
      files.map((name) => ({ name, snaplen: 0, filter: null })),
    );
    await this.#copyFrames(files, writer, redaction, stop);
    writer.flush();
    await this.#file.finish();
    this.#report(say);
  }

  async #mark(files: readonly string[], again: (inputs: Inputs) => Analyzer, stop: Stop): Promise<void> {
    const inputs = await openInputs(files);
    const analyzer = again(inputs);
    await this.#each(inputs, stop, (frame) => {
      analyzer.push(frame);
      const { lastFlow, lastDatagram } = analyzer.flows;
      if (lastFlow !== null) {
        const { flow, frames } = lastFlow;
        this.#selection.mark({ protocol: "tcp", stream: flow.stream, frames });
      } else if (lastDatagram !== null) this.#selection.mark({ protocol: "udp", ...lastDatagram });
    });
  }

  async #copyFrames(
    files: readonly string[],
    writer: PcapngWriter,
    redaction: Redaction,
    stop: Stop,
  ): Promise<void> {
    let waiting: SecretsBlock[] = [];
    const keep = this.#options.keepSecrets === true;
    const inputs = await openInputs(files, keep ? { secrets: (block) => waiting.push(block) } : {});
    const { frames } = this.#selection;
    await this.#each(inputs, stop, (frame) => {
      for (const block of waiting) writer.secrets(block.type, block.bytes);
      waiting = [];
      if (!frames.has(frame.number)) return;
      const own = frame.copy();
      // The copies are of what was on the wire.
      const copies = [...this.#copy.behind(own, own.data)];
      const hide: Hide = (bytes) => (this.#scrubbing === null ? [] : redaction.places(bytes));
      this.#edits.apply(frame.number, frame.linkType, own.data, hide);
      writer.frame(own, frame.file, this.#selection.commentOf(frame.number));
      for (const copy of copies) {
        blank(frame.linkType, copy.frame.data, hide);
        writer.frame(copy.frame, frame.file, copy.comment);
      }
    });
  }

  async #each(inputs: Inputs, stop: Stop, take: (frame: Frame) => void): Promise<void> {
    const { source } = framesOf(inputs, { ...this.#options, timeFormat: undefined });
    const frame = new Frame();
    const limit = this.#options.limit ?? Number.POSITIVE_INFINITY;
    try {
      for (let count = 1; count <= limit && (await source.next(frame)) && !stop.wanted; count++) {
        take(frame);
        if (count % LOOK_EVERY === 0) await this.#file.pressure();
      }
    } finally {
      await inputs.close();
    }
  }

  #report(say: Say): void {
    const { frames, size, uncommented } = this.#selection;
    const name = nameOf(this.#path);
    const parts = [`${counted(frames.count, "frame")} of ${counted(size, "conversation")}`];
    if (this.#decryption !== null) {
      const opened = this.#decryption.opened + this.#copy.messages;
      parts.push(opened === 0 ? "nothing was decrypted" : `${opened} PDUs and messages in the clear`);
    }
    if (this.#options.quiet !== true)
      say(`${name}: ${parts.join(", ")}`, { severity: "info", code: "written" });
    const lack = (message: string): void =>
      say(`${name}: ${message}`, { severity: "warning", code: "write-limit" });
    if (uncommented > 0) lack(`${uncommented} calls have no comment: there are too many`);
    const sealed = (this.#decryption?.unplaced ?? 0) + this.#copy.dropped;
    if (sealed > 0)
      lack(`${sealed} PDUs and messages stay encrypted: memory was short, or their place is not known`);
  }
}

/** Opens a file to write to. Throws CommandError. */
function writerOf(path: string): FileWriter {
  if (isStdout(path)) return new FileWriter("standard output", process.stdout);
  const opened = openForWriting(path, openPlace);
  return new FileWriter(path, createWriteStream("", { fd: opened.fd }), opened);
}

function bothOf(one: Witness | null, other: Witness | null): Witness | null {
  if (one === null || other === null) return one ?? other;
  return {
    segment: (...of) => {
      one.segment(...of);
      other.segment(...of);
    },
    datagram: (...of) => {
      one.datagram(...of);
      other.datagram(...of);
    },
    smbMessage: (...of) => {
      one.smbMessage(...of);
      other.smbMessage(...of);
    },
    pdu: (...of) => {
      one.pdu(...of);
      other.pdu(...of);
    },
    datagramPdu: (...of) => {
      one.datagramPdu(...of);
      other.datagramPdu(...of);
    },
    joined: (...of) => {
      one.joined(...of);
      other.joined(...of);
    },
    call: (...of) => one.call(...of) + other.call(...of),
    association: (...of) => {
      one.association(...of);
      other.association(...of);
    },
    dropped: (...of) => {
      one.dropped(...of);
      other.dropped(...of);
    },
  };
}
