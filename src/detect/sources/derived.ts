/**
 * Fields that records do not have, and rules need: what two fields say together, or what the run has shown before. Each is a row:
 * its name, the records that have it, and what it means; docs/rule-fields.md is made of them.
 */
import { canonicalAddress } from "../../address.js";
import type {
  AssociationRecord,
  CallRecord,
  ConnectionString,
  Event,
  OfferRecord,
  SecurityRecord,
  Value,
} from "../../events.js";
import { activationProperties } from "../../facts/activation.js";
import { classifyHost } from "../../invitation/host-class.js";
import { hostPort } from "../../output/format.js";
import { headline } from "../../output/headline.js";
import { rankingOf } from "../../output/ranking.js";
import { classKnownAs } from "../classes.js";
import type { Known } from "../known.js";

export interface Derived<E extends Event> {
  readonly name: string;
  readonly type: string;
  readonly meaning: string;
  /** null or undefined where nothing says. */
  value(event: E, known: Known): unknown;
}

/** [MS-RPCE] 2.2.1.1.8: levels below which a message can be changed on its way. */
const UNSIGNED: ReadonlySet<string> = new Set(["none", "connect", "call", "pkt"]);
/** Text that is looked into for paths, and texts of one call. */
const LOOKED_AT = 256;

const activated = (call: CallRecord): ReturnType<typeof activationProperties> =>
  activationProperties(call.request?.pActProperties);

function activatedClass(call: CallRecord): string | null {
  const clsid = activated(call)?.clsid ?? call.request?.Clsid ?? null;
  return typeof clsid === "string" ? clsid : null;
}

function className(clsid: string | null, known: Known): string | null {
  return clsid === null ? null : (known.nameOf(clsid) ?? classKnownAs(clsid));
}

/** Nothing that the call says is signed, nor the SMB session around it encrypted. */
function inTheClear({ auth, transport }: Pick<CallRecord, "auth" | "transport">): boolean {
  return auth.level !== "pkt_privacy" && transport.smb?.encrypted !== true;
}

export const CALL_FIELDS: readonly Derived<CallRecord>[] = [
  {
    name: "activation.clsid",
    type: "string",
    meaning: "class that RemoteCreateInstance, RemoteGetClassObject or RemoteActivation asks for",
    value: activatedClass,
  },
  {
    name: "activation.class",
    type: "string",
    meaning: "name of that class (MmcApplication, ShellWindows, RASrv …), where one is known",
    value: (call, known) => className(activatedClass(call), known),
  },
  {
    name: "activation.session",
    type: "integer",
    meaning: "logon session that the activation asks for; nothing where it asks for none",
    value: (call) => activated(call)?.session,
  },
  {
    name: "activation.console",
    type: "boolean",
    meaning: "the activation asks for the console's session (SPD_FLAG_USE_CONSOLE_SESSION)",
    value: (call) => activated(call)?.console,
  },
  {
    name: "called.class",
    type: "string",
    meaning: "name of the class of the object that is called, where it is known",
    value: ({ target }, known) => target?.class ?? className(target?.clsid ?? null, known),
  },
  {
    name: "handle.name",
    type: "string",
    meaning:
      "what was opened as the handle that the call goes to (a service, a registry key from HKLM down, a printer), or the members that led to the object (Document.ActiveView)",
    value: (call, known) => known.openedAs(call),
  },
  {
    name: "what",
    type: "string",
    meaning: "the call in a few words, as the transcript lists it, with what it is about",
    value: (call, known) => callInWords(call, known),
  },
  {
    name: "invoked.texts",
    type: "list of string",
    meaning: "every text among the arguments of IDispatch::Invoke, whatever they are called",
    value: ({ dispatch }) => (dispatch === null ? null : textsIn(dispatch.arguments)),
  },
  {
    name: "request.texts",
    type: "list of string",
    meaning: "every text among the parameters, and what they mean, whatever they are called",
    value: ({ request, readable }) => [...textsIn(request), ...textsIn(readable?.request ?? null)],
  },
  {
    name: "request.unc_hosts",
    type: "list of string",
    meaning: "machines that paths among the parameters name (\\\\HOST\\share, //HOST@80/x)",
    value: (call) => uncHosts(call),
  },
  {
    name: "request.unc_elsewhere",
    type: "boolean",
    meaning: "one of these is not the server itself, as far as its addresses and names are known",
    value: (call, known) => uncElsewhere(call, known),
  },
  {
    name: "sealed",
    type: "boolean",
    meaning:
      "the parameters could not be read: encrypted without a key. Interface, opnum, sizes and times are known all the same",
    value: ({ stub }) =>
      stub.request === "encrypted" || (stub.request === null && stub.response === "encrypted"),
  },
  {
    name: "auth.unsigned",
    type: "boolean",
    meaning: "the authentication level is below packet integrity, and no encrypted SMB session is around it",
    value: ({ auth, transport }) => UNSIGNED.has(auth.level) && transport.smb?.encrypted !== true,
  },
  {
    name: "auth.machine",
    type: "boolean",
    meaning: "the caller is a machine account (its name ends in $); nothing where no account is known",
    value: ({ auth }) => (auth.user === null || auth.user === "" ? null : auth.user.endsWith("$")),
  },
  {
    name: "rai.in_the_clear",
    type: "boolean",
    meaning:
      "a connection string was returned that whoever saw these packets could read: nothing encrypted it",
    value: (call) => (call.rai?.connection_string ? inTheClear(call) : null),
  },
  connection<CallRecord>(),
  ...ends<CallRecord>(({ client, server }) => [client.address, server.address]),
];

