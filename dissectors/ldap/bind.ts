/**
 * Requests of LDAP as far as their binds: LDAPMessage and BindRequest with SASL credentials, [RFC 4511] 4.1.1 and 4.2, which
 * hold a token of the GSS-API ([RFC 4752]) or SPNEGO ([MS-ADTS] 5.1.1.1.2).
 *
 * Not handled: everything else of LDAP; answers; what is signed or encrypted after a bind.
 */
import {
  children,
  derApplication,
  derBytes,
  derContext,
  derText,
  integer,
  readTlv,
  type Tlv,
  within,
} from "../wire/der.js";
import { WireError } from "../wire/errors.js";
import type { Reader } from "../wire/reader.js";

/** A request, as far as it is read. */
export interface LdapRequest {
  /** Bytes of the message, of which not all need be there. */
  size: number;
  /** The credentials of a bind with SASL. */
  tokens: Uint8Array[];
}

const SEQUENCE = 0x30;
const INTEGER = 0x02;
const BIND_REQUEST = derApplication(0);
const UNBIND_REQUEST = 0x42;
/** The protocolOps of clients: bind, unbind, search, modify, add, delete, modify DN, compare, abandon, extended. */
const REQUESTS: readonly number[] = [
  BIND_REQUEST,
  UNBIND_REQUEST,
  0x63,
  0x66,
  0x68,
  0x4a,
  0x6c,
  0x6e,
  0x50,
  0x77,
];
const SASL = derContext(3);
/** A password, [0] and primitive. */
const SIMPLE = 0x80;
/** Bytes that always tell a request from what is none: tag, length, message id, tag of the operation. */
const HEADER = 5 + 1 + 6 + 1;

/** Whether the bytes begin with a request of LDAP. */
export function beginsLdap(bytes: Uint8Array): boolean {
  return operationAt(bytes) > 0;
}

/** The request that `r` stands before; null where nothing more can follow. Only a bind must be whole. */
export function readLdapRequest(r: Reader): LdapRequest | "need-more" | null {
  const bytes = r.data.subarray(r.offset, r.end);
  const at = operationAt(bytes);
  if (at < 0) return bytes.length < HEADER && (bytes[0] ?? SEQUENCE) === SEQUENCE ? "need-more" : null;
  if (bytes[at] === UNBIND_REQUEST) return null;
  const size = sizeOf(bytes);
  if (bytes[at] !== BIND_REQUEST) return { size, tokens: [] };
  if (bytes.length < size) return "need-more";
  const credentials = saslCredentials(r.window(size, "LDAPMessage"), at);
  return { size, tokens: credentials === null ? [] : [credentials] };
}

/** Where the protocolOp begins of the request that `d` begin with; -1 where they begin with none, or not enough is there. */
function operationAt(d: Uint8Array): number {
  const form = d[1];
  if (d[0] !== SEQUENCE || form === undefined || form === 0x80 || form > 0x84) return -1;
  const id = 2 + (form > 0x80 ? form & 0x7f : 0);
  const size = d[id + 1];
  if (d[id] !== INTEGER || size === undefined || size < 1 || size > 4) return -1;
  const at = id + 2 + size;
  return at < d.length && REQUESTS.includes(d[at]!) ? at : -1;
}

/** The size of the message whose header is there. */
function sizeOf(d: Uint8Array): number {
  const form = d[1]!;
  if (form < 0x80) return 2 + form;
  let length = 0;
  for (let i = 0; i < (form & 0x7f); i++) length = length * 256 + d[2 + i]!;
  return 2 + (form & 0x7f) + length;
}

/** [RFC 4511] 4.2: of a message whose protocolOp is at `at`. */
function saslCredentials(r: Reader, at: number): Uint8Array | null {
  try {
    const message = readTlv(r.ahead(), "LDAPMessage");
    const bind = readTlv(r.over(r.offset + at, r.end, "LDAPMessage"), "BindRequest");
    message.r = bind.r;
    return within(message, () => {
      bind.r.also(noteMessageId, message);
      return within(bind, bindCredentials);
    });
  } catch (fault) {
    if (fault instanceof WireError) return null;
    throw fault;
  }
}

function noteMessageId(_: Reader, message: Tlv): void {
  integer(children(message, "messageID")[0] ?? null);
}

/** Version, name, and the third is how to authenticate. */
function bindCredentials(bind: Tlv | null): Uint8Array | null {
  const parts = bind === null ? [] : children(bind);
  bind?.r.also(noteBind, parts);
  const authentication = parts[2];
  if (authentication?.tag !== SASL) return null;
  return within({ ...authentication, name: "sasl" }, (sasl) => {
    const [mechanism, credentials] = children(sasl!);
    sasl!.r.also(noteMechanism, mechanism);
    return derBytes(credentials === undefined ? null : { ...credentials, name: "credentials" });
  });
}

function noteBind(_: Reader, [version, name, authentication]: readonly Tlv[]): void {
  if (version !== undefined) integer({ ...version, name: "version" });
  if (name !== undefined) derText({ ...name, name: "name" });
  if (authentication?.tag === SIMPLE) derText({ ...authentication, name: "simple" });
}

function noteMechanism(_: Reader, mechanism: Tlv | undefined): void {
  if (mechanism !== undefined) derText({ ...mechanism, name: "mechanism" });
}
