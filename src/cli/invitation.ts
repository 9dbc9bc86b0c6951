/** What `raiscope invitation FILE...` does: invitation files and bare connection strings in, records or a view out. */

import { open } from "node:fs/promises";
import {
  type Invitation,
  MAX_INVITATION_LENGTH,
  parseInvitation,
  unreadable,
} from "../../dissectors/rai/invitation.js";
import { type InvitationRecord, invitationRecord } from "../invitation/record.js";
import { paintFor, plain } from "../output/paint.js";
import { DEFAULT_COLUMNS } from "../output/printer.js";
import { visible } from "../output/visible.js";
import { askPassword } from "./ask-password.js";
import { diagnostics } from "./diagnostics.js";
import { CommandError, EXIT, nameOf, systemReason } from "./failure.js";
import { helperNames, type KeyOptions } from "./options.js";
import { layoutOf } from "./outputs.js";
import { type Redaction, redactionFor, speaker } from "./redaction.js";
import { INVITATION_FORMATS, type InvitationFormat, type ReportOptions } from "./report-options.js";
import { Reports } from "./reports.js";
import { named, refuseSame } from "./same-file.js";

/** The options of the command; those of keys are for the captures, the passwords for both. */
export interface InvitationOptions extends KeyOptions, ReportOptions<InvitationFormat> {
  /** Seconds since 1970-01-01 UTC. */
  now?: number;
  redact?: boolean;
  capture?: string[];
}

/** A file that was opened, or why it could not be. */
interface ReadFile {
  name: string;
  bytes: Uint8Array | null;
  invitation: Invitation;
}

const INTERRUPTED = 130;

/** The whole command; answers the exit status. */
export async function invitationCommand(
  names: readonly string[],
  options: InvitationOptions,
): Promise<number> {
  const passwords = options.password ?? [];
  const now = options.now ?? Date.now() / 1000;
  const { captures, files } = await sortInputs(names, options.capture ?? []);
  if (files.length === 0)
    throw new CommandError("no invitation file was named", "raiscope invitation FILE...");
  const reports = new Reports(options, INVITATION_FORMATS);
  refuseSame(reports.names, [...named("input", [...files, ...captures]), ...helperNames(options)]);
  const redaction = await redactionFor(options.redact, null);
  const say = speaker(redaction);
  reports.open();
  let interrupted = false;
  const records: InvitationRecord[] = [];
  let opened = 0;
  for (const name of files) {
    const file = await readFile(name, passwords);
    if (file.bytes !== null) opened++;
    if (needsPassword(file) && passwords.length === 0 && canAsk(files)) {
      const password = await askPassword(
        { input: process.stdin, output: process.stderr },
        `Password for ${visible(name)} (Enter for none): `,
      );
      interrupted = password === "interrupted";
      if (interrupted) break;
      if (password !== null) file.invitation = parseInvitation(file.bytes!, [password]);
    }
    records.push(invitationRecord(name, file.invitation, now));
  }
  let scan = { complete: true, stopped: null as number | null };
  if (captures.length > 0 && !interrupted) scan = await addCaptures(records, captures, options, redaction);
  // What one file shows to be a name is hidden in those before it as well.
  for (const record of records) redaction.any(record);
  const shown = records.map((record) => redaction.any(record));
  for (const { file, error } of shown) {
    if (error !== null) say(`${nameOf(file)}: ${error}`, { severity: "error", code: "no-invitation" });
  }
  const failures = await reports.write((format, stdout) => printed(shown, format, now, stdout));
  for (const { message, code } of failures) say(message, { severity: "error", code });
  if (failures.length > 0) return EXIT.failed;
  if (interrupted) return INTERRUPTED;
  if (scan.stopped !== null) return scan.stopped;
  if (opened === 0) return EXIT.failed;
  return scan.complete && records.every((record) => record.error === null) ? EXIT.ok : EXIT.damaged;
}

function canAsk(files: readonly string[]): boolean {
  const terminal = process.stdin.isTTY === true && process.stderr.isTTY === true;
  return terminal && diagnostics.format === "text" && !files.includes("-");
}

/** Whether a password would reveal more. */
function needsPassword({ invitation }: ReadFile): boolean {
  if (invitation.error !== null) return false;
  return invitation.kind === 2 || (invitation.kind === 1 && invitation.rcticket_encrypted === true);
}

