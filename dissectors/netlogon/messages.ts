/**
 * The secure channel's bind token: [MS-NRPC] 2.2.1.3.1 NL_AUTH_MESSAGE. It names who speaks; keys are agreed
 * elsewhere (NetrServerAuthenticate), so sealed calls stay encrypted.
 */
import { malformed, WireError } from "../wire/errors.js";
import type { Reader } from "../wire/reader.js";
import { flagsOf, hexText } from "../wire/show.js";
import { latin1, untilNul, utf8 } from "../wire/text.js";

const NETBIOS_DOMAIN = 0x01;
const NETBIOS_HOST = 0x02;
const DNS_DOMAIN = 0x04;
const DNS_HOST = 0x08;
const NETBIOS_HOST_UTF8 = 0x10;
const FLAGS = flagsOf([
  [NETBIOS_DOMAIN, "NetBIOS domain name"],
  [NETBIOS_HOST, "NetBIOS computer name"],
  [DNS_DOMAIN, "DNS domain name"],
  [DNS_HOST, "DNS host name"],
  [NETBIOS_HOST_UTF8, "NetBIOS computer name in UTF-8"],
]);
const MAX_LABELS = 128;

/** [MS-NRPC] 2.2.1.3.1. */
export interface NlAuthMessage {
  /** 0: a negotiate request, 1: its response. */
  MessageType: number;
  Flags: number;
  NetbiosDomain: string | null;
  NetbiosHost: string | null;
  DnsDomain: string | null;
  DnsHost: string | null;
  NetbiosHostUtf8: string | null;
  faults: string[];
}

/** Throws WireError where not even type and flags are there; a name that is cut is null, with a sentence in `faults`. */
export function readNlAuthMessage(r: Reader): NlAuthMessage {
  r.littleEndian = true;
  const type = r.u32("MessageType", messageType);
  if (type > 1) throw malformed(`NL_AUTH_MESSAGE type ${type}`, 0, "MessageType");
  const flags = r.u32("Flags", FLAGS);
  const message: NlAuthMessage = {
    MessageType: type,
    Flags: flags,
    NetbiosDomain: null,
    NetbiosHost: null,
    DnsDomain: null,
    DnsHost: null,
    NetbiosHostUtf8: null,
    faults: [],
  };
  // A response carries no names.
  if (type === 1) {
    r.rest("Buffer");
    return message;
  }
  try {
    if ((flags & NETBIOS_DOMAIN) !== 0) message.NetbiosDomain = oemString(r, "NetbiosDomain");
    if ((flags & NETBIOS_HOST) !== 0) message.NetbiosHost = oemString(r, "NetbiosHost");
    if ((flags & DNS_DOMAIN) !== 0) message.DnsDomain = dnsName(r, "DnsDomain");
    if ((flags & DNS_HOST) !== 0) message.DnsHost = dnsName(r, "DnsHost");
    if ((flags & NETBIOS_HOST_UTF8) !== 0) message.NetbiosHostUtf8 = dnsName(r, "NetbiosHostUtf8");
  } catch (fault) {
    if (!(fault instanceof WireError)) throw fault;
    message.faults.push(`NL_AUTH_MESSAGE: ${fault.message}`);
  }
  return message;
}

function messageType(type: number): string {
  return type === 0 ? "negotiate request" : type === 1 ? "negotiate response" : hexText(type);
}

function oemString(r: Reader, field: string): string {
  const start = r.offset;
  const text = untilNul(latin1(r.fork().rest()));
  r.skip(text.length + 1);
  r.note(field, start, text);
  return text;
}

/** Labels as in [RFC 1035] 4.1.4, without pointers: each with its length before it, a zero at the end. */
function dnsName(r: Reader, field: string): string {
  const start = r.offset;
  const labels: string[] = [];
  for (let n = r.u8(); n !== 0; n = r.u8()) {
    if (n > 63 || labels.length === MAX_LABELS)
      throw malformed("a compressed or endless name", r.offset, "Buffer");
    labels.push(utf8(r.bytes(n)));
  }
  const name = labels.join(".");
  r.note(field, start, name);
  return name;
}
