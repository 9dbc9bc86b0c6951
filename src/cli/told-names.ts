/**
 * Names of addresses that the capture itself tells: computers by the handshakes of NTLM, servers by the principals of their
 * tickets, machines by the string bindings of their objects, and both sides of offers. They are what somebody said, and are
 * shown beside the address.
 *
 * Not handled: answers of DNS, which is not decoded.
 */
import { canonicalAddress } from "../address.js";
import type { AssociationRecord, CallRecord, Event, OfferRecord, SecurityRecord, Value } from "../events.js";
import { infrastructure } from "../facts/infrastructure.js";

/** Addresses whose names are remembered. */
const MAX_NAMED = 65_536;
/** Depth and elements of values that are looked through for string bindings. */
const LOOKED_DEEP = 8;
const LOOKED_AT = 64;

/** The better of two names of an address: one of DNS says most. */
const RANKS = { dns: 3, dialled: 2, short: 1 } as const;
type Rank = (typeof RANKS)[keyof typeof RANKS];

export class ToldNames {
  readonly #names = new Map<string, { name: string; rank: Rank }>();

  nameOf(address: string): string | null {
    return this.#names.get(address)?.name ?? null;
  }

  learn(event: Event): void {
    if (event.type === "association") this.#association(event);
    else if (event.type === "call") this.#call(event);
    else if (event.type === "offer") this.#offer(event);
  }

  #tell(address: string, name: Value | undefined, rank: Rank): void {
    if (typeof name !== "string" || name === "" || canonicalAddress(name) !== null) return;
    const known = this.#names.get(address);
    if (known !== undefined ? known.rank >= rank : this.#names.size >= MAX_NAMED) return;
    this.#names.set(address, { name, rank });
  }

  #association({ client, server, auth, security_contexts: contexts }: AssociationRecord): void {
    for (const context of [auth, ...contexts]) this.#context(client.address, server.address, context);
  }

  #context(client: string, server: string, { workstation, ntlm, kerberos }: SecurityRecord): void {
    this.#tell(client, workstation, RANKS.short);
    this.#tell(server, ntlm?.av_pairs.MsvAvDnsComputerName, RANKS.dns);
    this.#tell(server, ntlm?.av_pairs.MsvAvNbComputerName, RANKS.short);
    // [RFC 4120] 6.2: service/host, and further components. That of a user has none.
    const host = kerberos?.user_to_user === false ? kerberos.service?.split("/")[1] : undefined;
    this.#tell(server, host, RANKS.dialled);
  }

  #call(call: CallRecord): void {
    this.#tell(call.client.address, call.auth.workstation, RANKS.short);
    if (infrastructure(call.interface.uuid) === null || call.response === null) return;
    this.#bindings(call.response, call.server.address, 0);
  }

  /** The string bindings of one machine, [MS-DCOM] 2.2.19.3: its names and its addresses. */
  #bindings(value: Value, server: string, depth: number): void {
    if (value === null || typeof value !== "object" || depth > LOOKED_DEEP) return;
    const inside = Array.isArray(value) ? value : Object.values(value);
    const list = Array.isArray(value) ? null : value.bindings;
    if (Array.isArray(list)) {
      const hosts = list.slice(0, LOOKED_AT).map(hostOf);
      const addresses = hosts.flatMap((host) => canonicalAddress(host ?? "") ?? []);
      const name = hosts.find((host) => host !== null && canonicalAddress(host) === null);
      if (name !== undefined) {
        for (const address of addresses.length === 0 ? [server] : addresses) {
          this.#tell(address, name, RANKS.dialled);
        }
      }
    }
    for (const one of inside.slice(0, LOOKED_AT)) this.#bindings(one, server, depth + 1);
  }

  #offer({ expert, novice }: OfferRecord): void {
    this.#tell(expert.address, expert.workstation, RANKS.short);
    this.#tell(novice.address, novice.name, RANKS.short);
  }
}

/** The host of `{"tower": …, "address": "HOST[port]"}`. */
function hostOf(binding: Value): string | null {
  if (binding === null || typeof binding !== "object" || Array.isArray(binding)) return null;
  const { address } = binding;
  return typeof address === "string" ? address.replace(/\[[^\]]*\]$/, "") : null;
}