/** The bytes of a file, bounded: what is larger is no invitation and is not read to its end. */
async function readFile(name: string, passwords: readonly string[]): Promise<ReadFile> {
  try {
    const bytes = name === "-" ? await readStream(process.stdin) : await readStart(name);
    const invitation = parseInvitation(bytes, passwords);
    const capture = invitation.error === null ? null : await captureKind(bytes);
    return capture === null
      ? { name, bytes, invitation }
      : { name, bytes, invitation: unreadable(notAnInvitation(capture, name)) };
  } catch (error) {
    return { name, bytes: null, invitation: unreadable(`The file cannot be read: ${systemReason(error)}.`) };
  }
}

/** What kind of capture the bytes begin as, or null. Compressed data need be none, but are no invitation either. */
async function captureKind(bytes: Uint8Array): Promise<string | null> {
  if (bytes.length < 4) return null;
  const magic = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0);
  const { isPcap } = await import("../capture/pcap.js");
  if (isPcap(magic)) return "a capture file (pcap)";
  if (magic === 0x0a0d0d0a) return "a capture file (pcapng)";
  if (magic >>> 16 === 0x1f8b) return "a compressed file (gzip), such as a capture";
  return magic === 0x28b52ffd ? "a compressed file (zstd), such as a capture" : null;
}

function notAnInvitation(kind: string, name: string): string {
  return (
    `This is ${kind}, not an invitation. To show the calls in it: raiscope ${name}; ` +
    `to look for an invitation in it: raiscope invitation FILE --capture ${name}`
  );
}

async function readStart(name: string, limit = MAX_INVITATION_LENGTH + 1): Promise<Uint8Array> {
  const handle = await open(name, "r");
  try {
    const chunks: Uint8Array[] = [];
    for (let left = limit; left > 0; ) {
      const chunk = new Uint8Array(Math.min(left, 65536));
      const { bytesRead } = await handle.read(chunk, 0, chunk.length, null);
      if (bytesRead === 0) break;
      chunks.push(chunk.subarray(0, bytesRead));
      left -= bytesRead;
    }
    return Buffer.concat(chunks);
  } finally {
    await handle.close();
  }
}

async function readStream(stream: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of stream) {
    chunks.push(chunk);
    size += chunk.length;
    if (size > MAX_INVITATION_LENGTH) break;
  }
  return Buffer.concat(chunks);
}

/**
 * `--capture` takes every name that follows it. One that begins like an invitation is one: the order of the command
 * line need not be thought about.
 */
async function sortInputs(
  names: readonly string[],
  captures: readonly string[],
): Promise<{ files: string[]; captures: string[] }> {
  const files = [...names];
  const kept: string[] = [];
  for (const name of captures) {
    if (name !== "-" && (await looksLikeInvitation(name))) files.push(name);
    else kept.push(name);
  }
  if (files.includes("-") && kept.includes("-")) {
    throw new CommandError("standard input cannot be both an invitation and a capture");
  }
  return { files, captures: kept };
}

async function looksLikeInvitation(name: string): Promise<boolean> {
  try {
    const start = Buffer.from(await readStart(name, 64)).toString("latin1");
    return /^(\xef\xbb\xbf|\xff\xfe|\xfe\xff)?[\0\s]*(<|\d[\d\0]*,)/.test(start);
  } catch {
    return false;
  }
}

/** Joins every record with the captures. Answers whether they were read whole, and the signal that ended it. */
async function addCaptures(
  records: InvitationRecord[],
  captures: readonly string[],
  options: InvitationOptions,
  redaction: Redaction,
): Promise<{ complete: boolean; stopped: number | null }> {
  const { scanCaptures } = await import("./invitation-capture.js");
  const { listenerPorts, matchInvitation } = await import("../invitation/match.js");
  const scan = await scanCaptures(captures, listenerPorts(records), options, redaction);
  for (const record of records) {
    if (record.error === null || record.connection_string !== null) {
      record.capture = {
        ...matchInvitation(record, scan.events, scan.conversations),
        complete: scan.complete,
      };
    }
  }
  return scan;
}

/** All records in one of the formats. `stdout`: it may be a terminal. */
async function printed(
  records: readonly InvitationRecord[],
  format: InvitationFormat,
  now: number,
  stdout: boolean,
): Promise<string> {
  if (format === "ndjson") return records.map((record) => `${JSON.stringify(record)}\n`).join("");
  if (format === "json") {
    const all = records.map((record) => JSON.stringify(record)).join(",\n");
    return records.length === 0 ? "[]\n" : `[\n${all}\n]\n`;
  }
  const { invitationBlock } = await import("../invitation/view.js");
  const paint = stdout ? paintFor(process.stdout, process.env) : plain;
  const columns = stdout ? layoutOf(process.stdout).columns : DEFAULT_COLUMNS;
  return records
    .filter((record) => record.kind !== null || record.connection_string !== null)
    .map((record) => invitationBlock(record, now, columns, paint))
    .join("\n");
}
