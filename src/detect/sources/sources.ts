/** The log sources that rules may be for, and what of a run each of them needs. */
import type { EventKind } from "../../events.js";
import type { LogSource } from "../rules/rule.js";

/** The logs of Zeek that rules may be for, by the service that they name (zeek.ts, which is loaded where one is). */
const ZEEK_SERVICES = ["dce_rpc", "ntlm", "kerberos", "smb_mapping", "smb_files", "rdp", "conn"] as const;
export type ZeekService = (typeof ZEEK_SERVICES)[number];

export interface Source extends LogSource {
  readonly key: string;
  /** The kinds of records that it is made of. */
  readonly kinds: readonly EventKind[];
}

const own = (service: string, kind: EventKind): Source => ({
  key: service,
  product: "raiscope",
  service,
  category: null,
  kinds: [kind],
});

export const SOURCES: readonly Source[] = [
  own("call", "call"),
  own("offer", "offer"),
  own("association", "association"),
  own("note", "note"),
  { key: "rpc_firewall", product: "rpc_firewall", service: null, category: "application", kinds: ["call"] },
  ...ZEEK_SERVICES.map(
    (service): Source => ({
      key: `zeek/${service}`,
      product: "zeek",
      service,
      category: null,
      // Of call logs, which have no observations, associations tell of logons and tickets.
      kinds: service === "dce_rpc" ? ["call", "association"] : ["association"],
    }),
  ),
];
