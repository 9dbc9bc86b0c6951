/**
 * From a captured frame to the network-layer packet in it. Link types are those of the tcpdump.org registry.
 *
 * Not handled: what is not in `beginLink`, which is answered with `Unread.LINK_TYPE`; ARP and other network protocols
 * than IPv4 and IPv6, which are other traffic.
 */
import { cooked1, cooked2 } from "./cooked.js";
import { ethernet, etherType, llc } from "./ethernet.js";
import { ciscoHdlc } from "./hdlc.js";
import { ieee80211, prism, radiotap, subframe } from "./ieee80211.js";
import { enc, ipnet, loopback, pflog } from "./loopback.js";
import { mpls } from "./mpls.js";
import { ppp, pppHdlc, pppoe } from "./ppp.js";
import { beginWindow, handOver, ipByNibble, Layer, type LinkResult, stop, Unread } from "./result.js";
import {
  behind,
  docsis,
  ipoib,
  juniper,
  mpacket,
  nflog,
  pktap,
  ppi,
  pppWithDirection,
  switchTag,
  transparent,
} from "./wrapped.js";

/** LINKTYPE_ values that are read. */
export const LinkType = {
  NULL: 0,
  ETHERNET: 1,
  PPP: 9,
  ATM_RFC1483_BSD: 11,
  RAW_BSD: 12,
  RAW_OPENBSD: 14,
  PPP_HDLC: 50,
  PPP_ETHER: 51,
  ATM_RFC1483: 100,
  RAW: 101,
  C_HDLC: 104,
  IEEE802_11: 105,
  LOOP: 108,
  ENC: 109,
  LINUX_SLL: 113,
  PFLOG: 117,
  IEEE802_11_PRISM: 119,
  IEEE802_11_RADIOTAP: 127,
  DOCSIS: 143,
  IEEE802_11_AVS: 163,
  PPP_PPPD: 166,
  JUNIPER_ETHER: 178,
  JUNIPER_PPP: 179,
  JUNIPER_CHDLC: 181,
  PPI: 192,
  PPP_WITH_DIR: 204,
  C_HDLC_WITH_DIR: 205,
  MPLS: 219,
  IPNET: 226,
  IPV4: 228,
  IPV6: 229,
  NFLOG: 239,
  NETANALYZER: 240,
  NETANALYZER_TRANSPARENT: 241,
  IPOIB: 242,
  PKTAP: 258,
  EPON: 259,
  ETHERNET_MPACKET: 274,
  LINUX_SLL2: 276,
  DSA_TAG_BRCM: 281,
  DSA_TAG_BRCM_PREPEND: 282,
  DSA_TAG_DSA: 284,
  DSA_TAG_EDSA: 285,
} as const;

/** Finds the packet in `data[start .. end)`. Never throws; answers by filling `out`. */
export function decodeLink(
  data: Uint8Array,
  start: number,
  end: number,
  linkType: number,
  out: LinkResult,
): void {
  // Most frames are this, and nothing more is needed to know of them.
  if (
    linkType === LinkType.ETHERNET &&
    start + 14 <= end &&
    data[start + 12] === 8 &&
    data[start + 13] === 0
  ) {
    out.network = 4;
    out.offset = start + 14;
    out.end = end;
    out.depth = 0;
    out.next = 0;
    return;
  }
  beginWindow(out, start, end);
  beginLink(data, linkType, out);
  if (out.layer !== Layer.NONE) passLayers(data, out);
}

/** Goes on with the next packet of an aggregate frame; false where there is none. */
export function nextInFrame(data: Uint8Array, out: LinkResult): boolean {
  const at = out.next;
  if (at === 0) return false;
  beginWindow(out, at, out.nextEnd);
  subframe(data, at, out.nextEnd, out);
  passLayers(data, out);
  return true;
}

/** Passes one layer after another until IP, or an end, is reached. Each takes at least one byte. */
export function passLayers(data: Uint8Array, out: LinkResult): void {
  while (out.layer !== Layer.NONE) {
    switch (out.layer) {
      case Layer.ETHERNET:
        ethernet(data, out);
        break;
      case Layer.ETHERTYPE:
        etherType(data, out.offset, out.type, out);
        break;
      case Layer.LLC:
        llc(data, out);
        break;
      case Layer.PPP:
        ppp(data, out);
        break;
      case Layer.PPPOE:
        pppoe(data, out);
        break;
      case Layer.MPLS:
        mpls(data, out);
        break;
      case Layer.IEEE80211:
        ieee80211(data, out);
        break;
      case Layer.CISCO_HDLC:
        ciscoHdlc(data, out);
        break;
      default:
        beginLink(data, out.type, out);
    }
  }
}

