/**
 * What a capture engine is: a child process that opens one interface and writes what it sees to a pipe, as a capture
 * stream that the file readers read. The child holds the privilege; this process never opens an interface.
 */

export type EngineName = "tcpdump" | "dumpcap" | "cap";

export interface LiveSettings {
  /** Names as the system has them, or `any`. */
  interfaces: readonly string[];
  /** A filter as in pcap-filter(7), or null: everything TCP (filter.ts). */
  filter: string | null;
  /** The default filter takes exchanges with a KDC over UDP as well: their tickets open what is sealed. */
  kerberos: boolean;
  /** Bytes kept of a frame. */
  snaplen: number;
  /** Bytes of the kernel's buffer; null: what the engine needs. */
  bufferBytes: number | null;
  promiscuous: boolean;
  /** Frames are handed over at once, not in blocks: sooner, and sooner lost under load. */
  immediate: boolean;
  /** Who the engine's process becomes once the interface is open, where it can and where it is root. */
  user: string | null;
}

/** What an engine counts. `null`: it does not say, or not yet. */
export interface EngineCounters {
  /** Frames that passed the filter, dropped ones included. */
  matched: number | null;
  /** Frames that the kernel had no room for. */
  droppedKernel: number | null;
  /** Frames that the interface or its driver lost. */
  droppedInterface: number | null;
  /** Frames that the engine itself dropped because nobody took them. */
  droppedEngine: number | null;
}

export const NO_COUNTERS: Readonly<EngineCounters> = {
  matched: null,
  droppedKernel: null,
  droppedInterface: null,
  droppedEngine: null,
};

export interface Command {
  file: string;
  args: string[];
  /** Runs under the supervisor (child.ts); otherwise the program itself ends with its standard input. */
  kept: boolean;
}

/** One way to capture. */
export interface Engine {
  readonly name: EngineName;
  /** What its frames are like, in a few words for the user. */
  readonly nature: string;
  /** Who makes the time stamps. */
  readonly timeStamps: "kernel" | "arrival";
  /** What it writes. */
  readonly format: "pcap" | "pcapng";
  /** Seconds that a frame may be under way from the kernel to here. */
  latency(settings: LiveSettings): number;
  /** Its program, or null where there is none; the reason then is `missing`. */
  find(): string | null;
  /** What to do where it is not there: one sentence. */
  readonly missing: string;
  command(program: string, name: string, filter: string, settings: LiveSettings): Command;
  /** Whether a line of its standard error says that it captures now. */
  isReady(line: string): boolean;
  /** Brings counters up to date by one line; true where the line reported some. */
  count(line: string, counters: EngineCounters): boolean;
  /** Whether it reports its counters while it runs, when it is sent SIGUSR1. */
  readonly reports: boolean;
}

export type LiveFault = "permission" | "no-interface" | "filter" | "missing" | "option" | "failed";

/** Why an interface could not be opened: one line, and one that says what to do. */
export class LiveError extends Error {
  readonly fault: LiveFault;
  readonly hint: string | null;

  constructor(fault: LiveFault, message: string, hint: string | null = null) {
    super(message);
    this.name = "LiveError";
    this.fault = fault;
    this.hint = hint;
  }
}
