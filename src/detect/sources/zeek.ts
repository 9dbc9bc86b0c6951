/**
 * Rows of Zeek's logs, as the export writes them (output/zeek), as what rules for `product: zeek` are matched against. Times and
 * intervals are numbers of seconds, as in Zeek's JSON.
 */
import type { Event } from "../../events.js";
import {
  CONN_COMMUNITY_ID,
  DCE_RPC,
  KERBEROS,
  NTLM,
  RDP,
  SMB_FILES,
  SMB_MAPPING,
  type ZeekLog,
  type ZeekRow,
  type ZeekType,
  type ZeekValue,
} from "../../output/zeek/logs.js";
import { asDouble } from "../../output/zeek/times.js";
import { ZeekLogs } from "../../output/zeek/zeek-logs.js";
import type { SourceRecord } from "./source-record.js";
import type { ZeekService } from "./sources.js";

/** The logs that rules may be for, by the service that they name. */
export const ZEEK_LOGS: { readonly [service in ZeekService]: ZeekLog } = {
  dce_rpc: DCE_RPC,
  ntlm: NTLM,
  kerberos: KERBEROS,
  smb_mapping: SMB_MAPPING,
  smb_files: SMB_FILES,
  rdp: RDP,
  conn: CONN_COMMUNITY_ID,
};

/** Names that Sigma has for what every log of connections says, and Zeek's own. */
export const ALIASES: { readonly [name: string]: string } = {
  src_ip: "id.orig_h",
  src_port: "id.orig_p",
  dst_ip: "id.resp_h",
  dst_port: "id.resp_p",
};

/** What of these columns is not known from calls alone: they make observations necessary. */
const OBSERVED: ReadonlySet<string> = new Set(["named_pipe"]);

/** Whether what rules ask of a log is seen only where conversations are watched beside calls. */
export function needsObservations(service: string, fields: readonly string[]): boolean {
  return service !== "dce_rpc" || fields.some((field) => OBSERVED.has(field));
}

/** A row of one log; `service` is the log's. */
export type TakeRow = (service: string, record: SourceRecord) => void;

export class ZeekSource {
  readonly #logs: ZeekLogs;
  /** What the rows at hand are made of. */
  #event: Event | null = null;

  /** `services`: the logs that rules are for. */
  constructor(services: ReadonlySet<string>, take: TakeRow) {
    const wanted = new Map(
      Object.entries(ZEEK_LOGS)
        .filter(([service]) => services.has(service))
        .map(([service, log]) => [log, service]),
    );
    const options = { rows: "response", communityId: true, only: new Set(wanted.keys()) } as const;
    this.#logs = new ZeekLogs(options, (log, row) => {
      const service = wanted.get(log);
      if (service !== undefined) take(service, rowRecord(log, row, this.#event!));
    });
  }

  push(event: Event): void {
    this.#event = event;
    this.#logs.push(event);
  }

  /** `last`: what rows are made of that nothing ended. */
  finish(last: Event): void {
    this.#event = last;
    this.#logs.finish();
  }
}

const PLACES = new WeakMap<ZeekLog, ReadonlyMap<string, number>>();

function placesOf(log: ZeekLog): ReadonlyMap<string, number> {
  let places = PLACES.get(log);
  if (places === undefined) {
    places = new Map(log.fields.map((field, index) => [field, index]));
    PLACES.set(log, places);
  }
  return places;
}

function rowRecord(log: ZeekLog, row: ZeekRow, event: Event): SourceRecord {
  const places = placesOf(log);
  return {
    event,
    field(name) {
      const place = places.get(name) ?? places.get(ALIASES[name] ?? "");
      if (place === undefined) return undefined;
      return cellValue(row[place] ?? null, log.types[place]!, row[0] as number);
    },
    names: () => log.fields,
  };
}

function cellValue(value: ZeekValue, type: ZeekType, start: number): unknown {
  if (value === null || (Array.isArray(value) && value.length === 0)) return undefined;
  if (typeof value === "number") {
    if (type === "time") return asDouble(value);
    return type === "interval" ? asDouble(start + value) - asDouble(start) : value;
  }
  return typeof value === "object" && "seconds" in value ? value.seconds : value;
}
