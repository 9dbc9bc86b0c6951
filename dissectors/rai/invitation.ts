/**
 * Remote Assistance invitation files (.msrcincident) of both types, and bare connection strings. [MS-RAI] section 6.
 *
 * An invitation is one UPLOADDATA element inside UPLOADINFO. Type 1 (Windows XP) carries connection string 1 in
 * RCTICKET; type 2 (Windows Vista and later) carries connection string 2, encrypted, in LHTICKET, and may carry
 * RCTICKET as well. Elements and attributes beyond those of the specification are passed over.
 *
 * Not handled here: reading files, asking for passwords, the clock.
 */
import { fromHex } from "../wire/bytes.js";
import { WireError } from "../wire/errors.js";
import { hex } from "../wire/guid.js";
import { beginning } from "../wire/text.js";
import { type ConnectionString, parseConnectionString } from "./connection-string.js";
import { AES_BLOCK, type DecryptedTicket, encryptPassStub, openTicket } from "./invitation-crypto.js";
import { decodeInvitationText, type InvitationEncoding } from "./invitation-text.js";
import { decimal, quoted, sentence, withoutSpace } from "./strings.js";
import type { XmlElement } from "./well-formed.js";
import { readXmlBeginning, type XmlBeginning } from "./xml.js";
import { readXmlFile } from "./xml-file.js";

/** What a file says. `error` is a sentence where it could not be read or opened whole; what was read is kept. */
export interface Invitation {
  /** 1 or 2 as [MS-RAI] counts the types; null for a bare connection string. */
  kind: 1 | 2 | null;
  encoding: InvitationEncoding | null;
  username: string | null;
  rcticket: ConnectionString | null;
  /** RCTICKETENCRYPTED: whether a password protects the ticket. */
  rcticket_encrypted: boolean | null;
  /** `bytes`: bytes of the ciphertext; `decrypted`: null where no password was given. */
  lhticket: { bytes: number; decrypted: boolean | null } | null;
  /** The one to use: connection string 2 where it was opened, else the ticket in the clear. */
  connection_string: ConnectionString | null;
  pass_stub: string | null;
  /** Type 1 with a password: what the expert sends, in hex. */
  pass_stub_encrypted: string | null;
  /** DtStart: seconds since 1970-01-01 UTC. */
  start: number | null;
  /** DtLength: minutes. */
  duration: number | null;
  link: "modem" | "high_speed" | null;
  /** Every MUST and structural rule that is broken, those of the connection strings included. */
  violations: string[];
  error: string | null;
}

/** Bytes of one file; real ones have 1 to 6 thousand. */
export const MAX_INVITATION_LENGTH = 4 << 20;
/** Characters of the PassStub, [MS-RAI] note 17. */
const PASS_STUB_LENGTH = 14;
/** The last second of the year 9999, beyond which no date is shown. */
const MAX_TIME = 253402300799;

/** The record of a file that gives nothing but an error. */
export function unreadable(error: string, encoding: InvitationEncoding | null = null): Invitation {
  return {
    kind: null,
    encoding,
    username: null,
    rcticket: null,
    rcticket_encrypted: null,
    lhticket: null,
    connection_string: null,
    pass_stub: null,
    pass_stub_encrypted: null,
    start: null,
    duration: null,
    link: null,
    violations: [],
    error,
  };
}

/**
 * Reads the bytes of an invitation file, or of a file that holds nothing but a connection string. `passwords` are
 * tried in turn. Never throws for what the bytes hold: see `error`.
 */
export function parseInvitation(bytes: Uint8Array, passwords: readonly string[] = []): Invitation {
  if (bytes.length === 0) return unreadable("The file is empty.");
  if (bytes.length > MAX_INVITATION_LENGTH) {
    return unreadable(`The file has more than ${MAX_INVITATION_LENGTH} bytes: it is no invitation.`);
  }
  let encoding: InvitationEncoding | null = null;
  try {
    const decoded = decodeInvitationText(bytes);
    encoding = decoded.encoding;
    const result = parseText(decoded.text.trimStart(), decoded.encoding, passwords);
    if (decoded.cut) result.error ??= `${CUT} it ends in the middle of a character.`;
    return result;
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    return unreadable(capitalised(sentence(error.message)), encoding);
  }
}

