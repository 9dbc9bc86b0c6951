/**
 * Records of TLS, as a token of Schannel is one or several: [RFC 8446] 5.1.
 *
 * Not handled: what is in them (client-hello.ts reads the first).
 */
import type { Reader } from "../wire/reader.js";
import { namesOf } from "../wire/show.js";

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

function readRecord(r: Reader): void {
  r.u8("type", showType);
  r.u16("legacy_record_version", showVersion);
  r.bytes(r.u16("length"), "fragment");
}
