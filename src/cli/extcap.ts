/**
 * Wireshark's extcap interface: https://www.wireshark.org/docs/wsdg_html_chunked/ChCaptureExtcap.html. The interface
 * `raiscope` gives the frames of Remote Assistance offers, as pcapng, with a comment on each frame that closes a call.
 */

import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { chmodSync, createWriteStream, mkdirSync, realpathSync, statSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import type { Writable } from "node:stream";
import { Analyzer } from "../analyzer.js";
import type { EngineName } from "../capture/live/engine.js";
import { listInterfaces } from "../capture/live/interfaces.js";
import { giveUpRoot } from "../capture/live/privilege.js";
import { findProgram } from "../capture/live/program.js";
import { openPipe, StreamCapture } from "../capture/node/stream-capture.js";
import { KeepRai } from "../live/keep-rai.js";
import { callComment } from "../output/comment.js";
import { CommandError, complain, EXIT, notice, systemReason, warn } from "./failure.js";
import { report } from "./inputs.js";
import { accountFor, loadEverything, openEngines, settingsFor } from "./live.js";
import { SignalWatch } from "./live-signals.js";
import { eachEvent, run } from "./pipeline.js";
import { redactionFor, speaker } from "./redaction.js";
import { makeKeyRing } from "./secrets.js";
import { print } from "./stdout.js";
import { Stop } from "./stop.js";
import { version } from "./version.js";

export interface ExtcapOptions {
  install?: boolean;
  folder?: string;
  extcapInterfaces?: boolean;
  extcapVersion?: string | boolean;
  extcapInterface?: string;
  extcapDlts?: boolean;
  extcapConfig?: boolean;
  extcapReloadOption?: string;
  capture?: boolean;
  fifo?: string;
  extcapCaptureFilter?: string;
  device?: string;
  engine?: string;
  password?: string;
  secrets?: string;
  immediate?: string;
  redact?: boolean;
}

const NAME = "raiscope";
const DISPLAY = "Remote Assistance offers";
/** LINKTYPE_ETHERNET: what Wireshark is given beforehand; each frame's own link type is in the stream. */
const ETHERNET = 1;
/** Milliseconds between two handings-over of frames. */
const CHORES = 50;

export async function extcap(options: ExtcapOptions): Promise<number> {
  if (options.install === true) return install(options.folder);
  if (options.extcapInterfaces === true) {
    await print(
      `extcap {version=${version()}}{display=${DISPLAY}}\n` +
        `interface {value=${NAME}}{display=${DISPLAY}}\n`,
    );
    return EXIT.ok;
  }
  if (options.extcapVersion !== undefined && options.extcapInterface === undefined) {
    await print(`extcap {version=${version()}}{display=${DISPLAY}}\n`);
    return EXIT.ok;
  }
  if (options.extcapInterface !== NAME) {
    const what = options.extcapInterface ?? "none was named";
    throw new CommandError(`extcap: unknown interface (${what}): there is only ${NAME}`);
  }
  if (options.extcapDlts === true) {
    await print(`dlt {number=${ETHERNET}}{name=EN10MB}{display=Ethernet, or as captured}\n`);
    return EXIT.ok;
  }
  if (options.extcapConfig === true || options.extcapReloadOption !== undefined) {
    await print(await config(options.extcapReloadOption ?? null));
    return EXIT.ok;
  }
  if (options.capture === true) {
    if (options.fifo === undefined) throw new CommandError("extcap: --capture needs --fifo PIPE");
    return capture(options, options.fifo);
  }
  // Wireshark asks in this way whether a capture filter is right.
  if (options.extcapCaptureFilter !== undefined) return validate(options.extcapCaptureFilter);
  throw new CommandError(
    "extcap: give one of --extcap-interfaces, --extcap-dlts, --extcap-config or --capture",
  );
}

/** Wireshark takes any text on standard output as the fault of the filter. */
async function validate(filter: string): Promise<number> {
  const [{ checkFilter }, { LiveError }] = await Promise.all([
    import("../capture/live/filter.js"),
    import("../capture/live/engine.js"),
  ]);
  try {
    await checkFilter(filter);
  } catch (error) {
    if (!(error instanceof LiveError)) throw error;
    await print(`${error.message}\n`);
  }
  return EXIT.ok;
}

/** The options that Wireshark's dialog shows. `only`: the values of one of them. */
async function config(only: string | null): Promise<string> {
  const args = [
    "{number=0}{call=--device}{display=Capture on}{type=selector}{required=true}{tooltip=The interface of this machine}",
    "{number=1}{call=--password}{display=Password}{type=password}{tooltip=Decrypts the calls of its user}",
    "{number=2}{call=--secrets}{display=Secrets}{type=fileselect}{mustexist=true}{tooltip=A JSON file of secrets}",
    "{number=3}{call=--engine}{display=Engine}{type=selector}{tooltip=What captures}",
    "{number=4}{call=--immediate}{display=At once}{type=boolean}{default=true}{tooltip=Frames come at once, not once a second}",
    "{number=5}{call=--redact}{display=Redact}{type=boolflag}{default=false}{tooltip=Comments without user names and secrets}",
  ];
  const values: string[] = [];
  const usable = (await listInterfaces()).filter((one) => one.up !== false);
  const preferred = usable.find((one) => !one.loopback && one.addresses.length > 0) ?? usable[0];
  for (const one of usable) {
    const about = one.addresses.length === 0 ? one.name : `${one.name} (${one.addresses.join(", ")})`;
    values.push(`{arg=0}{value=${one.name}}{display=${plain(about)}}{default=${one === preferred}}`);
  }
  for (const engine of ["auto", "tcpdump", "dumpcap", "cap"]) {
    values.push(`{arg=3}{value=${engine}}{display=${engine}}{default=${engine === "auto"}}`);
  }
  const shown =
    only === null
      ? values
      : values.filter((value) => value.startsWith(only === "device" ? "{arg=0}" : "{arg=3}"));
  return [
    ...(only === null ? args.map((arg) => `arg ${arg}`) : []),
    ...shown.map((value) => `value ${value}`),
  ]
    .map((line) => `${line}\n`)
    .join("");
}

/** Braces would end a value. */
function plain(text: string): string {
  return text.replace(/[{}\n]/g, " ");
}

/** Wireshark's pipe, or a file, with which authors of such programs try them. Throws CommandError. */
async function openFifo(path: string): Promise<Writable> {
  try {
    if (statSync(path, { throwIfNoEntry: false })?.isFIFO() === true) return await openPipe(path, () => {});
    const stream = createWriteStream(path);
    await once(stream, "open");
    return stream;
  } catch (error) {
    throw new CommandError(`${path}: cannot be written: ${systemReason(error)}`);
  }
}

async function capture(options: ExtcapOptions, fifo: string): Promise<number> {
  // First of all: Wireshark waits for it to be opened, also where nothing can be captured then.
  const pipe = await openFifo(fifo);
  const account = accountFor(undefined);
  loadEverything();
  const given = {
    password: options.password ? [options.password] : undefined,
    secrets: options.secrets ? [options.secrets] : undefined,
  };
  const keys = await makeKeyRing(given);
  const analyzer = new Analyzer({ keys, ids: false, live: true });
  const redaction = await redactionFor(options.redact, analyzer.table);
  const say = speaker(redaction);
  const device = options.device || (await defaultDevice());
  const settings = settingsFor(
    {
      device: [device],
      filter: options.extcapCaptureFilter || undefined,
      immediate: options.immediate !== "false",
    },
    account,
    keys !== null,
  );
  const opened = await openEngines(engineNamed(options.engine), settings);
  const { source } = opened;
  const interfaces = opened.filters.map((filter) => ({ name: device, snaplen: settings.snaplen, filter }));
  const target = new StreamCapture(fifo, pipe, `raiscope ${version()}`, interfaces, () => source.stop());
  if (account !== null) giveUpRoot(account);
  const keep = new KeepRai(analyzer.flows, target, (call) => callComment(redaction.event(call)));
  const watch = new SignalWatch({ end: () => source.stop(), reopen: () => source.stop(), report: () => {} });
  const chores = setInterval(() => {
    keep.tick();
    target.tick();
  }, CHORES);
  source.start(null);
  await run({
    source,
    analyzer,
    sinks: [eachEvent(() => {})],
    filter: () => false,
    redaction,
    stop: new Stop(),
    live: true,
    capturing: true,
    observe(events, frame) {
      if (frame === null) keep.events(events);
      else keep.frame(frame, source.lastSource, events);
    },
    onNote: (note) => report(note, {}, say),
  });
  clearInterval(chores);
  keep.finish();
  await source.close();
  const { received, droppedKernel } = source.counters;
  await target.close(Date.now() / 1000, () => ({ received, dropped: droppedKernel }));
  for (const { message, code } of keep.takeNotes()) warn(message, code, say);
  if (target.dropped > 0) {
    warn(`${target.dropped} frames were dropped: Wireshark did not read them in time`, "frames-let-go", say);
  }
  watch.release();
  if (!source.complete) return EXIT.damaged;
  return EXIT.ok;
}

function engineNamed(name: string | undefined): EngineName | "auto" {
  if (name === undefined || name === "" || name === "auto") return "auto";
  if (name === "tcpdump" || name === "dumpcap" || name === "cap") return name;
  throw new CommandError(`extcap: unknown engine ${name}`);
}

async function defaultDevice(): Promise<string> {
  const usable = (await listInterfaces()).filter((one) => one.up !== false);
  return (usable.find((one) => !one.loopback && one.addresses.length > 0) ?? usable[0])?.name ?? "any";
}

/** The folder of this user where Wireshark has one (4.2 and later), else that of all users, which root may write. */
function wiresharkFolder(): string {
  const tshark = findProgram("tshark") ?? findProgram("wireshark");
  let answer = "";
  try {
    if (tshark !== null) {
      answer = execFileSync(tshark, ["-G", "folders"], {
        encoding: "utf8",
        stdio: ["ignore", "pipe", "ignore"],
      });
    }
  } catch {
    // The usual place will do.
  }
  const named = (title: string): string | undefined =>
    new RegExp(`^${title}:?\\s+(/.*)$`, "mi").exec(answer)?.[1]?.trim();
  return (
    named("Personal Extcap path") ??
    named("(?:Global )?Extcap path") ??
    join(homedir(), ".local", "lib", "wireshark", "extcap")
  );
}

/** Puts a script into Wireshark's folder that runs this program. */
function install(folder: string | undefined): number {
  const into = folder ?? wiresharkFolder();
  const path = join(into, NAME);
  const main = realpathSync(process.argv[1]!);
  const words = [process.execPath, ...process.execArgv, main, "extcap"].map(quoted).join(" ");
  try {
    mkdirSync(into, { recursive: true });
    writeFileSync(path, `#!/bin/sh\nexec ${words} "$@"\n`);
    chmodSync(path, 0o755);
  } catch (error) {
    throw new CommandError(`${path}: cannot be written: ${systemReason(error)}`);
  }
  complain(
    `wrote ${path}; Wireshark shows the interface "${NAME}" after its next start`,
    notice("installed"),
  );
  return EXIT.ok;
}

/** A word of a shell. */
function quoted(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}