function parseText(text: string, encoding: InvitationEncoding, passwords: readonly string[]): Invitation {
  if (!text.startsWith("<")) return bareString(text, encoding);
  const result = unreadable("", encoding);
  result.error = null;
  const { root, tag, missing } = invitationXml(text, result.violations);
  if (missing !== null) result.error = `${CUT} ${missing}.`;
  if (root === null) return result;
  if (root.name === "E") return bareString(text, encoding, missing === null, result.error);
  if (root.name !== "UPLOADINFO") {
    return unreadable(`The root element is <${beginning(root.name, 40)}>: this is no invitation.`, encoding);
  }
  const type = root.attributes.get("TYPE");
  if (type !== "Escalated" && (root !== tag || type !== undefined)) {
    const found = type === undefined ? "missing" : quoted(type);
    result.violations.push(`The TYPE of UPLOADINFO is ${found}; it MUST be "Escalated".`);
  }
  const nodes = root.children.filter((child) => child.name === "UPLOADDATA");
  const data = nodes[0];
  if (data === undefined) {
    return { ...result, error: result.error ?? "UPLOADINFO has no UPLOADDATA: the invitation is empty." };
  }
  if (nodes.length > 1) {
    result.violations.push(`UPLOADINFO has ${nodes.length} UPLOADDATA elements; only the first is read.`);
  }
  readUploadData(data, data !== tag, result, passwords);
  return result;
}

function bareString(
  text: string,
  encoding: InvitationEncoding,
  whole = true,
  cut: string | null = null,
): Invitation {
  const string = parseConnectionString(text, whole);
  if (string.form === null) {
    const why = text.startsWith("<") ? string.violations[0]! : "The text is neither XML nor comma-delimited.";
    return unreadable(`This is neither an invitation nor a connection string. ${why}`, encoding);
  }
  const result = unreadable("", encoding);
  return { ...result, connection_string: string, violations: [...string.violations], error: cut };
}

/** What is said of a file that ends too early. */
const CUT = "The file is cut short:";

/**
 * The document, where need be after mending the two ways in which UPLOADDATA is printed wrong: closed twice (by
 * itself and by a closing tag, as the 2014 revision has it), or never.
 */
function invitationXml(text: string, violations: string[]): XmlBeginning {
  try {
    return readXmlBeginning(text, readXmlFile);
  } catch (error) {
    const mended = text.includes("</UPLOADDATA>")
      ? text.replace(/\/>\s*<\/UPLOADDATA>/, "/>")
      : text.replace("</UPLOADINFO>", "</UPLOADDATA></UPLOADINFO>");
    if (!(error instanceof WireError) || error.kind !== "malformed" || mended === text) throw error;
    let root: XmlElement;
    try {
      root = readXmlFile(mended);
    } catch {
      throw error;
    }
    const what = text.includes("</UPLOADDATA>") ? "is closed twice" : "is never closed";
    violations.push(`The XML is not well-formed: UPLOADDATA ${what}.`);
    return { root, open: new Set(), tag: null, missing: null };
  }
}

/** `whole`: more attributes can not follow. */
function readUploadData(
  data: XmlElement,
  whole: boolean,
  result: Invitation,
  passwords: readonly string[],
): void {
  const { violations } = result;
  const attribute = (name: string): string | null => data.attributes.get(name) ?? null;
  const required = (name: string): string | null => {
    const value = attribute(name);
    if (value === null && whole) violations.push(`UPLOADDATA has no ${name} attribute.`);
    return value;
  };
  const flag = (name: string): boolean | null => {
    const value = required(name)?.trim() ?? null;
    if (value === null || value === "0" || value === "1") return value === null ? null : value === "1";
    violations.push(`${name} is ${quoted(value)} instead of 0 or 1.`);
    return null;
  };
  const number = (name: string, most: number): number | null => {
    const text = required(name)?.trim() ?? null;
    const value = decimal(text);
    if (text === null || (value !== null && value <= most)) return value;
    violations.push(`${name} is ${quoted(text)}, which is no ${name === "DtStart" ? "time" : "duration"}.`);
    return null;
  };

  const lhticket = attribute("LHTICKET");
  const rcticket = attribute("RCTICKET");
  result.kind = lhticket !== null ? 2 : rcticket !== null ? 1 : null;
  result.username = required("USERNAME");
  if (rcticket !== null) {
    result.rcticket = parseConnectionString(rcticket);
    result.connection_string = result.rcticket;
    violations.push(...result.rcticket.violations.map((text) => `RCTICKET: ${text}`));
    if (result.rcticket.form === 2) violations.push("RCTICKET holds connection string 2 instead of 1.");
  }
  if (rcticket !== null || attribute("RCTICKETENCRYPTED") !== null) {
    result.rcticket_encrypted = flag("RCTICKETENCRYPTED");
  }
  result.start = number("DtStart", MAX_TIME);
  result.duration = number("DtLength", MAX_TIME);
  result.pass_stub = attribute("PassStub");
  checkPassStub(result, whole);
  const modem = flag("L");
  result.link = modem === null ? null : modem ? "modem" : "high_speed";

  const wrong = lhticket === null ? null : openLhticket(lhticket, result, passwords);
  result.error ??= wrong;
  if (result.kind === null) {
    result.error ??= "UPLOADDATA has neither RCTICKET nor LHTICKET: there is no connection string.";
  }
  if (result.kind === 1 && passwords[0] !== undefined && result.pass_stub !== null) {
    result.pass_stub_encrypted = hex(encryptPassStub(passwords[0], result.pass_stub));
  }
}

