/**
 * What a run has shown so far that one record does not say by itself: what machines are called and what they are for, what an
 * open handle stands for, where an NTLM challenge was seen before. Rules ask for it by derived fields (sources/derived.ts).
 *
 * Everything is bounded; what is forgotten leaves a field without a value, never with a wrong one.
 */

import * as uuids from "../../dissectors/wire/interface-uuids.js";
import { canonicalAddress } from "../address.js";
import type { AssociationRecord, CallRecord, Event, SecurityRecord, Value } from "../events.js";
import { type AddressClass, classifyHost } from "../invitation/host-class.js";
import { Oldest } from "../oldest.js";
import { HandleNames, isMembers } from "../output/handle-names.js";
import { headline } from "../output/headline.js";
import { rankingOf } from "../output/ranking.js";
import { conversationKey } from "../output/transport.js";

/** Machines that something is remembered of, and names of one. */
const MAX_MACHINES = 4_096;
const MAX_NAMES = 8;
/** Conversations whose open handles are remembered. */
const MAX_CONVERSATIONS = 2_048;
/** NTLM challenges that are remembered. */
const MAX_CHALLENGES = 16_384;

/** What a machine showed to be: by what it answered, not by what it is called. */
export type Role = "domain_controller" | "server" | "workstation";

interface Machine {
  readonly names: string[];
  role: Role | null;
}

/** A connection, as far as two of them can be told apart. */
interface Challenged {
  client: string;
  server: string;
  stream: number;
}

/** Interfaces that only domain controllers have. */
const OF_CONTROLLERS: ReadonlySet<string> = new Set([uuids.DRSUAPI, uuids.BACKUPKEY]);
/** [MS-SRVS] 2.2.2.7: of a domain controller, primary or not, and of a server. */
const SV_TYPE_DOMAIN = 0x18;
const SV_TYPE_SERVER_NT = 0x8000;
const SV_TYPE_WORKSTATION = 0x1;
/** [MS-NRPC] 3.5.4.4: NetrServerAuthenticate, NetrServerAuthenticate2 and NetrServerAuthenticate3. */
const AUTHENTICATES: ReadonlySet<number> = new Set([5, 15, 26]);
/** [MS-DSSP] 2.2.2: DSROLE_MACHINE_ROLE, by number. */
const MACHINE_ROLES: readonly Role[] = [
  "workstation",
  "workstation",
  "server",
  "server",
  "domain_controller",
  "domain_controller",
];
/** [MS-SRVS] NetrServerGetInfo. */
const SERVER_GET_INFO = 21;

/** What a UUID names, as views show it. */
export type NameOf = (uuid: string) => string | null;

export class Known {
  readonly #machines = new Map<string, Machine>();
  readonly #oldestMachine = new Oldest(this.#machines);
  readonly #classes = new Map<string, AddressClass>();
  readonly #handles = new Map<string, { names: HandleNames; bytes: number }>();
  readonly #oldestHandles = new Oldest(this.#handles);
  readonly #challenges = new Map<string, Challenged>();
  readonly #oldestChallenge = new Oldest(this.#challenges);
  #handleBytes = 0;
  readonly nameOf: NameOf;
  /** Something was forgotten. */
  full = false;

  readonly #maxHandleBytes: number;

  /** `maxHandleBytes`: estimated bytes of memory that names of open handles may take. */
  constructor(nameOf: NameOf = () => null, maxHandleBytes = Number.POSITIVE_INFINITY) {
    this.nameOf = nameOf;
    this.#maxHandleBytes = maxHandleBytes;
  }

  /** To be called once rules have seen the event: what it says holds for those that come. */
  learn(event: Event): void {
    if (event.type === "call") this.#call(event);
    else if (event.type === "association") this.#association(event);
  }

  /** Names of the machine with this address, the best first. */
  namesOf(address: string): readonly string[] {
    return this.#machines.get(address)?.names ?? [];
  }

