/**
 * What every document in the Elastic Common Schema begins with. Keys that are undefined are left out, and so is everything that is
 * null in a record. What ECS has no field for stands under `raiscope`.
 */

import type { Endpoint, EventKind } from "../../events.js";

/** Fields of [ECS] 9.5, as nested objects. */
export interface EcsDocument extends Partial<EcsEnds> {
  "@timestamp": string;
  ecs: { version: string };
  event: EcsEvent;
  message?: string | undefined;
  service?: { name: string } | undefined;
  host?: { name: string } | undefined;
  error?: { code?: string | undefined; message?: string | undefined } | undefined;
  log?: { level?: string; file?: { path: string } } | undefined;
  observer: { product: string; vendor: string; type: string };
  rule?: { id: string; name: string; uuid: string | undefined };
  threat?: EcsThreat | undefined;
  zeek?: { [field: string]: unknown } | undefined;
  raiscope: { [field: string]: unknown };
}

/** Between whom something happened, and who they are. */
export interface EcsEnds {
  source: EcsEndpoint;
  destination: EcsEndpoint;
  client: EcsEndpoint;
  server: EcsEndpoint;
  network: { [field: string]: string | number | undefined };
  related: { ip?: string[]; user?: string[]; hosts?: string[] };
  user?: EcsUser | undefined;
}

/** Ends of which not all need be known. */
export type SomeEnds = Partial<EcsEnds> & Pick<EcsEnds, "related">;

/** The categories, types and outcomes that are used; ECS allows these and a few more. */
export interface EcsEvent {
  kind: "event" | "alert";
  category: ("network" | "authentication" | "session" | "intrusion_detection")[];
  type: ("connection" | "protocol" | "info" | "start")[];
  module: string;
  dataset: string;
  action?: string | undefined;
  outcome?: Outcome | undefined;
  id?: string | undefined;
  code?: string | undefined;
  reason?: string | undefined;
  start?: string | undefined;
  end?: string | undefined;
  duration?: number | undefined;
  severity?: number;
}

/** Tactics and techniques, by their numbers. */
export interface EcsThreat {
  framework: string;
  tactic?: { id: string[]; name: string[] } | undefined;
  technique?: { id: string[]; subtechnique: { id: string[] } | undefined } | undefined;
}

export type Outcome = "success" | "failure" | "unknown";

export interface EcsUser {
  name?: string | undefined;
  domain?: string | undefined;
  target?: { name?: string | undefined; domain?: string | undefined };
}

export interface EcsEndpoint {
  address: string;
  ip: string;
  port?: number | undefined;
  domain?: string | undefined;
  bytes?: number | undefined;
  packets?: number | undefined;
  user?: EcsUser | undefined;
}

const ECS = { version: "9.5.0" };
const OBSERVER = { product: "raiscope", vendor: "raiscope", type: "sensor" };

/** What records have in common. */
interface Common {
  id: string | null;
  revision: number;
  provisional: boolean;
  stream: number | null;
  file: string | null;
  community_id: string | null;
}

/** A document without its ends. `input`: the capture, where the record does not say. */
export function documentOf(
  record: Common & { type: EventKind },
  ts: string,
  event: Omit<EcsEvent, "kind" | "module" | "dataset"> & Partial<Pick<EcsEvent, "kind">>,
  dataset: string,
  input: string | null,
  more: { [field: string]: unknown },
): EcsDocument {
  const path = record.file ?? input;
  return {
    "@timestamp": ts,
    ecs: ECS,
    event: { kind: "event", module: "raiscope", dataset: `raiscope.${dataset}`, ...event },
    observer: OBSERVER,
    log: path === null ? undefined : { file: { path } },
    raiscope: {
      type: record.type,
      id: record.id ?? undefined,
      revision: record.revision,
      provisional: record.provisional,
      stream: record.stream ?? undefined,
      ...more,
    },
  };
}

/** Between whom it happened. */
export function endsOf(
  { client, server, community_id: id }: { client: Endpoint; server: Endpoint; community_id: string | null },
  transport: "tcp" | "udp",
  protocol: string,
): EcsEnds {
  return {
    source: endOf(client),
    destination: endOf(server),
    client: endOf(client),
    server: endOf(server),
    network: {
      transport,
      type: networkType(server.address),
      protocol,
      community_id: id ?? undefined,
    },
    related: { ip: distinct(client.address, server.address) },
  };
}

function endOf({ address, port }: Endpoint): EcsEndpoint {
  return { address, ip: address, port };
}

export function networkType(address: string): "ipv4" | "ipv6" {
  return address.includes(":") ? "ipv6" : "ipv4";
}

/** Whose credentials they are: the user of the event and of its source, with the machine that it came from. */
export function addUser(
  document: SomeEnds,
  { user, domain, workstation }: { user: string | null; domain: string | null; workstation: string | null },
): void {
  const { source, related } = document;
  const name = textOf(user);
  const of = textOf(domain);
  if (name !== undefined || of !== undefined) {
    document.user = { name, domain: of };
    if (source !== undefined) source.user = { name, domain: of };
  }
  if (name !== undefined) related.user = [name];
  const host = textOf(workstation);
  if (host !== undefined && source !== undefined) source.domain = host;
  addHosts(document, host);
}

/** Adds to `related.hosts`. */
export function addHosts({ related }: SomeEnds, ...hosts: (string | undefined)[]): void {
  const names = distinct(...(related.hosts ?? []), ...hosts.filter((host) => host !== undefined));
  if (names.length > 0) related.hosts = names;
}

/** Empty texts say nothing. */
export function textOf(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

export function distinct(...values: string[]): string[] {
  return [...new Set(values)];
}

/** Values as one text of JSON: the types of parameters differ from method to method, which one index cannot hold as fields. */
export function jsonOf(values: object | null): string | undefined {
  return values === null ? undefined : JSON.stringify(values);
}

/** The same object without what is null or undefined at its first level; undefined where nothing is left. */
export function present(
  values: { [field: string]: unknown } | null,
): { [field: string]: unknown } | undefined {
  if (values === null) return undefined;
  const kept = Object.entries(values).filter(([, value]) => value !== null && value !== undefined);
  return kept.length === 0 ? undefined : Object.fromEntries(kept);
}
