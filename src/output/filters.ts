/**
 * Which records are shown: the options --only-rai, --interface, --status, --host and --transport, and the expression of -Y.
 * Every option that was given must hold, also when one is given twice; one value may hold alternatives, parted by commas.
 *
 * Calls meet all of them. Associations meet all but --status, offers and findings --host: the rest says nothing
 * about them. Notes and the summary speak of the whole capture: -Y alone holds them back.
 */

import { canonicalHost } from "../address.js";
import type { AssociationRecord, CallRecord, Event, EventKind, TransportRecord } from "../events.js";
import { isRaiAssociation, isRaiCall } from "./rai.js";

export const STATUSES = ["ok", "error", "fault", "unknown", "no_response", "no_request"] as const;

/** What carried the calls: TCP itself, named pipes of SMB, or datagrams. */
export const TRANSPORTS = ["tcp", "pipe", "udp", "http"] as const;

export interface FilterOptions {
  onlyRai: boolean;
  /** Each an interface's name or UUID in any case, or several with commas. */
  interfaces: readonly string[];
  /** Each one of STATUSES, or several with commas. */
  statuses: readonly string[];
  /** Each an address (IPv6 in any spelling), or several with commas; client or server. */
  hosts: readonly string[];
  /** Each one of TRANSPORTS, or several with commas. */
  transports: readonly string[];
  /** Kinds of records, or null for all; the summary is always shown. */
  kinds?: readonly EventKind[] | null;
  /** The expression of -Y, or null. */
  where?: Where | null;
}

/** An expression over records. */
export interface Where {
  matches(record: Event): boolean;
  /** Records that were given up as too expensive, and are not shown. */
  readonly givenUp: number;
}

interface FilterNote {
  severity: "warning";
  code: string;
  message: string;
  frame: number;
}

export interface Filter {
  (event: Event): boolean;
  /** What there is to say of the filter itself. */
  takeNotes?(): readonly FilterNote[];
}

type Alternatives = ReadonlySet<string>;

/** True when nothing is held back. */
function isOpen(options: FilterOptions): boolean {
  return (
    !options.onlyRai &&
    options.interfaces.length === 0 &&
    options.statuses.length === 0 &&
    options.hosts.length === 0 &&
    options.transports.length === 0
  );
}

/** The predicate of the given options. */
export function makeFilter(options: FilterOptions): Filter {
  const { where = null } = options;
  const chosen = chooser(options);
  if (where === null) return chosen;
  let told = false;
  const filter: Filter = (event) => chosen(event) && where.matches(event);
  filter.takeNotes = () => {
    if (told || where.givenUp === 0) return NO_NOTES;
    told = true;
    return [GIVEN_UP];
  };
  return filter;
}

const NO_NOTES: readonly FilterNote[] = [];
const GIVEN_UP: FilterNote = {
  severity: "warning",
  code: "filter-limit",
  message: "the expression of -Y takes too many steps over some records: these are not shown",
  frame: 0,
};

function chooser(options: FilterOptions): Filter {
  const { kinds = null } = options;
  const chosen = chooserOfAny(options);
  if (kinds === null) return chosen;
  return (event) => (event.type === "summary" || kinds.includes(event.type)) && chosen(event);
}

function chooserOfAny(options: FilterOptions): Filter {
  if (isOpen(options)) return () => true;
  const interfaces = options.interfaces.map((value) => alternatives(value, interfaceKey));
  const statuses = options.statuses.map((value) => alternatives(value, (s) => s.toLowerCase()));
  const hosts = options.hosts.map((value) => alternatives(value, canonicalHost));
  const reaches = (...addresses: string[]): boolean =>
    hosts.every((wanted) => addresses.some((address) => wanted.has(canonicalHost(address))));
  const transports = options.transports.map((value) => alternatives(value, (s) => s.toLowerCase()));
  const carried = ({ protseq }: TransportRecord): boolean =>
    transports.every((wanted) => wanted.has(CARRIER[protseq]));
  return (event) => {
    switch (event.type) {
      case "call":
        return (
          statuses.every((wanted) => wanted.has(event.status)) &&
          reaches(event.client.address, event.server.address) &&
          carried(event.transport) &&
          (!options.onlyRai || isRaiCall(event)) &&
          interfaces.every((wanted) => callHas(event, wanted))
        );
      case "association":
        return (
          reaches(event.client.address, event.server.address) &&
          carried(event.transport) &&
          (!options.onlyRai || isRaiAssociation(event)) &&
          interfaces.every((wanted) => associationHas(event, wanted))
        );
      case "offer":
        return reaches(event.expert.address, event.novice.address);
      case "detection": {
        const { client, server } = event;
        // Of several machines it is not told which: it may be about the one that is wanted.
        return client === null || server === null || reaches(client.address, server.address);
      }
      case "observation":
        return reaches(event.client.address, event.server.address);
      default:
        return true;
    }
  };
}

const CARRIER: { readonly [protseq in TransportRecord["protseq"]]: (typeof TRANSPORTS)[number] } = {
  ncacn_ip_tcp: "tcp",
  ncacn_np: "pipe",
  ncadg_ip_udp: "udp",
  ncacn_http: "http",
};

function alternatives(value: string, key: (part: string) => string): Alternatives {
  return new Set(
    value
      .split(",")
      .map((part) => key(part.trim()))
      .filter((part) => part !== ""),
  );
}

function interfaceKey(text: string): string {
  return text.toLowerCase().replace(/^\{(.*)\}$/, "$1");
}

function callHas(call: CallRecord, wanted: Alternatives): boolean {
  const { uuid, name } = call.interface;
  const through = call.dispatch?.interface ?? null;
  return has(wanted, uuid) || has(wanted, name) || has(wanted, through);
}

function associationHas(association: AssociationRecord, wanted: Alternatives): boolean {
  return association.contexts.some((context) => has(wanted, context.interface) || has(wanted, context.name));
}

function has(wanted: Alternatives, value: string | null): boolean {
  return value !== null && wanted.has(value.toLowerCase());
}
