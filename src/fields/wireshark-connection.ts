/** Wireshark's names of frames, addresses and ports. */

import type { AssociationRecord, CallRecord, Endpoint, OfferRecord } from "../events.js";
import { asked, lastOf, type SharedName, type Shown, TEXT, U16, U32 } from "./shared-name.js";

type Parties = Pick<CallRecord | AssociationRecord, "client" | "server" | "transport" | "stream">;

/** From where to where the PDU went. */
function way(record: CallRecord | AssociationRecord): [from: Endpoint, to: Endpoint] {
  const back = record.type === "call" && !asked(record);
  return back ? [record.server, record.client] : [record.client, record.server];
}

const isIPv6 = (address: string): boolean => address.includes(":");

/** A name that is of calls and associations alike. */
function both(
  name: string,
  type: string,
  meaning: string,
  get: (record: CallRecord | AssociationRecord) => Shown,
  offer?: (offer: OfferRecord) => Shown,
): SharedName {
  return { name, type, of: "request", meaning, call: get, association: get, ...(offer && { offer }) };
}

function address(prefix: "ip" | "ipv6"): SharedName[] {
  const type = prefix === "ip" ? "FT_IPv4" : "FT_IPv6";
  const fits = (text: string): string | null => (isIPv6(text) === (prefix === "ipv6") ? text : null);
  return [
    both(
      `${prefix}.src`,
      type,
      "source address; of an offer the expert's",
      (record) => fits(way(record)[0].address),
      ({ expert }) => fits(expert.address),
    ),
    both(
      `${prefix}.dst`,
      type,
      "destination address; of an offer the novice's",
      (record) => fits(way(record)[1].address),
      ({ novice }) => fits(novice.address),
    ),
    both(
      `${prefix}.addr`,
      type,
      "both addresses",
      (record) => way(record).map(({ address: text }) => fits(text)),
      ({ expert, novice }) => [fits(expert.address), fits(novice.address)],
    ),
  ];
}

function ports(prefix: "tcp" | "udp"): SharedName[] {
  const fits = (record: Parties): boolean =>
    (record.transport.protseq === "ncadg_ip_udp") === (prefix === "udp");
  const port = (name: string, meaning: string, get: (from: Endpoint, to: Endpoint) => Shown): SharedName =>
    both(`${prefix}.${name}`, U16, meaning, (record) => (fits(record) ? get(...way(record)) : null));
  return [
    port("srcport", "source port", (from) => from.port),
    port("dstport", "destination port", (_, to) => to.port),
    port("port", "both ports", (from, to) => [from.port, to.port]),
    both(
      `${prefix}.stream`,
      U32,
      "number of the conversation; of an offer its first",
      (record) => (fits(record) ? record.stream : null),
      ...(prefix === "tcp" ? [({ stream }: OfferRecord) => stream] : []),
    ),
  ];
}

/** The frame that completes the PDU. */
function frameOf(record: CallRecord | AssociationRecord): number | null {
  if (record.type === "call") return lastOf(asked(record) ? record.frames.request : record.frames.response);
  const [bind] = record.binds;
  if (bind === undefined) return record.contexts[0]?.frame ?? null;
  return lastOf(bind.request === null ? bind.frames.response : bind.frames.request);
}

/** When that frame came. */
function completed(call: CallRecord): string {
  return (asked(call) ? call.wire.request : call.wire.response)?.last_ts ?? call.ts;
}

/** Seconds since 1970 with nine digits behind the point, of a time of the call log. */
function epoch(ts: string | undefined): string | null {
  if (ts === undefined) return null;
  return `${Date.parse(`${ts.slice(0, 19)}Z`) / 1000}.${ts.slice(20, -1).padEnd(9, "0")}`;
}

export const CONNECTION_NAMES: readonly SharedName[] = [
  both(
    "frame.number",
    U32,
    "the frame that completes the request, of an association the first bind",
    frameOf,
  ),
  both(
    "frame.time_epoch",
    "FT_RELATIVE_TIME",
    "time of that frame; of an offer of its first call",
    (record) => epoch(record.type === "call" ? completed(record) : record.binds[0]?.ts),
    ({ ts }) => epoch(ts),
  ),
  ...address("ip"),
  ...address("ipv6"),
  ...ports("tcp"),
  ...ports("udp"),
  both("communityid", TEXT, "Community ID of the conversation", ({ community_id }) => community_id),
];
