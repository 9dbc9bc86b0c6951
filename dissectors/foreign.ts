/**
 * Protocols that carry DCE/RPC inside messages of their own, or whose payload may hold anything: a TCP conversation that
 * speaks one of them is never searched for PDUs. By the first bytes of a message, as it stands at the start of a segment:
 * SMB behind NetBIOS session headers ([RFC 1002] 4.3, [MS-SMB2] 2.1), TLS records ([RFC 8446] 5.1), HTTP/1 ([RFC 9112]) and
 * HTTP/2 ([RFC 9113] 3.4), and X.224 in TPKT ([RFC 1006] 6).
 *
 * Not handled: anything in these messages. `ncacn_http/1.0`, the banner of RPC over HTTP v1, is not HTTP.
 */

/** What may carry DCE/RPC inside: SMB by its named pipes ([MS-RPCE] 2.1.1.2), and RPC over HTTP ([MS-RPCH]). */
export type Carrier = "smb" | "http";

const SMB_PORTS: readonly number[] = [139, 445];
const RPC_OVER_HTTP = ["RPC_IN_DATA ", "RPC_OUT_DATA ", "RPC_CONNECT "];

/**
 * What a conversation between these ports may carry DCE/RPC in, by the first bytes that were captured of it, or null.
 * `midstream`: they are not its first, so that on SMB's ports the middle of a message is taken for one.
 */
export function carrierOf(
  data: Uint8Array,
  port0: number,
  port1: number,
  midstream: boolean,
): Carrier | null {
  if (isNetbiosSession(data)) return "smb";
  if (SMB_PORTS.includes(port0) || SMB_PORTS.includes(port1)) {
    // A session header may come alone, before the message that it announces.
    if (midstream || (data[0] === 0 && data.length < 8)) return "smb";
  }
  if (data[0] === 0x52) for (const method of RPC_OVER_HTTP) if (startsWith(data, method)) return "http";
  return null;
}

/** Whether a segment that starts with `data` belongs to one of the protocols above. */
export function startsForeign(data: Uint8Array): boolean {
  return isNetbiosSession(data) || isTls(data) || isHttp(data) || isTpkt(data);
}

/** Offset of an SMB signature (`fe`, `fd`, `fc` or `ff` before `SMB`) in `data`, or -1: where messages share a segment. */
export function smbSignatureIn(data: Uint8Array): number {
  for (let at = data.indexOf(0x53, 1); at > 0; at = data.indexOf(0x53, at + 1)) {
    if (data[at + 1] === 0x4d && data[at + 2] === 0x42 && data[at - 1]! >= 0xfc) return at - 1;
  }
  return -1;
}

/** A session message that holds SMB, or one of the session service's own packets. */
function isNetbiosSession(d: Uint8Array): boolean {
  if (d.length < 4) return false;
  if (d[0] === 0x81) return d.length >= 5 && d[1] === 0 && d[2] === 0 && d[3] === 68 && d[4] === 0x20;
  if (d[0] === 0x82 || d[0] === 0x85) return d.length === 4 && d[1] === 0 && d[2] === 0 && d[3] === 0;
  if (isSmb(d, 0)) return true;
  return d[0] === 0 && isSmb(d, 4);
}

function isSmb(d: Uint8Array, at: number): boolean {
  const first = d[at];
  return (
    first !== undefined && first >= 0xfc && d[at + 1] === 0x53 && d[at + 2] === 0x4d && d[at + 3] === 0x42
  );
}

/** Largest fragment of a TLS record, with what protection may add before TLS 1.3 ([RFC 5246] 6.2.3). */
const MAX_TLS_FRAGMENT = 16384 + 2048;

function isTls(d: Uint8Array): boolean {
  if (d.length < 6 || d[0]! < 0x14 || d[0]! > 0x17 || d[1] !== 3 || d[2]! > 4) return false;
  const length = (d[3]! << 8) | d[4]!;
  if (length === 0 || length > MAX_TLS_FRAGMENT) return false;
  switch (d[0]) {
    case 0x14:
      return length === 1 && d[5] === 1;
    case 0x15:
      // In the clear two bytes, the first of them a level; else with at least a tag.
      return length === 2 ? d[5] === 1 || d[5] === 2 : length >= 18 && length <= 64;
    case 0x16:
      // The bytes of an SSL 3.0 record resemble a small integer: its handshake message must fit as well.
      return d[2] !== 0 ? length >= 4 : d.length >= 9 && ((d[7]! << 8) | d[8]!) + 4 <= length && d[6] === 0;
  }
  // Application data of less than a tag do not exist.
  return d[2] !== 0 && length >= 16;
}

const HTTP_REQUESTS = [
  "GET ",
  "POST ",
  "HEAD ",
  "PUT ",
  "DELETE ",
  "OPTIONS ",
  "CONNECT ",
  "TRACE ",
  "PATCH ",
  "PROPFIND ",
  "RDG_IN_DATA ",
  "RDG_OUT_DATA ",
];
const HTTP_STARTS = [...HTTP_REQUESTS, "RPC_IN_DATA ", "RPC_OUT_DATA ", "HTTP/1.", "PRI * HTTP/2.0"];

/** Whether the bytes begin with a request of HTTP/1, other than of RPC over HTTP. */
export function startsHttpRequest(d: Uint8Array): boolean {
  for (const start of HTTP_REQUESTS) if (startsWith(d, start)) return true;
  return false;
}

function isHttp(d: Uint8Array): boolean {
  for (const start of HTTP_STARTS) if (startsWith(d, start)) return true;
  return false;
}

/** A TPKT header whose length is a whole X.224 TPDU's: the TPDU's header fits into it and its code is one of the standard. */
function isTpkt(d: Uint8Array): boolean {
  if (d.length < 7 || d[0] !== 3 || d[1] !== 0) return false;
  const length = (d[2]! << 8) | d[3]!;
  const indicator = d[4]!;
  if (length < 7 || indicator < 2 || indicator > length - 5) return false;
  const code = d[5]!;
  if (code === 0xf0) return indicator === 2 && (d[6]! & 0x7f) === 0;
  return (code === 0xe0 || code === 0xd0 || code === 0x80) && indicator === length - 5;
}

function startsWith(d: Uint8Array, text: string): boolean {
  if (d.length < text.length) return false;
  for (let i = 0; i < text.length; i++) if (d[i] !== text.charCodeAt(i)) return false;
  return true;
}
