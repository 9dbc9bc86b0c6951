/**
 * Every field of what SMB sends over TCP, for trees: the packets of the NetBIOS session service, [RFC 1002] 4.3, and the messages in
 * them.
 *
 * Not handled: packets that are not in one piece.
 */
import type { Reader } from "../wire/reader.js";
import { namesOf } from "../wire/show.js";
import { kindOf, SESSION_HEADER_SIZE, sessionLength, sessionPacket } from "./framing.js";
import { readSmb1Fields } from "./smb1-fields.js";
import {
  type ReadToken,
  readCompressionFields,
  readSmb2Messages,
  readTransformFields,
} from "./smb2-fields.js";

const SESSION_REQUEST = 0x81;
const showType = namesOf({
  0: "SESSION MESSAGE",
  [SESSION_REQUEST]: "SESSION REQUEST",
  130: "POSITIVE SESSION RESPONSE",
  131: "NEGATIVE SESSION RESPONSE",
  132: "RETARGET SESSION RESPONSE",
  133: "SESSION KEEPALIVE",
});

/** Whether a session packet with a message of SMB, or one of the session service's own, stands where `r` does, and is there whole. */
export function beginsSessionPacket(r: Reader): boolean {
  if (r.left < SESSION_HEADER_SIZE) return false;
  const { data, offset } = r;
  const packet = sessionPacket(data, offset);
  const size = SESSION_HEADER_SIZE + sessionLength(data, offset);
  if (packet === "unknown" || size > r.left) return false;
  if (packet === "service") return size <= 76;
  return size === SESSION_HEADER_SIZE || kindOf(data, offset + SESSION_HEADER_SIZE) !== null;
}

/** One packet; `r` moves past it. Throws WireError where it is cut. */
export function readSessionPacket(r: Reader, token: ReadToken): void {
  r.littleEndian = false;
  const { data, offset } = r;
  const type = r.u8("TYPE", showType);
  const length = sessionLength(data, offset);
  if (length > 0x1ffff) {
    r.noteAt("LENGTH", offset + 1, offset + SESSION_HEADER_SIZE, length);
    r.skip(3);
  } else {
    r.u8("FLAGS");
    r.u16("LENGTH");
  }
  const body = r.window(length, "LENGTH");
  if (length === 0) return;
  if (type === SESSION_REQUEST) readNames(body);
  else readSmbMessage(body, token);
}

/** A message, or a compound of several, all of `r`. */
export function readSmbMessage(r: Reader, token: ReadToken): void {
  r.littleEndian = true;
  const kind = kindOf(r.data, r.offset);
  if (kind === "smb1") r.part("SMB", readSmb1Fields, token);
  else if (kind === "smb2") readSmb2Messages(r, token);
  else if (kind === "transform") r.part("SMB2 TRANSFORM_HEADER", readTransformFields, undefined);
  else if (kind === "compression")
    r.part("SMB2 COMPRESSION_TRANSFORM_HEADER", readCompressionFields, undefined);
  else r.rest("TRAILER");
}

/** [RFC 1002] 4.3.2: two names, encoded as in [RFC 1001] 14.1. */
function readNames(r: Reader): void {
  for (const name of ["CALLED NAME", "CALLING NAME"]) {
    const start = r.offset;
    let text = "";
    for (let length = r.u8(); length > 0; length = r.u8()) {
      const part = r.bytes(length);
      text += text === "" ? decoded(part) : `.${String.fromCharCode(...part)}`;
    }
    r.note(name, start, text);
  }
  if (r.left > 0) r.rest("undecoded");
}

/** Half a byte a letter, from A on. */
function decoded(part: Uint8Array): string {
  let text = "";
  for (let i = 0; i + 1 < part.length; i += 2) {
    text += String.fromCharCode((((part[i]! - 0x41) & 15) << 4) | ((part[i + 1]! - 0x41) & 15));
  }
  return text.trimEnd();
}