export const OFFER_FIELDS: readonly Derived<OfferRecord>[] = [
  {
    name: "selected.state",
    type: "string",
    meaning: "state of the session that was asked for (pchActive, …), where the list of sessions tells it",
    value: (offer) => selectedSession(offer)?.state,
  },
  {
    name: "selected.other",
    type: "boolean",
    meaning:
      "another session was asked for than the only active one of the list; nothing where no list tells which are active",
    value: (offer) => otherThanActive(offer),
  },
  {
    name: "selected.listed",
    type: "boolean",
    meaning:
      "the session that was asked for is in the list of sessions; nothing where there is no list or no session",
    value: (offer) =>
      offer.selected?.session_id == null || offer.sessions.length === 0
        ? null
        : selectedSession(offer) !== null,
  },
  {
    name: "connection_string.listener_hosts",
    type: "list of string",
    meaning: "hosts of the listeners that the connection string names",
    value: ({ connection_string: string }) => listenersOf(string).map(({ host }) => host),
  },
  {
    name: "listener_classes",
    type: "list of string",
    meaning:
      "what kinds of places those hosts are: public, private, link_local, loopback, teredo, multicast, unspecified, name",
    value: ({ connection_string: string }, known) => [
      ...new Set(listenersOf(string).map(({ host }) => known.classOf(host))),
    ],
  },
  {
    name: "connection_string.public_listeners",
    type: "list of string",
    meaning: "those listeners (host:port) whose address is public: reachable from anywhere",
    value: ({ connection_string: string }, known) =>
      listenersOf(string)
        .filter(({ host }) => known.classOf(host) === "public")
        .map(({ host, port }) => hostPort(host, port)),
  },
  ...ends<OfferRecord>(({ expert, novice }) => [expert.address, novice.address], "expert", "novice"),
];

export const ASSOCIATION_FIELDS: readonly Derived<AssociationRecord>[] = [
  {
    name: "ntlm.repeated_challenge",
    type: "boolean",
    meaning:
      "a server gave the same NTLM challenge on another connection before: as a relay does, or a fixed one",
    value: (association, known) => repeated(association, known) !== null,
  },
  {
    name: "ntlm.challenged_before",
    type: "string",
    meaning: "that other connection, as client and server",
    value: (association, known) => {
      const before = repeated(association, known);
      return before === null ? null : `${colon(before.client)} to ${colon(before.server)}`;
    },
  },
  {
    name: "auth.unsigned",
    type: "boolean",
    meaning: "the authentication level is below packet integrity, and no encrypted SMB session is around it",
    value: ({ auth, transport }) => UNSIGNED.has(auth.level) && transport.smb?.encrypted !== true,
  },
  {
    name: "auth.machine",
    type: "boolean",
    meaning: "the caller is a machine account (its name ends in $); nothing where no account is known",
    value: ({ auth }) => (auth.user === null || auth.user === "" ? null : auth.user.endsWith("$")),
  },
  connection<AssociationRecord>(),
  ...ends<AssociationRecord>(({ client, server }) => [client.address, server.address]),
];

function connection<E extends CallRecord | AssociationRecord>(): Derived<E> {
  return {
    name: "connection",
    type: "string",
    meaning:
      "client and server with their ports, which tells connections apart: 10.0.0.5:49712 to 10.0.0.9:445",
    value: ({ client, server }) =>
      `${hostPort(client.address, client.port)} to ${hostPort(server.address, server.port)}`,
  };
}

