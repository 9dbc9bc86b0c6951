/** The human view of invitation files: what the novice offers, until when, from where, and how well it is kept. */
import type { ConnectionString, Endpoint } from "../events.js";
import { connectionString } from "../output/call-block.js";
import { Lines } from "../output/lines.js";
import type { Paint, Style } from "../output/paint.js";
import type { CaptureMatch } from "./capture-match.js";
import { type AddressClass, teredoParts } from "./host-class.js";
import type { InvitationRecord, ListenerRecord } from "./record.js";

const LABEL_COLUMNS = 12;

const KINDS: { [kind: string]: string } = {
  1: "invitation of type 1 (Windows XP, Server 2003)",
  2: "invitation of type 2 (Windows Vista and later)",
};

const CLASSES: { [name in AddressClass]: string } = {
  loopback: "loopback",
  link_local: "link-local",
  private: "private",
  teredo: "Teredo",
  public: "public",
  unspecified: "unspecified",
  multicast: "multicast",
  name: "computer name",
};

/** The block of one file, ending in a line end. `now`: seconds since 1970-01-01 UTC. */
export function invitationBlock(
  record: InvitationRecord,
  now: number,
  columns: number,
  paint: Paint,
): string {
  const lines = new Lines(columns, paint);
  const field = (label: string, value: string, style: Style | null = null): void => {
    lines.field(2, label, value, LABEL_COLUMNS, style);
  };
  lines.line(0, ["title", record.file]);
  if (record.error !== null) lines.paragraph(2, `error: ${record.error}`, "bad", 4);
  const kind = record.kind === null ? kindless(record) : KINDS[record.kind]!;
  field("kind", record.encoding === null ? kind : `${kind}, in ${record.encoding.toUpperCase()}`);
  if (record.kind !== null) {
    field("novice", record.username ?? "(missing)", "name");
    field("created", timeText(record.created));
    field("expires", expiry(record, now), record.expired === true ? "warn" : null);
    field("link", linkText(record.link));
    for (const line of encryption(record)) field("encryption", line);
    if (record.pass_stub !== null) field("PassStub", record.pass_stub);
    if (record.pass_stub_encrypted !== null) {
      field("", `the expert sends (RC4 under MD5 of the password): ${record.pass_stub_encrypted}`);
    }
  }
  for (const listener of record.listeners) field("listener", listenerText(listener), listenerStyle(listener));
  strings(lines, record);
  for (const sentence of record.violations) lines.paragraph(2, `violates: ${sentence}`, "warn", 4);
  if (record.capture !== undefined) capture(lines, record.capture);
  return lines.take();
}

function kindless(record: InvitationRecord): string {
  const form = record.connection_string?.form ?? null;
  return form === null ? "unknown" : `connection string ${form}, without an invitation around it`;
}

function timeText(time: string | null): string {
  return time === null ? "(unknown)" : time.replace("T", " ").replace("Z", " UTC");
}

function linkText(link: InvitationRecord["link"]): string {
  if (link === null) return "(unknown)";
  return link === "modem" ? "modem" : "high speed";
}

function expiry(record: InvitationRecord, now: number): string {
  if (record.expires === null) return "(unknown)";
  const left = Date.parse(record.expires) / 1000 - now;
  const distance = span(Math.abs(left));
  const state = record.expired ? `EXPIRED ${distance} ago` : `valid for another ${distance}`;
  return `${timeText(record.expires)} (${span((record.duration_minutes ?? 0) * 60)} after creation): ${state}`;
}

/** A length of time in its two largest units. */
function span(seconds: number): string {
  const units: [string, number][] = [
    ["day", 86400],
    ["hour", 3600],
    ["minute", 60],
    ["second", 1],
  ];
  const shown: string[] = [];
  let rest = Math.round(seconds);
  for (const [name, size] of units) {
    const count = Math.floor(rest / size);
    rest -= count * size;
    if (count > 0 && shown.length < 2) shown.push(`${count} ${name}${count === 1 ? "" : "s"}`);
  }
  return shown.length === 0 ? "0 seconds" : shown.join(" ");
}

