/**
 * Capture filters: the default, and the check of what a user gives, before any interface is opened.
 *
 * The default is everything TCP, since DCOM listens on dynamic ports, and what begins like connectionless DCE/RPC, on whatever
 * port: over IPv4 and IPv6, in fragments (all fragments
 * of a TCP segment carry its protocol number), behind extension headers, in the tunnels that the reader follows by their
 * protocol numbers, UDP ports and EtherTypes, and under up to two VLAN tags. `vlan` shifts what stands behind it, so it
 * comes last.
 */

import { execFile } from "node:child_process";
import { LiveError } from "./engine.js";
import { findProgram } from "./program.js";

/** IPv6 extension headers in front of TCP or of another one: the first names the second in its first byte. */
const EXTENDED =
  "(ip6[6] = 0 or ip6[6] = 43 or ip6[6] = 44 or ip6[6] = 60) and " +
  "(ip6[40] = 6 or ip6[40] = 43 or ip6[40] = 44 or ip6[40] = 60)";
/** IP in IP, GRE, authentication headers, Ethernet and MPLS in IP. */
const PROTOCOLS = [4, 41, 47, 51, 97, 137, 143].map((n) => `ip proto ${n} or ip6 proto ${n}`).join(" or ");
/** dissectors/ip/udp-tunnel.ts has their names. A fragment behind the first has no port to be known by. */
const PORTS = [4789, 8472, 6081, 4790, 2152, 1701, 3544, 4341, 4754, 5072, 5247, 6635, 37_008];
const DATAGRAMS = `${PORTS.map((port) => `udp port ${port}`).join(" or ")} or (ip proto 17 and ip[6:2] & 0x1fff != 0)`;
/**
 * [C706] 12.5.2: version, type, reserved flags and the third byte of drep of a connectionless PDU whose UDP header stands there;
 * fragments of it over IPv6, whatever they hold. (Those over IPv4 are taken for the tunnels already.)
 */
const pdu = (header: string, at: number): string =>
  `${header}[${at}] = 4 and ${header}[${at + 1}] < 11 and ${header}[${at + 3}] & 0xf8 = 0 and ${header}[${at + 6}] = 0`;
const CONNECTIONLESS =
  `(udp and ${pdu("udp", 8)}) or (ip6 and ip6[6] = 17 and ${pdu("ip6", 48)}) or ` +
  "(ip6 and ip6[6] = 44 and ip6[40] = 17)";
const NETWORK = `tcp or ${PROTOCOLS} or ${DATAGRAMS} or ${CONNECTIONLESS} or (ip6 and ${EXTENDED})`;
/** PPPoE, MPLS, and the tags that are no VLAN tags: 802.1ah, VN-Tag, E-tag, Cisco metadata, MACsec, NSH, TRILL, FabricPath. */
const ETHER_TYPES = ["8864", "8847", "8848", "88e7", "8926", "893f", "8909", "88e5", "894f", "22f3", "8903"];
const KERBEROS = "udp port 88 or udp port 464";

/**
 * The defaults, the fullest first: not every link type has VLAN tags or EtherTypes. `kerberos`: also the KDC's exchanges
 * and changes of passwords over UDP.
 */
export function defaultFilters(kerberos: boolean): string[] {
  const network = kerberos ? `${NETWORK} or ${KERBEROS}` : NETWORK;
  const tagged = `${network} or ${ETHER_TYPES.map((type) => `ether proto 0x${type}`).join(" or ")}`;
  return [
    `${tagged} or (vlan and (${tagged} or (vlan and (${tagged}))))`,
    network,
    `tcp or ${CONNECTIONLESS}${kerberos ? ` or ${KERBEROS}` : ""}`,
    kerberos ? `tcp or ${KERBEROS}` : "tcp",
  ];
}

/** Milliseconds for a filter to be compiled. */
const PATIENCE = 5_000;

/**
 * Compiles a filter without opening an interface, where tcpdump is there to do it. Link types other than Ethernet may
 * refuse more; that shows when the interface is opened. Throws LiveError.
 */
export async function checkFilter(filter: string): Promise<void> {
  const tcpdump = findProgram("tcpdump");
  if (tcpdump === null || filter.trim() === "") return;
  const said = await new Promise<string | null>((resolve) => {
    execFile(tcpdump, ["-y", "EN10MB", "-d", "--", filter], { timeout: PATIENCE }, (error, _code, stderr) => {
      resolve(error === null ? null : stderr);
    });
  });
  if (
    said === null ||
    !/filter|expression|unknown|syntax|illegal|invalid|expect|out of range|not valid/i.test(said)
  )
    return;
  const lines = said.split("\n").map((line) => line.replace(/^tcpdump: /, "").trim());
  const reason = lines.filter((line) => line !== "" && !/^(Warning|data link type)/.test(line)).at(-1) ?? "";
  throw badFilter(filter, reason);
}

export function badFilter(filter: string, reason: string): LiveError {
  const why = reason.replace(/^can't parse filter expression: /, "");
  return new LiveError(
    "filter",
    `bad capture filter ${JSON.stringify(filter)}: ${why}`,
    'the language is that of tcpdump, see "man pcap-filter"; for example -f "host 10.0.0.5 and tcp"',
  );
}
