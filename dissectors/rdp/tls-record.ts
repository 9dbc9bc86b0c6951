/**
 * Records of TLS, as a token of Schannel is one or several: [RFC 8446] 5.1.
 *
 * Not handled: what is in them (client-hello.ts reads the first).
 */
import type { Reader } from "../wire/reader.js";
import { namesOf } from "../wire/show.js";

/** Type, version and length. */
const HEADER = 5;
const showType = namesOf({
  20: "change_cipher_spec",
  21: "alert",
  22: "handshake",
  23: "application_data",
});
const showVersion = namesOf({
  768: "SSL 3.0",
  769: "TLS 1.0",
  770: "TLS 1.1",
  771: "TLS 1.2",
  772: "TLS 1.3",
});

/** All of `r`. Throws WireError where one is cut. */
export function readTlsRecords(r: Reader): void {
  r.littleEndian = false;
  while (r.left > 0) r.part("TLSPlaintext", readRecord, undefined);
}

/** Bytes of the record that stands where `r` does; 0 where none does, or not all of it is there. */
export function tlsRecordSize(r: Reader): number {
  const type = r.peek();
  if (r.left < HEADER || type < 20 || type > 23 || r.peek(1) !== 3 || r.peek(2) > 4) return 0;
  const size = HEADER + r.peek(3) * 256 + r.peek(4);
  return size > HEADER && size <= r.left ? size : 0;
}

function readRecord(r: Reader): void {
  r.u8("type", showType);
  r.u16("legacy_record_version", showVersion);
  r.bytes(r.u16("length"), "fragment");
}