/** What is encrypted, how, and whether it was opened. */
function encryption(record: InvitationRecord): string[] {
  const said: string[] = [];
  const { lhticket } = record;
  if (lhticket !== null) {
    const state =
      lhticket.decrypted === null
        ? "not decrypted (no password given)"
        : lhticket.decrypted
          ? "decrypted with the password"
          : "not opened";
    said.push(
      `LHTICKET: ${lhticket.bytes} bytes, AES-128-CBC, key derived from SHA-1 of the password: ${state}`,
    );
  }
  if (record.rcticket !== null) {
    const legible = record.rcticket.form !== null;
    const flag = record.rcticket_encrypted;
    const claim =
      flag === null
        ? "it does not say whether a password protects it"
        : flag
          ? "a password protects it (RCTICKETENCRYPTED=1): the expert must send the encrypted PassStub"
          : "no password protects it (RCTICKETENCRYPTED=0)";
    said.push(`RCTICKET: ${legible ? "in clear text" : "not legible"}; ${claim}`);
  }
  return said;
}

function hostPort(host: string, port: number | null): string {
  const shown = host.includes(":") && !host.startsWith("[") ? `[${host}]` : host;
  return port === null ? shown : `${shown}:${port}`;
}

function listenerText(listener: ListenerRecord): string {
  const place =
    listener.uri === null ? hostPort(listener.host, listener.port) : `${listener.uri} (${listener.host})`;
  const teredo = listener.class === "teredo" ? teredoParts(listener.host) : null;
  const tunnel =
    teredo === null ? "" : `: behind ${teredo.client} port ${teredo.port}, by the server ${teredo.server}`;
  return `${place}  ${CLASSES[listener.class]}${tunnel}`;
}

function listenerStyle(listener: ListenerRecord): Style | null {
  return listener.class === "public" || listener.class === "teredo" ? "warn" : null;
}

/** Both tickets, the one to use first. Their violations are among the record's. */
function strings(lines: Lines, record: InvitationRecord): void {
  const show = (string: ConnectionString): void => {
    connectionString(lines, { ...string, violations: [] }, 2, false, true);
  };
  const { connection_string: used, rcticket } = record;
  if (used !== null) show(used);
  if (rcticket !== null && rcticket.raw !== used?.raw) show(rcticket);
}

function capture(lines: Lines, match: CaptureMatch): void {
  const side = ({ address, port }: Endpoint): string => hostPort(address, port);
  const place = ({ file }: { file: string | null }): string => (file === null ? "" : ` in ${file}`);
  for (const issued of match.issued) {
    const what =
      issued.match === "ticket"
        ? "this ticket was issued"
        : "a ticket with one of these listeners was issued";
    lines.paragraph(
      2,
      `capture: ${what} at ${issued.ts} by ${side(issued.server)} to ${side(issued.client)} ` +
        `(stream ${issued.stream}, call ${issued.call_id}${place(issued)})`,
      "bad",
      4,
    );
  }
  for (const dialled of match.dialled) {
    lines.paragraph(
      2,
      `capture: the listener ${hostPort(dialled.listener, dialled.server.port)} was connected to at ${dialled.ts} from ` +
        `${side(dialled.client)} (stream ${dialled.stream}${place(dialled)})`,
      "bad",
      4,
    );
  }
  if (match.issued.length === 0 && match.dialled.length === 0) {
    lines.line(2, "capture: the ticket was not seen issued, and no connection to a listener was seen");
  }
  if (match.sealed > 0) {
    const calls =
      match.sealed === 1 ? "one Remote Assistance call is" : `${match.sealed} Remote Assistance calls are`;
    lines.line(2, ["warn", `capture: ${calls} encrypted: what was issued is not known`]);
  }
  if (!match.complete) lines.line(2, ["warn", "capture: not all of it was read; more may have happened"]);
}
