/**
 * What is spoken on a connection to a Remote Assistance listener, by the first bytes of each side: RDP begins with an
 * X.224 Connection Request ([MS-RDPBCGR] 1.3.1.1), a WebSocket with an HTTP request ([RFC 6455] 1.3) or, sealed, with a
 * TLS ClientHello.
 *
 * Not handled: what follows the beginning.
 */
import { Reader } from "../wire/reader.js";
import { readClientHello } from "./client-hello.js";
import { rdpFailureName, rdpProtocolNames, readX224Connection, type X224Connection } from "./x224.js";

export type ListenerProtocol = "rdp" | "x224" | "tls" | "websocket" | "http";

export interface Recognised {
  protocol: ListenerProtocol;
  /** How it is known, as a phrase. */
  how: string;
  /** The answering side's first bytes would say more. */
  open: boolean;
}

/** Bytes of the client worth having: a ClientHello with the keys of several groups is the longest. */
export const CLIENT_BYTES = 2048;
/** Bytes of an HTTP request's head that are looked at. */
const HTTP_BYTES = 1024;
/** Bytes of the server worth having: a Connection Confirm. */
export const SERVER_BYTES = 32;

/** [T123] 8: version, a reserved byte, and the length of the packet in two. */
const TPKT_VERSION = 3;
const TPKT_SIZE = 4;
/** [X224] 13.3: behind the length indicator, and bytes up to there. */
const CONNECTION_REQUEST = 0xe0;
const CONNECTION_REQUEST_SEEN = 6;
/** [RFC 8446] 5.1: type and major version of a handshake record, and bytes of it that are enough to know a ClientHello. */
const TLS_HANDSHAKE = 22;
const TLS_MAJOR = 3;
const CLIENT_HELLO_SEEN = 11;

/** The first letters of the methods. */
const HTTP_LETTERS: readonly number[] = [0x47, 0x50, 0x48, 0x4f, 0x43, 0x52];
const HTTP_REQUEST =
  /^(GET|POST|HEAD|OPTIONS|CONNECT|RDG_IN_DATA|RDG_OUT_DATA|RPC_IN_DATA|RPC_OUT_DATA) \S+ HTTP\/1\.[01]\r\n/;

/** `client` and `server`: the first bytes of each side, of which either may be empty. Null: nothing that is known here. */
export function recognise(client: Uint8Array, server: Uint8Array): Recognised | null {
  const first = client[0];
  const request = first === TPKT_VERSION ? readX224Connection(new Reader(client)) : null;
  if (request !== null && request.kind === "request")
    return x224(request, readX224Connection(new Reader(server)), server);
  const hello = first === TLS_HANDSHAKE ? readClientHello(new Reader(client)) : null;
  if (hello !== null) {
    const name = hello.serverName === null ? "" : ` for ${hello.serverName}`;
    return { protocol: "tls", how: `a TLS ClientHello${name}`, open: hello.serverName === null && hello.cut };
  }
  if (first === undefined || !HTTP_LETTERS.includes(first)) return null;
  const text = latin1(client);
  if (HTTP_REQUEST.test(text)) {
    const upgrade = /\r\nupgrade:[ \t]*websocket[ \t]*\r\n/i.test(text);
    return upgrade
      ? { protocol: "websocket", how: "an HTTP request to upgrade to WebSocket", open: false }
      : {
          protocol: "http",
          how: "an HTTP request",
          open: text.length < HTTP_BYTES && !text.includes("\r\n\r\n"),
        };
  }
  return null;
}

/** Whether a connection that begins with these bytes may be RDP: a TPKT header, and as much as is there of a Connection Request. */
export function beginsRdp(bytes: Uint8Array): boolean {
  if (bytes[0] !== TPKT_VERSION || (bytes[1] ?? 0) !== 0) return false;
  return bytes.length < CONNECTION_REQUEST_SEEN
    ? bytes.length >= TPKT_SIZE
    : bytes[5]! === CONNECTION_REQUEST;
}

/** Whether `client` is the beginning of an X.224 packet or a TLS record of which more would have to be seen. */
export function mayBegin(client: Uint8Array): boolean {
  if (client[0] === TPKT_VERSION && (client[1] ?? 0) === 0) {
    return client.length < TPKT_SIZE || client.length < ((client[2]! << 8) | client[3]!);
  }
  return (
    client[0] === TLS_HANDSHAKE && (client[1] ?? TLS_MAJOR) === TLS_MAJOR && client.length < CLIENT_HELLO_SEEN
  );
}

function x224(request: X224Connection, answer: X224Connection | null, server: Uint8Array): Recognised {
  const { negotiation } = request;
  const asked =
    negotiation?.kind === "request"
      ? `, which asks for ${rdpProtocolNames(negotiation.protocols).join(" or ")}`
      : "";
  const how = `an X.224 Connection Request${asked}`;
  // Without a negotiation or a cookie, the parameters of other ISO protocols distinguish them from RDP.
  const rdp = negotiation !== null || request.cookie !== null || request.parameters.length === 0;
  return {
    protocol: rdp ? "rdp" : "x224",
    how: answer?.kind === "confirm" ? `${how}, confirmed${answered(answer)}` : how,
    open: server.length === 0,
  };
}

function answered({ negotiation }: X224Connection): string {
  if (negotiation?.kind === "response") return ` with ${rdpProtocolNames(negotiation.protocols).join(", ")}`;
  if (negotiation?.kind === "failure") {
    return ` with the failure ${rdpFailureName(negotiation.code) ?? negotiation.code}`;
  }
  return "";
}

function latin1(bytes: Uint8Array): string {
  let text = "";
  for (let i = 0; i < bytes.length && i < HTTP_BYTES; i++) text += String.fromCharCode(bytes[i]!);
  return text;
}
