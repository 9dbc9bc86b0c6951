/** A thread that reads a part of the conversations: frames in, batches of operations out. */
import { serialize } from "node:v8";
import { parentPort, workerData } from "node:worker_threads";
import { Frame } from "../../capture/frame.js";
import { openInputs } from "../../capture/node/open.js";
import { FileNames } from "../../file-names.js";
import { Front } from "../../front.js";
import { divide } from "../../memory.js";
import { type Batch, BatchWriter } from "../../shard/batch.js";
import { Marks } from "../../shard/marks.js";
import { AT_END, type Moment } from "../../shard/operations.js";
import { Suspicious } from "../../shard/suspicion.js";
import { makeCollector } from "../collector.js";
import { framesOf } from "../frames.js";
import { interfacesFor } from "../inputs.js";
import type { ReadingOptions } from "../reading-options.js";
import { type FrontMessage, type FrontTask, IN_FLIGHT, SHARED } from "./task.js";

/** Bytes that are worth to be sent. */
const BATCH_BYTES = 256 * 1024;
/** Frames after which is told how far the reading got, although nothing came out. */
const BATCH_FRAMES = 8192;
/** Frames between two looks at what others want, which costs as much as some of the frames. */
const LOOK_EVERY = 64;
/** Bytes of frames between two chances to collect garbage. */
const COLLECT_EVERY = 1 << 18;

export async function runFront(): Promise<void> {
  const task = workerData as FrontTask;
  const port = parentPort!;
  const shared = new Int32Array(task.shared);
  const { index, count } = task;
  const { KeyRing } = task.keys === null ? { KeyRing: null } : await import("../../rpc/security/keyring.js");
  const keys = KeyRing?.from(task.keys!) ?? null;
  const inputs = await openInputs(task.files);
  // Whoever began this has said them.
  inputs.takeNotes();
  const memory = divide(task.maxMemory, task.maxMemory / count);
  const moment: Moment = { frame: 0, rank: 0 };
  const writer = new BatchWriter(moment);
  const front = new Front({
    table: interfacesFor({ idl: [...task.idl], quiet: true }),
    keys,
    memory,
    files: new FileNames(task.files, memory.kinds.places),
    wanted: task.wanted === null ? undefined : new Set(task.wanted),
    offers: task.offers,
    live: false,
    observe: task.observe,
    ids: task.ids,
    witness: null,
    acknowledged: task.acknowledged,
    replays: null,
    division: { index, count, follows: keys !== null },
    suspicious: (run) => new Suspicious(run, new Marks(task.marks, count), index, serialize),
    moment,
    receive: writer.receive,
    limited: { queue: null, offers: null },
    relieved() {},
  });
  const frames = framesOf(inputs, await readingOf(task));
  const { source } = frames;
  const collect = makeCollector(task.maxMemory, count);
  let sent = 0;
  let read = 0;
  let bytes = 0;

  const post = (upTo: number, end: FrontMessage["end"], last: boolean): void => {
    const batch = writer.take(upTo, read, bytes);
    const notes = index === 0 ? source.takeNotes() : [];
    const message: FrontMessage = { batch, notes, end, last };
    port.postMessage(message, buffersOf(batch));
    sent++;
    // Nobody is to be so far ahead that what waits for the others fills the memory.
    for (;;) {
      const usedUp = Atomics.load(shared, SHARED.usedUp(index));
      if (sent - usedUp < IN_FLIGHT) break;
      Atomics.wait(shared, SHARED.usedUp(index), usedUp);
    }
  };

  const frame = new Frame();
  const limit = task.limit ?? Number.POSITIVE_INFINITY;
  let stopAt = Number.POSITIVE_INFINITY;
  let told = 0;
  let collected = 0;
  while (read < limit && read < stopAt) {
    const next = source.next(frame);
    if (!(typeof next === "boolean" ? next : await next)) break;
    read++;
    bytes += frame.end - frame.start;
    front.push(frame);
    if (writer.size > BATCH_BYTES || read - told > BATCH_FRAMES) {
      told = read;
      post(frame.number, null, false);
    }
    if (bytes - collected > COLLECT_EVERY) {
      collected = bytes;
      collect();
    }
    if (read % LOOK_EVERY !== 0) continue;
    Atomics.store(shared, SHARED.read(index), read);
    const wanted = Atomics.load(shared, SHARED.stopAt);
    if (wanted > 0) stopAt = wanted;
  }
  Atomics.store(shared, SHARED.read(index), read);
  const limited = read >= limit;
  const end = { complete: source.complete, limited, skipped: frames.skipped() };
  post(AT_END - 1, end, false);
  for (const _ of front.finish(source.complete, limited ? "limit" : null)) {
    if (writer.size > BATCH_BYTES) post(AT_END - 1, null, false);
  }
  await inputs.close();
  post(AT_END, null, true);
}

/** What is given away with a batch. */
function buffersOf({ codes, lines, taught }: Batch): ArrayBuffer[] {
  return [codes, lines, taught].filter(({ length }) => length > 0).map(({ buffer }) => buffer);
}

async function readingOf({ after, before, filter }: FrontTask): Promise<ReadingOptions> {
  const options: ReadingOptions = {};
  if (after !== null) options.after = after;
  if (before !== null) options.before = before;
  if (filter === null) return options;
  const { packetFilter } = await import("../packet-filter.js");
  return { ...options, packets: packetFilter(filter) };
}
