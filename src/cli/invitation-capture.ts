/** What `raiscope invitation --capture` needs of captures: calls that carry connection strings, and who connected to what. */

import type { Frame } from "../capture/frame.js";
import type { Inputs } from "../capture/node/open.js";
import type { Event } from "../events.js";
import type { ConnectedFlow } from "../invitation/capture-match.js";
import { isEvidence } from "../invitation/match.js";
import { weight } from "../output/conversation.js";
import type { OpenItem } from "../reassembly/items.js";
import { StreamAssembler } from "../reassembly/streams.js";
import { timestamp } from "../time.js";
import type { About } from "./failure.js";
import { makeAnalyzer, withCaptures } from "./inputs.js";
import type { KeyOptions } from "./options.js";
import { type EventSource, eachEvent, run } from "./pipeline.js";
import { type Redaction, speaker } from "./redaction.js";
import { Stop } from "./stop.js";

/** Events and conversations kept of one run, and estimated bytes of memory that the events may take. */
const MAX_KEPT = 100_000;
const MAX_KEPT_BYTES = 64 * 1024 * 1024;

const NOT_ALL_COMPARED: About = { severity: "warning", code: "not-all-compared" };

export interface CaptureScan {
  events: Event[];
  conversations: ConnectedFlow[];
  complete: boolean;
  /** Exit status of the signal that ended the run, or null. */
  stopped: number | null;
}

const NO_LOGS = {
  refused: "who connected to a listener is seen in the capture only; name the capture",
};

/**
 * Reads the captures as one run. `ports`: conversations to other ports are not kept. Throws CommandError where no
 * capture can be used.
 */
export async function scanCaptures(
  names: readonly string[],
  ports: ReadonlySet<number>,
  keys: KeyOptions,
  redaction: Redaction,
): Promise<CaptureScan> {
  return withCaptures(names, null, NO_LOGS, (inputs) => scan(inputs, ports, keys, redaction));
}

async function scan(
  inputs: Inputs,
  ports: ReadonlySet<number>,
  keys: KeyOptions,
  redaction: Redaction,
): Promise<CaptureScan> {
  const analyzer = await makeAnalyzer({ ...keys, idl: [] }, inputs, { ids: false });
  const dialled = new ConnectionWatch(ports, inputs.names.length > 1 ? inputs.names : []);
  const events: Event[] = [];
  let kept = 0;
  let full = false;
  const keep = (event: Event): void => {
    const size = event.type === "call" ? weight(event) : 0;
    if (event.type === "call" && (events.length >= MAX_KEPT || kept + size > MAX_KEPT_BYTES)) {
      full = true;
      return;
    }
    kept += size;
    events.push(event);
  };
  const source: EventSource = {
    push(frame) {
      dialled.push(frame);
      return analyzer.push(frame);
    },
    finish: (end) => analyzer.finish(end),
    tick: (seconds, flush) => analyzer.tick(seconds, flush),
    report: (found) => analyzer.report(found),
  };
  const stop = new Stop().listen();
  const say = speaker(redaction);
  const result = await run({
    source: inputs,
    analyzer: source,
    sinks: [eachEvent(keep)],
    filter: isEvidence,
    // What is matched must be what was sent; what is reported of the events is hidden with the records.
    redaction: {
      ...redaction,
      event(event) {
        redaction.event(event);
        return event;
      },
    },
    stop,
    onNote: (note) => {
      if (note.severity === "error") say(note.message, { severity: "error", code: note.code });
    },
  });
  stop.release();
  if (dialled.full)
    say(
      `the captures hold more conversations to the listeners' ports than are remembered: only the first ${dialled.conversations.length} are compared`,
      NOT_ALL_COMPARED,
    );
  if (full)
    say(
      `the captures hold more connection strings than are kept: only the first ${events.length} calls are compared`,
      NOT_ALL_COMPARED,
    );
  return { events, conversations: dialled.conversations, complete: result.complete, stopped: stop.status };
}

/** TCP conversations with one of the ports at either end, noticed when they are met and dropped at once. */
export class ConnectionWatch {
  readonly conversations: ConnectedFlow[] = [];
  /** There were more conversations than are kept. */
  full = false;
  readonly #streams = new StreamAssembler();
  readonly #ports: ReadonlySet<number>;
  readonly #files: readonly string[];
  readonly #most: number;

  constructor(ports: ReadonlySet<number>, files: readonly string[], most: number = MAX_KEPT) {
    this.#ports = ports;
    this.#files = files;
    this.#most = most;
  }

  push(frame: Frame): void {
    for (const item of this.#streams.push(frame)) if (item.kind === "open") this.#opened(item);
  }

  #opened({ flow, file: index, time }: OpenItem): void {
    const { endpoint0: first, endpoint1: second } = flow;
    // Without a handshake nothing says who connected: the side with the listener's port was called.
    const turned = flow.midstream && !this.#ports.has(second.port);
    const [client, server] = turned ? [second, first] : [first, second];
    if (this.#ports.has(server.port))
      this.#keep(index, { stream: flow.stream, ts: timestamp(time), client, server });
    flow.dismiss();
  }

  #keep(index: number, conversation: Omit<ConnectedFlow, "file">): void {
    if (this.conversations.length >= this.#most) this.full = true;
    else this.conversations.push({ ...conversation, file: this.#files[index] ?? null });
  }
}