/** What the run has shown of the machines at both ends. */
function ends<E extends Event>(
  of: (event: E) => readonly [string, string],
  client = "client",
  server = "server",
): Derived<E>[] {
  return ([client, server] as const).flatMap((side, index): Derived<E>[] => {
    const address = (event: E): string => of(event)[index]!;
    return [
      {
        name: `${side}.names`,
        type: "list of string",
        meaning: `names that the traffic so far gives the ${side}: of NTLM target information, tickets, requests`,
        value: (event, known) => known.namesOf(address(event)),
      },
      {
        name: `${side}.role`,
        type: "string",
        meaning: `domain_controller, server or workstation, where the ${side} has shown it so far: it accepted what only controllers do, or said so itself (NetrServerGetInfo)`,
        value: (event, known) => known.roleOf(address(event)),
      },
      {
        name: `${side}.scope`,
        type: "string",
        meaning: `where the address of the ${side} is: public, private, link_local, loopback, teredo, multicast, unspecified`,
        value: (event, known) => known.classOf(address(event)),
      },
    ];
  });
}

/** The call in a few words, with the values that it is about. */
export function callInWords(call: CallRecord, known: Known): string {
  const { name, values } = headline(call, rankingOf(call), known.handlesOf(call), known.nameOf, false);
  return values === "" ? name : `${name} ${values}`;
}

/** Texts in a value, as many as are looked at. */
export function textsIn(value: Value | undefined): string[] {
  const found: string[] = [];
  let left = LOOKED_AT;
  const look = (one: Value | undefined): void => {
    if (left <= 0 || one === null || one === undefined) return;
    if (typeof one === "string") {
      left--;
      if (one !== "") found.push(one);
    } else if (typeof one === "object") {
      for (const inner of Array.isArray(one) ? one : Object.values(one)) look(inner);
    } else left--;
  };
  look(value);
  return found;
}

/** `\\HOST\…` and `\??\UNC\HOST\…`, also with slashes, and with a port behind an `@` as WebDAV has it. */
const UNC = /^(?:\\\\\?\\UNC\\|\\\?\?\\UNC\\|[\\/]{2})([^\\/?*:<>|"@\0]{1,255})(?:@[^\\/]*)?(?=[\\/]|\0|$)/i;

function uncHosts({ request }: CallRecord): string[] {
  const hosts = textsIn(request).flatMap((text) => UNC.exec(text)?.[1] ?? []);
  return [...new Set(hosts)].filter((host) => host !== "." && host !== "?");
}

function uncElsewhere(call: CallRecord, known: Known): boolean {
  return uncHosts(call).some((host) => !isServer(host, call, known));
}

function isServer(host: string, { server }: CallRecord, known: Known): boolean {
  const address = canonicalAddress(host);
  if (address !== null) return address === server.address || classifyHost(address) === "loopback";
  if (/^localhost$/i.test(host)) return true;
  const label = firstLabel(host);
  return known.namesOf(server.address).some((name) => firstLabel(name) === label);
}

const firstLabel = (name: string): string => name.toLowerCase().replace(/\..*$/s, "");

function repeated(association: AssociationRecord, known: Known): ReturnType<Known["challengedBefore"]> {
  const contexts: readonly SecurityRecord[] =
    association.security_contexts.length > 0 ? association.security_contexts : [association.auth];
  for (const security of contexts) {
    const before = known.challengedBefore(association, security);
    if (before !== null) return before;
  }
  return null;
}

/** `10.0.0.5 445` as `10.0.0.5:445`. */
function colon(end: string): string {
  const [address = "", port] = end.split(" ");
  return hostPort(address, Number(port));
}

function selectedSession({ sessions, selected }: OfferRecord): OfferRecord["sessions"][number] | null {
  if (selected === null) return null;
  return sessions.find(({ session_id }) => session_id !== null && session_id === selected.session_id) ?? null;
}

/** [MS-RAI] 2.2.3.1.1: SessionStateEnum. */
const ACTIVE = "pchActive";

function otherThanActive(offer: OfferRecord): boolean | null {
  const active = offer.sessions.filter(({ state }) => state === ACTIVE);
  const asked = offer.selected?.session_id ?? null;
  if (asked === null || active.length !== 1 || active[0]!.session_id === null) return null;
  return active[0]!.session_id !== asked;
}

function listenersOf(string: ConnectionString | null): { host: string; port: number | null }[] {
  if (string === null || string.form === null) return [];
  const all = string.form === 1 ? string.listeners : string.transports.flatMap(({ listeners }) => listeners);
  return all.flatMap(({ name, port }) => (name === null ? [] : [{ host: name, port }]));
}
