/**
 * The secure channel's bind token: [MS-NRPC] 2.2.1.3.1 NL_AUTH_MESSAGE. It names who speaks; keys are agreed
 * elsewhere (NetrServerAuthenticate), so sealed calls stay encrypted.
 */
import { malformed, WireError } from "../wire/errors.js";
import { Reader } from "../wire/reader.js";
import { latin1, untilNul, utf8 } from "../wire/text.js";

const NETBIOS_DOMAIN = 0x01;
const NETBIOS_HOST = 0x02;
const DNS_DOMAIN = 0x04;
const DNS_HOST = 0x08;
const NETBIOS_HOST_UTF8 = 0x10;
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
export function readNlAuthMessage(bytes: Uint8Array): NlAuthMessage {
  const r = new Reader(bytes, true);
  const type = r.u32();
  if (type > 1) throw malformed(`NL_AUTH_MESSAGE type ${type}`, 0, "MessageType");
  const flags = r.u32();
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
  if (type === 1) return message;
  try {
    if ((flags & NETBIOS_DOMAIN) !== 0) message.NetbiosDomain = oemString(r);
    if ((flags & NETBIOS_HOST) !== 0) message.NetbiosHost = oemString(r);
    if ((flags & DNS_DOMAIN) !== 0) message.DnsDomain = dnsName(r);
    if ((flags & DNS_HOST) !== 0) message.DnsHost = dnsName(r);
    if ((flags & NETBIOS_HOST_UTF8) !== 0) message.NetbiosHostUtf8 = dnsName(r);
  } catch (fault) {
    if (!(fault instanceof WireError)) throw fault;
    message.faults.push(`NL_AUTH_MESSAGE: ${fault.message}`);
  }
  return message;
}

function oemString(r: Reader): string {
  const all = latin1(r.fork().rest());
  const text = untilNul(all);
  r.skip(text.length + 1);
  return text;
}

/** Labels as in [RFC 1035] 4.1.4, without pointers: each with its length before it, a zero at the end. */
function dnsName(r: Reader): string {
  const labels: string[] = [];
  for (let n = r.u8(); n !== 0; n = r.u8()) {
    if (n > 63 || labels.length === MAX_LABELS)
      throw malformed("a compressed or endless name", r.offset, "Buffer");
    labels.push(utf8(r.bytes(n)));
  }
  return labels.join(".");
}
