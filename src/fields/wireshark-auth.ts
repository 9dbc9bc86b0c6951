/** Wireshark's names of NTLM and Kerberos. */

import { negotiateFlags } from "../../dissectors/ntlmssp/flags.js";
import type { AuthRecord, NtlmRecord, Value } from "../events.js";
import { hex, type SharedName, type Shown, TEXT, U32 } from "./shared-name.js";

/** Who calls, of a call and of its association alike. */
function user(name: string, meaning: string, get: (auth: AuthRecord) => Shown): SharedName {
  const ntlm = ({ auth }: { auth: AuthRecord }): Shown => (auth.mechanism === "ntlmssp" ? get(auth) : null);
  return {
    name: `ntlmssp.auth.${name}`,
    type: TEXT,
    of: "handshake",
    meaning,
    call: ntlm,
    association: ntlm,
  };
}

/** What the exchange of an association said. */
function exchange(name: string, type: string, meaning: string, get: (ntlm: NtlmRecord) => Shown): SharedName {
  return {
    name: `ntlmssp.${name}`,
    type,
    of: "handshake",
    meaning,
    association: ({ auth: { ntlm } }) => (ntlm === null ? null : get(ntlm)),
  };
}

/** An AV_PAIR of the CHALLENGE_MESSAGE. */
function pair(name: string, key: string, meaning: string): SharedName {
  const text = (value: Value | undefined): Shown => (typeof value === "string" ? value : null);
  return exchange(`challenge.target_info.${name}`, TEXT, meaning, ({ av_pairs }) => text(av_pairs[key]));
}

const MASKS: ReadonlyMap<string, number> = new Map(negotiateFlags(0).map(({ name, mask }) => [name, mask]));

/** The flags of an NTLM exchange as a number. */
function flags({ negotiate_flags }: NtlmRecord): string | null {
  if (negotiate_flags.length === 0) return null;
  return hex(negotiate_flags.reduce((sum, name) => sum + (MASKS.get(name) ?? Number(name)), 0));
}

export const AUTH_NAMES: readonly SharedName[] = [
  user("username", "user of NTLM", ({ user }) => user),
  user("domain", "domain of NTLM", ({ domain }) => domain),
  user("hostname", "workstation of NTLM", ({ workstation }) => workstation),
  exchange("negotiateflags", U32, "flags that were agreed on", flags),
  exchange("ntlmserverchallenge", "FT_BYTES", "ServerChallenge", ({ server_challenge }) => server_challenge),
  exchange(
    "challenge.target_name",
    TEXT,
    "TargetName of the CHALLENGE_MESSAGE",
    ({ target_name }) => target_name,
  ),
  pair("nb_computer_name", "MsvAvNbComputerName", "the server's NetBIOS name"),
  pair("nb_domain_name", "MsvAvNbDomainName", "NetBIOS name of the server's domain"),
  pair("dns_computer_name", "MsvAvDnsComputerName", "the server's DNS name"),
  pair("dns_domain_name", "MsvAvDnsDomainName", "DNS name of the server's domain"),
  pair("dns_tree_name", "MsvAvDnsTreeName", "DNS name of the server's forest"),
  {
    name: "kerberos.realm",
    type: TEXT,
    of: "handshake",
    meaning: "realm of the ticket",
    association: ({ auth: { kerberos } }) => kerberos?.realm ?? null,
  },
];