/** The first header, which the link type shows. */
function beginLink(data: Uint8Array, linkType: number, out: LinkResult): void {
  const at = out.offset;
  switch (linkType) {
    case LinkType.ETHERNET:
      ethernet(data, out);
      return;
    case LinkType.LINUX_SLL:
      cooked1(data, out);
      return;
    case LinkType.LINUX_SLL2:
      cooked2(data, out);
      return;
    case LinkType.RAW:
    case LinkType.RAW_BSD:
    case LinkType.RAW_OPENBSD:
    case LinkType.IPV4:
    case LinkType.IPV6:
      ipByNibble(data, at, out);
      return;
    case LinkType.NULL:
    case LinkType.LOOP:
      loopback(data, out);
      return;
    case LinkType.PPP:
    case LinkType.PPP_HDLC:
      pppHdlc(data, out);
      return;
    case LinkType.PPP_ETHER:
      handOver(out, Layer.PPPOE, at);
      return;
    case LinkType.PPP_PPPD:
      pppWithDirection(data, out);
      return;
    case LinkType.PPP_WITH_DIR:
      behind(out, 1, Layer.PPP);
      return;
    case LinkType.C_HDLC:
      handOver(out, Layer.CISCO_HDLC, at);
      return;
    case LinkType.C_HDLC_WITH_DIR:
      behind(out, 1, Layer.CISCO_HDLC);
      return;
    case LinkType.ATM_RFC1483:
    case LinkType.ATM_RFC1483_BSD:
      handOver(out, Layer.LLC, at);
      return;
    case LinkType.IEEE802_11:
      out.type = 0;
      handOver(out, Layer.IEEE80211, at);
      return;
    case LinkType.IEEE802_11_RADIOTAP:
      radiotap(data, out);
      return;
    case LinkType.IEEE802_11_PRISM:
    case LinkType.IEEE802_11_AVS:
      prism(data, out);
      return;
    case LinkType.ENC:
      enc(data, out);
      return;
    case LinkType.PFLOG:
      pflog(data, out);
      return;
    case LinkType.IPNET:
      ipnet(data, out);
      return;
    case LinkType.DOCSIS:
      docsis(data, out);
      return;
    case LinkType.JUNIPER_ETHER:
      juniper(data, out, Layer.ETHERNET);
      return;
    case LinkType.JUNIPER_PPP:
      juniper(data, out, Layer.PPP);
      return;
    case LinkType.JUNIPER_CHDLC:
      juniper(data, out, Layer.CISCO_HDLC);
      return;
    case LinkType.PPI:
      ppi(data, out);
      return;
    case LinkType.NFLOG:
      nflog(data, out);
      return;
    case LinkType.MPLS:
      handOver(out, Layer.MPLS, at);
      return;
    case LinkType.EPON:
      // The preamble carries the logical link's identifier [IEEE 802.3] 65.1.3.
      behind(out, 8, Layer.ETHERNET);
      return;
    case LinkType.NETANALYZER:
      behind(out, 4, Layer.ETHERNET);
      return;
    case LinkType.NETANALYZER_TRANSPARENT:
      transparent(data, out);
      return;
    case LinkType.IPOIB:
      ipoib(data, out);
      return;
    case LinkType.PKTAP:
      pktap(data, out);
      return;
    case LinkType.ETHERNET_MPACKET:
      mpacket(data, out);
      return;
    case LinkType.DSA_TAG_BRCM:
    case LinkType.DSA_TAG_DSA:
      switchTag(data, out, 4);
      return;
    case LinkType.DSA_TAG_EDSA:
      switchTag(data, out, 8);
      return;
    case LinkType.DSA_TAG_BRCM_PREPEND:
      behind(out, 4, Layer.ETHERNET);
      return;
    default:
      out.type = linkType;
      stop(out, Unread.LINK_TYPE);
  }
}