function checkPassStub(result: Invitation, whole: boolean): void {
  const { pass_stub, violations } = result;
  if (pass_stub === null) {
    if (whole && result.rcticket_encrypted === true) violations.push("UPLOADDATA has no PassStub attribute.");
  } else if (
    pass_stub.length !== PASS_STUB_LENGTH &&
    (pass_stub !== "" || result.rcticket_encrypted === true)
  ) {
    violations.push(`PassStub has ${pass_stub.length} characters instead of ${PASS_STUB_LENGTH}.`);
  }
}

/** LHTICKET: hex, whole AES blocks, and with a password the connection string inside. Answers what is wrong, or null. */
function openLhticket(attribute: string, result: Invitation, passwords: readonly string[]): string | null {
  const digits = withoutSpace(attribute);
  result.lhticket = { bytes: digits.length >> 1, decrypted: passwords.length === 0 ? null : false };
  const stray = /[^0-9A-Fa-f]/.exec(digits);
  if (digits === "") return "LHTICKET is empty.";
  if (stray !== null) return `LHTICKET is no hex: ${quoted(stray[0])} at digit ${stray.index + 1}.`;
  if (digits.length % 2 !== 0) {
    return `LHTICKET is no hex: it has an odd number of digits (${digits.length}).`;
  }
  if (digits.length % (2 * AES_BLOCK) !== 0) {
    return (
      `LHTICKET has ${digits.length / 2} bytes, which are no whole blocks of ${AES_BLOCK}: ` +
      "it is damaged or cut short."
    );
  }
  if (passwords.length === 0) return null;
  const opened = bestOf(passwords, fromHex(digits));
  result.lhticket.decrypted = opened.state === "opened";
  if (opened.state === "wrong_password") {
    return "The password does not decrypt LHTICKET: nothing in it is legible (damage to all of it would look the same).";
  }
  if (opened.state === "damaged") return `The password fits, but LHTICKET is damaged: ${damage(opened)}.`;
  const string = parseConnectionString(opened.text);
  if (string.form === null) {
    return `The password fits, but LHTICKET holds no connection string: ${string.violations[0]}`;
  }
  result.connection_string = string;
  result.violations.push(...string.violations.map((text) => `LHTICKET: ${text}`));
  if (string.form === 1) result.violations.push("LHTICKET holds connection string 1 instead of 2.");
  return null;
}

/** The first password that opens the ticket, else the one that comes nearest. */
function bestOf(passwords: readonly string[], ticket: Uint8Array): DecryptedTicket {
  let best: DecryptedTicket = { state: "wrong_password" };
  for (const password of passwords) {
    const opened = openTicket(password, ticket);
    if (opened.state === "opened") return opened;
    if (opened.state === "damaged") best = opened;
  }
  return best;
}

function damage(ticket: Extract<DecryptedTicket, { state: "damaged" }>): string {
  const { blocks, of } = ticket;
  const listed = blocks.slice(0, 4).join(", ") + (blocks.length > 4 ? ", …" : "");
  const noise =
    blocks.length === 0
      ? ""
      : `${blocks.length} of its ${of} blocks ${blocks.length === 1 ? "is" : "are"} not legible (${listed})`;
  const end = ticket.padding ? "its padding is wrong, so that the end is missing or altered" : "";
  return [noise, end].filter((part) => part !== "").join(", and ");
}

function capitalised(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}
