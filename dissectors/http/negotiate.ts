/**
 * Heads of HTTP/1 requests as far as their security tokens, [RFC 4559] 4: Authorization and Proxy-Authorization.
 *
 * Not handled: answers, whose tokens teach nothing; bodies; HTTP/2; folded header lines.
 */
import type { Reader } from "../wire/reader.js";
import { latin1 } from "../wire/text.js";
import { endOfHead } from "./head.js";

/** A request, as far as it is read. */
export interface HttpRequest {
  /** Bytes of the head and the body, of which the latter need not be there; null where nobody knows. */
  size: number | null;
  /** Those that its headers hold. */
  tokens: Uint8Array[];
}

/**
 * The request that `r` stands before; null where it is none. The end of its head is looked for from `searched` on.
 */
export function readHttpRequest(r: Reader, searched: number): HttpRequest | "need-more" | null {
  const bytes = r.data.subarray(r.offset, r.end);
  // Methods are in capital letters; what a tunnel carries, TLS most often, begins otherwise.
  if (bytes[0]! < 0x41 || bytes[0]! > 0x5a) return null;
  const end = endOfHead(bytes, searched);
  if (end < 0) return "need-more";
  const [request, ...headers] = latin1(bytes.subarray(0, end)).split("\r\n");
  if (!/ HTTP\/1\.\d$/.test(request!)) return null;
  const tokens: Uint8Array[] = [];
  let body: number | null = 0;
  let chunked = false;
  for (const line of headers) {
    const colon = line.indexOf(":");
    const value = line.slice(colon + 1).trim();
    switch (line.slice(0, colon).toLowerCase()) {
      case "authorization":
      case "proxy-authorization": {
        const token = securityToken(value);
        if (token !== null) tokens.push(token);
        break;
      }
      case "content-length":
        body = /^\d{1,15}$/.test(value) ? Number(value) : null;
        break;
      case "transfer-encoding":
        chunked = true;
    }
  }
  return { size: body === null || chunked ? null : end + body, tokens };
}

/** Windows' remote management names the scheme Kerberos as well. */
function securityToken(value: string): Uint8Array | null {
  const [scheme, token] = value.split(/ +/, 2);
  return SCHEMES.includes(scheme!.toLowerCase()) ? base64(token ?? "") : null;
}

const SCHEMES: readonly string[] = ["negotiate", "kerberos"];

/** [RFC 4648] 4: null where it is none. */
function base64(text: string): Uint8Array | null {
  if (text === "" || !/^[A-Za-z0-9+/]+={0,2}$/.test(text)) return null;
  const bytes = new Uint8Array(Math.floor((text.replace(/=+$/, "").length * 3) / 4));
  let held = 0;
  let bits = 0;
  let at = 0;
  for (let i = 0; i < text.length && at < bytes.length; i++) {
    held = ((held << 6) | ALPHABET.indexOf(text[i]!)) & 0xffff;
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    bytes[at++] = held >> bits;
  }
  return bytes;
}

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
