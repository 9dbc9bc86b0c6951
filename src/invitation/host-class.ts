/**
 * What kind of place a listener's host is: the special-purpose ranges of IANA, as ipaddr.js knows them.
 */
import ipaddr from "ipaddr.js";
import { canonicalAddress, isIPv4 } from "../address.js";

export type AddressClass =
  | "loopback"
  | "link_local"
  | "private"
  | "teredo"
  | "public"
  /** 0.0.0.0 and ::, which nobody can connect to. */
  | "unspecified"
  | "multicast"
  /** A computer name, or what is no address. */
  | "name";

/** What the ranges of ipaddr.js are called here; addresses of others are reached like public ones, or not at all. */
const CLASSES: { readonly [range: string]: AddressClass } = {
  loopback: "loopback",
  linkLocal: "link_local",
  private: "private",
  // Shared by a provider's customers, [RFC 6598].
  carrierGradeNat: "private",
  uniqueLocal: "private",
  // Site-local addresses, which unique local ones replaced.
  deprecatedSiteLocal: "private",
  teredo: "teredo",
  unspecified: "unspecified",
  multicast: "multicast",
};

/** [RFC 1918], where nearly all machines are: the library need not be loaded for them. */
const PRIVATE = /^(?:10|192\.168|172\.(?:1[6-9]|2\d|3[01]))\.[\d.]+$/;

/** The class of an IPv4 or IPv6 address (scope and brackets allowed) or of a computer name. */
export function classifyHost(host: string): AddressClass {
  const address = canonicalAddress(host);
  if (address === null) return /^localhost\.?$/i.test(host) ? "loopback" : "name";
  if (PRIVATE.test(address)) return "private";
  const parsed = isIPv4(address) ? ipaddr.IPv4.parse(address) : ipaddr.IPv6.parse(address);
  return CLASSES[parsed.range()] ?? "public";
}

/** Teredo, [RFC 4380] 4: the server that was used, and the client's address and port behind it. */
export function teredoParts(host: string): { server: string; client: string; port: number } | null {
  if (classifyHost(host) !== "teredo") return null;
  const words = ipaddr.IPv6.parse(canonicalAddress(host)!).parts;
  const ipv4 = (high: number, low: number): string => `${high >> 8}.${high & 255}.${low >> 8}.${low & 255}`;
  return {
    server: ipv4(words[2]!, words[3]!),
    client: ipv4(words[6]! ^ 0xffff, words[7]! ^ 0xffff),
    port: words[5]! ^ 0xffff,
  };
}
