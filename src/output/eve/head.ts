/** What every event of EVE begins and ends with, in the order in which Suricata 9 writes it. */

import type { Endpoint } from "../../events.js";
import { hash } from "../zeek/uid.js";

/** An event as it is written; keys that are undefined are left out. */
export interface EveEvent {
  timestamp: string;
  flow_id?: number | undefined;
  pcap_cnt?: number | undefined;
  event_type: string;
  src_ip?: string;
  src_port?: number;
  dest_ip?: string;
  dest_port?: number;
  proto?: string;
  ip_v?: number;
  pkt_src?: string;
  metadata?: { flowbits?: string[]; flowvars?: { [name: string]: string }[] };
  community_id?: string | undefined;
  app_proto?: string;
  [body: string]: unknown;
}

/** Where an event belongs. */
interface Place {
  ts: string;
  stream: number | null;
  community_id: string | null;
}

/** Where it belongs, and between whom it happened. */
interface Between extends Place {
  client: Endpoint;
  server: Endpoint;
}

/** `yyyy-mm-ddThh:mm:ss.ffffff+0000`, cut to microseconds. */
export function eveTime(ts: string): string {
  return `${ts.slice(0, 26)}+0000`;
}

/** Suricata keeps 51 bits, which every reader of JSON takes for a number. */
const HIGH_BITS = 0x7ffff;
const SEEDS = [0x811c9dc5, 0x9747b28c] as const;

/**
 * The conversation's number: made of who talks and which conversation of the run it is, so that every event of it has the same,
 * in every run and whatever filters hold back.
 */
export function flowId({
  stream,
  community_id: id,
}: Pick<Place, "stream" | "community_id">): number | undefined {
  if (stream === null) return undefined;
  const text = `${id ?? ""} ${stream}`;
  return (hash(text, SEEDS[0]) & HIGH_BITS) * 2 ** 32 + hash(text, SEEDS[1]);
}

/** The head of an event that the client's side began; `frame`: where it ended. */
export function eveHead(
  of: Between,
  type: string,
  frame: number | undefined,
  proto: "TCP" | "UDP",
): EveEvent {
  const { client, server } = of;
  return {
    timestamp: eveTime(of.ts),
    flow_id: flowId(of),
    pcap_cnt: frame,
    event_type: type,
    src_ip: client.address,
    src_port: client.port,
    dest_ip: server.address,
    dest_port: server.port,
    proto,
    ip_v: ipVersion(server),
    pkt_src: PKT_SRC,
    community_id: of.community_id ?? undefined,
  };
}

/** As Suricata names what comes neither out of a tunnel nor out of its own machinery. */
const PKT_SRC = "wire/pcap";

export function ipVersion({ address }: Pick<Endpoint, "address">): number {
  return address.includes(":") ? 6 : 4;
}