  /** What kind of place a host is. */
  classOf(host: string): AddressClass {
    let found = this.#classes.get(host);
    if (found === undefined) {
      if (this.#classes.size >= MAX_MACHINES) this.#classes.clear();
      found = classifyHost(host);
      this.#classes.set(host, found);
    }
    return found;
  }

  roleOf(address: string): Role | null {
    return this.#machines.get(address)?.role ?? null;
  }

  /** What was opened as the handle, or led to the object, that the call goes to; null where nothing is known. */
  openedAs(call: CallRecord): string | null {
    const names = this.#handles.get(conversationKey(call))?.names;
    if (names === undefined) return null;
    const way = call.dispatch === null ? "" : names.wayTo(call);
    return way === "" ? names.openedAs(call) : way;
  }

  /** What is remembered of the conversation of a call; nothing is kept of it. */
  handlesOf(call: CallRecord): HandleNames {
    return this.#handles.get(conversationKey(call))?.names ?? NO_HANDLES;
  }

  /** Another connection on which the server gave the same challenge before; null where there was none. */
  challengedBefore(association: AssociationRecord, security: SecurityRecord): Challenged | null {
    // Those that say nothing were not learned.
    const challenge = security.ntlm?.server_challenge ?? null;
    const before = challenge === null ? undefined : this.#challenges.get(challenge);
    if (before === undefined) return null;
    const now = challengedIn(association);
    return isSame(before, now) || !haveMet(before, now) ? null : before;
  }

  #call(call: CallRecord): void {
    const { uuid } = call.interface;
    if (call.response !== null || call.stub.response !== null) this.#answered(call, uuid);
    if (call.response !== null) this.#opened(call);
    const dialled = nameDialled(call.request);
    if (dialled !== null) this.#named(call.server.address, dialled);
  }

  /** What answers is what it answers for. */
  #answered(call: CallRecord, uuid: string | null): void {
    if (uuid === null || call.fault !== null) return;
    if (OF_CONTROLLERS.has(uuid)) this.#is(call.server.address, "domain_controller");
    else if (uuid === uuids.LOGON && AUTHENTICATES.has(call.opnum ?? -1)) {
      // The service is on other machines as well; that it takes a machine's credential is a controller's.
      if (call.status === "ok") this.#is(call.server.address, "domain_controller");
    } else if (uuid === uuids.DSSETUP) {
      const role = machineRole(call.response?.DomainInfo);
      if (role !== null) this.#is(call.server.address, role);
    } else if (uuid === uuids.SRVSVC && call.opnum === SERVER_GET_INFO) {
      const type = serverType(call.response?.InfoStruct);
      if (type === null) return;
      if ((type & SV_TYPE_DOMAIN) !== 0) this.#is(call.server.address, "domain_controller");
      else if ((type & SV_TYPE_SERVER_NT) !== 0) this.#is(call.server.address, "server");
      else if ((type & SV_TYPE_WORKSTATION) !== 0) this.#is(call.server.address, "workstation");
    }
  }

  /** Handles and objects that an answer gives out. */
  #opened(call: CallRecord): void {
    // What calls of objects give out are objects.
    if (call.dispatch === null && call.orpc !== null) return;
    if (call.dispatch === null && !givesHandle(call) && !givesRelativeIds(call)) return;
    const key = conversationKey(call);
    let of = this.#handles.get(key);
    if (of === undefined) {
      if (this.#handles.size >= MAX_CONVERSATIONS) this.#forgetHandles();
      of = { names: new HandleNames(), bytes: 0 };
      this.#handles.set(key, of);
    }
    const about =
      call.dispatch === null
        ? (headline(call, rankingOf(call), of.names, this.nameOf, false).about ?? null)
        : null;
    const more = of.names.learn(call, about);
    of.bytes += more;
    this.#handleBytes += more;
    while (this.#handleBytes > this.#maxHandleBytes && this.#handles.size > 1) this.#forgetHandles();
  }

  #forgetHandles(): void {
    const oldest = this.#oldestHandles.next()!;
    this.#handleBytes -= this.#handles.get(oldest)!.bytes;
    this.#handles.delete(oldest);
    this.full = true;
  }

  #association(association: AssociationRecord): void {
    const { address } = association.server;
    const answered = association.contexts.some(
      ({ interface: uuid, result }) => result === "acceptance" && uuid !== null && OF_CONTROLLERS.has(uuid),
    );
    if (answered) this.#is(address, "domain_controller");
    for (const security of association.security_contexts) {
      const pairs = security.ntlm?.av_pairs;
      for (const name of [pairs?.MsvAvNbComputerName, pairs?.MsvAvDnsComputerName])
        this.#named(address, name);
      const service = security.kerberos?.service ?? null;
      if (service !== null) this.#named(address, /^[^/]+\/([^/@:]+)/.exec(service)?.[1]);
      const challenge = challengeOf(security);
      if (challenge !== null) this.#challenge(challenge, challengedIn(association));
    }
  }

  #challenge(challenge: string, where: Challenged): void {
    if (this.#challenges.has(challenge)) return;
    if (this.#challenges.size >= MAX_CHALLENGES) {
      this.#challenges.delete(this.#oldestChallenge.next()!);
      this.full = true;
    }
    this.#challenges.set(challenge, where);
  }

  #named(address: string, name: Value | undefined): void {
    if (typeof name !== "string" || name === "") return;
    if (this.#machines.get(address)?.names.includes(name) === true) return;
    if (canonicalAddress(name) !== null) return;
    const { names } = this.#machine(address);
    if (names.length < MAX_NAMES && !names.includes(name)) names.push(name);
  }

  #is(address: string, role: Role): void {
    const machine = this.#machine(address);
    // A controller is a server as well.
    if (machine.role !== "domain_controller") machine.role = role;
  }

  #machine(address: string): Machine {
    let machine = this.#machines.get(address);
    if (machine === undefined) {
      if (this.#machines.size >= MAX_MACHINES) {
        this.#machines.delete(this.#oldestMachine.next()!);
        this.full = true;
      }
      machine = { names: [], role: null };
      this.#machines.set(address, machine);
    }
    return machine;
  }
}

