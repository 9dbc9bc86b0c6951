/**
 * The first record of a TLS client: [RFC 8446] 4.1.2 ClientHello in a record of 5.1, with the server's name of
 * [RFC 6066] 3.
 *
 * Not handled: a ClientHello in several records (read as far as the first goes), SSL 2.0, every other extension.
 */
import { WireError } from "../wire/errors.js";
import type { Reader } from "../wire/reader.js";

export interface ClientHello {
  /** legacy_version: 0x0303 for TLS 1.2 and later. */
  version: number;
  /** host_name of the server_name extension, or null. */
  serverName: string | null;
  /** The bytes end before the record does, so that more of them may name the server. */
  cut: boolean;
}

/** [RFC 8446] 5.1: type, version and length. */
const RECORD_HEADER = 5;
const HANDSHAKE = 22;
const CLIENT_HELLO = 1;
const SERVER_NAME = 0;
const HOST_NAME = 0;

/** [RFC 8446] 5.1: a record holds at most 2^14 bytes. */
const MAX_RECORD = 1 << 14;

/** The ClientHello that `r` stands before, or null. The bytes may end before it does. */
export function readClientHello(r: Reader): ClientHello | null {
  r.littleEndian = false;
  const size = r.left;
  let hello: ClientHello | null = null;
  try {
    if (r.u8() !== HANDSHAKE || r.u8() !== 3 || r.u8() > 4) return null;
    const length = r.u16();
    if (length < 42 || length > MAX_RECORD) return null;
    if (r.u8() !== CLIENT_HELLO || r.u8() !== 0) return null;
    if (r.u16() < 38) return null;
    const version = r.u16();
    if (version >>> 8 !== 3) return null;
    hello = { version, serverName: null, cut: size < RECORD_HEADER + length };
    r.skip(32);
    r.skip(r.u8());
    r.skip(r.u16());
    r.skip(r.u8());
    hello.serverName = serverNameOf(r.windowAtMost(r.u16(), "extensions"));
  } catch (e) {
    if (!(e instanceof WireError)) throw e;
  }
  return hello;
}

function serverNameOf(r: Reader): string | null {
  while (r.left >= 4) {
    const type = r.u16();
    const length = r.u16();
    if (type !== SERVER_NAME) {
      r.skip(length);
      continue;
    }
    const body = r.windowAtMost(length, "extension_data");
    body.u16();
    if (body.u8() !== HOST_NAME) return null;
    const name = String.fromCharCode(...body.bytes(Math.min(body.u16(), 255)));
    return /^[\w.-]+$/.test(name) ? name : null;
  }
  return null;
}