const NO_HANDLES = new HandleNames();

/** Parameters by which a client says which machine it means: `\\\\DC01`, `DC01.example.com`. */
const MACHINE_PARAMETERS = [
  "ServerName",
  "lpMachineName",
  "MachineName",
  "PrimaryName",
  "LogonServer",
  "pServerName",
];

function nameDialled(request: CallRecord["request"]): string | null {
  if (request === null) return null;
  for (const parameter of MACHINE_PARAMETERS) {
    const value = request[parameter];
    if (typeof value !== "string") continue;
    const name = value.replace(/^\\+/, "").replace(/\0+$/, "");
    if (/^[\w.-]{1,255}$/.test(name)) return name;
  }
  return null;
}

function givesHandle({ request, response }: CallRecord): boolean {
  for (const name in response) {
    const value = response[name];
    if (isMembers(value) && "attributes" in value && request?.[name] === undefined) return true;
  }
  return false;
}

/** What DsRolerGetPrimaryDomainInformation says that the machine is. */
function machineRole(info: Value | undefined): Role | null {
  const basic = isMembers(info) ? info.DomainInfoBasic : undefined;
  const role = isMembers(basic) && isMembers(basic.MachineRole) ? basic.MachineRole.value : null;
  return typeof role === "number" ? (MACHINE_ROLES[role] ?? null) : null;
}

/** SamrLookupNamesInDomain: accounts are opened by their numbers after it, and known by these names. */
function givesRelativeIds({ interface: of, response }: CallRecord): boolean {
  return of.uuid === uuids.SAMR && isMembers(response?.RelativeIds);
}

/** sv101_type and the like, wherever in the union it stands. */
function serverType(info: Value | undefined): number | null {
  if (!isMembers(info)) return null;
  for (const [name, value] of Object.entries(info)) {
    if (/^sv\d+_type$/.test(name) && typeof value === "number") return value;
    if (isMembers(value)) {
      const inner = serverType(value);
      if (inner !== null) return inner;
    }
  }
  return null;
}

function challengeOf({ ntlm }: SecurityRecord): string | null {
  const challenge = ntlm?.server_challenge ?? null;
  // What was not captured whole says nothing.
  return challenge === null || /^0*$/.test(challenge) ? null : challenge;
}

function challengedIn({ client, server, stream }: AssociationRecord): Challenged {
  return {
    client: `${client.address} ${client.port}`,
    server: `${server.address} ${server.port}`,
    stream,
  };
}

/**
 * A machine stands at an end of both: who relays is the server of one and the client of the other, and a fixed challenge is
 * one server's. The same traffic between other machines is a copy of a capture.
 */
function haveMet(a: Challenged, b: Challenged): boolean {
  const ends = [a.client, a.server].map(addressOf);
  return [b.client, b.server].some((end) => ends.includes(addressOf(end)));
}

/** Of `address port`. */
const addressOf = (end: string): string => end.slice(0, end.lastIndexOf(" "));

/** One connection that is met twice, in two files or as two pipes of it, is one. */
function isSame(a: Challenged, b: Challenged): boolean {
  return a.stream === b.stream || (a.client === b.client && a.server === b.server);
}
