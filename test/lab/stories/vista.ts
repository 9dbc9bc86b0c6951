/**
 * The offer as experts since Windows Vista make it: IRASrv, found through a class factory, first in any session for
 * the list of sessions, then through a session moniker in the session that was chosen. [MS-RAI] 3.4.4.
 */

import { scmActivation } from "../activation.js";
import { Association, type Wish } from "../association.js";
import { type Cast, Exporter, plainEncoding, resolverBindings } from "../cast.js";
import type { Conversation } from "../conversation.js";
import { CLSID, IID, type ObjectRef, type Said } from "../dcom.js";
import { createInstance, remQueryInterface, remReferences, serverAlive2 } from "../exporter.js";
import type { SafeArrayLayout } from "../oaut.js";
import { LEVELS, type Level, type SecurityPlan } from "../plan.js";
import { getNoviceUserInfo, getSessionInfo, HRESULT, sessionNames } from "../rai.js";

export interface Security {
  provider: "spnego" | "ntlmssp";
  level: Level;
}

export function plan(cast: Cast, security: Security | null): SecurityPlan | null {
  if (security === null) return null;
  return {
    provider: security.provider,
    level: security.level,
    account: cast.expert.account,
    server: cast.novice.server,
    clientVersion: cast.expert.version,
    serverVersion: cast.novice.version,
    headerSigning: true,
    spn: `RPCSS/${cast.novice.name}`,
  };
}

export function connect(talk: Conversation, cast: Cast, port: number): number {
  const { expert, novice } = cast;
  const client = { address: expert.address, port: expert.nextPort++ };
  return talk.connect(client, { address: novice.address, port });
}

/** The question every modern client asks first: bindings and COM version, without authentication. */
export function alive(talk: Conversation, cast: Cast): Association {
  const { novice, little } = cast;
  const e = plainEncoding(cast);
  const connection = connect(talk, cast, novice.mapperPort);
  const association = new Association(talk, connection, "", { firstCallId: 2, little });
  association.bind([{ interface: "IObjectExporter", propose: ["ndr"], accept: "ndr" }]);
  association.call(null, serverAlive2(e, resolverBindings(novice)), { causality: null });
  return association;
}

export interface Activation {
  exporter: Exporter;
  factory: ObjectRef;
  association: Association;
}

/** RemoteGetClassObject of RASrv on the resolver's port; `session` as a session moniker asks for it. */
export function getClassObject(
  talk: Conversation,
  cast: Cast,
  cid: string,
  session: number | null,
  port: number,
  security: Security | null,
): Activation {
  const { expert, novice, little } = cast;
  const e = plainEncoding(cast);
  const connection = connect(talk, cast, novice.mapperPort);
  const association = new Association(talk, connection, cid, { firstCallId: 3, little });
  association.bind(
    [{ interface: "IRemoteSCMActivator", propose: ["ndr"], accept: "ndr" }],
    plan(cast, security),
  );
  const principal = `${expert.account.domain}\\${expert.account.user}`;
  const exporter = new Exporter(talk.random, novice, port, principal);
  const factory = exporter.reference(IID.IClassFactory);
  const activated = {
    oxid: exporter.oxid,
    bindings: exporter.bindings,
    ipidRemUnknown: exporter.ipidRemUnknown,
    authnHint: security === null ? 1 : LEVELS[security.level],
    interfaces: [{ iid: IID.IClassFactory, hresult: 0, ref: factory }],
  };
  const request = {
    clsid: CLSID.RASrv,
    iids: [IID.IClassFactory],
    session,
    serverName: novice.name,
    contextId: talk.random.guid(),
  };
  association.call(null, scmActivation(e, cid, "RemoteGetClassObject", request, activated), {
    trailer: security !== null && security.level !== "connect",
  });
  return { exporter, factory, association };
}

export interface Reached {
  association: Association;
  /** The IUnknown that CreateInstance gave. */
  unknown: ObjectRef;
  service: ObjectRef;
}

/**
 * The exporter's own port: IRemUnknown2, the class factory's instance, the factory released, IRASrv asked for.
 * `syntax` is what IRASrv's context settles on.
 */
export function reachIRASrv(
  talk: Conversation,
  cast: Cast,
  cid: string,
  activation: Activation,
  security: Security | null,
  syntax: "ndr" | "ndr64" = "ndr",
): Reached {
  const { exporter, factory } = activation;
  const e = plainEncoding(cast);
  const connection = connect(talk, cast, exporter.port);
  const association = new Association(talk, connection, cid, { firstCallId: 2, little: cast.little });
  const first: Wish = { interface: "IRemUnknown2", propose: ["ndr", "ndr64"], accept: "ndr" };
  association.bind([first], plan(cast, security));
  const unmarshal = "00000003-0000-0000-c000-000000000046";
  association.call(
    exporter.ipidRemUnknown,
    remQueryInterface(e, cid, "IRemUnknown2", factory.ipid, [
      { iid: unmarshal, hresult: HRESULT.E_NOINTERFACE, ref: null },
    ]),
    { trailer: true },
  );
  association.alter([{ interface: "IClassFactory", propose: ["ndr", "ndr64"], accept: "ndr" }]);
  const unknown = exporter.reference(IID.IUnknown);
  association.call(factory.ipid, createInstance(e, cid, IID.IUnknown, unknown), { trailer: true });
  association.call(
    exporter.ipidRemUnknown,
    remReferences(e, cid, "IRemUnknown2", "RemRelease", [{ ipid: factory.ipid, publicRefs: 5 }]),
  );
  const service = exporter.reference(IID.IRASrv, unknown);
  association.call(
    exporter.ipidRemUnknown,
    remQueryInterface(e, cid, "IRemUnknown2", unknown.ipid, [{ iid: IID.IRASrv, hresult: 0, ref: service }]),
  );
  association.alter([{ interface: "IRASrv", propose: ["ndr", "ndr64"], accept: syntax }]);
  return { association, unknown, service };
}

function release(cast: Cast, cid: string, reached: Reached, ipidRemUnknown: string): void {
  const { association, unknown, service } = reached;
  const e = plainEncoding(cast);
  association.call(
    ipidRemUnknown,
    remReferences(e, cid, "IRemUnknown2", "RemRelease", [
      { ipid: service.ipid, publicRefs: 5 },
      { ipid: unknown.ipid, publicRefs: 5 },
    ]),
  );
}

export interface VistaOffer {
  security: Security | null;
  sessions: { domain: string; user: string; session_id: number }[];
  /** Entries as they travel; default: the sessions, each as DOMAIN\user:id. */
  entries?: (string | null | undefined)[];
  chosen: number;
  connectionString: string;
  /** Its parts, as the call log prints them. */
  said: { [name: string]: Said };
  layout?: SafeArrayLayout;
  syntax?: "ndr" | "ndr64";
  /** GetNoviceUserInfo's HRESULT; the string is null where it is a failure. */
  result?: number;
  outcome: string;
  /** Only the listing of sessions, or only the asking in a session that is known. */
  half?: "both" | "list" | "ask";
}

export function saidSessions(
  entries: (string | null | undefined)[],
  sessions: VistaOffer["sessions"],
): Said[] {
  const named = entries.filter((entry): entry is string => typeof entry === "string");
  return named.map((raw, i) => ({ raw, ...sessions[i]! }));
}

/** In any session first: the list of sessions. */
function list(talk: Conversation, cast: Cast, offer: VistaOffer): number[] {
  const { security, sessions } = offer;
  const cid = talk.random.guid();
  const anywhere = getClassObject(talk, cast, cid, null, cast.novice.ports[0]!, security);
  talk.wait(22);
  const lister = reachIRASrv(talk, cast, cid, anywhere, security, offer.syntax);
  const entries = offer.entries ?? sessions.map((s) => `${s.domain}\\${s.user}:${s.session_id}`);
  lister.association.call(
    lister.service.ipid,
    getSessionInfo(
      lister.association.encoding("IRASrv"),
      cid,
      { names: null, count: 0 },
      { names: sessionNames(entries), count: sessions.length },
      offer.layout,
    ),
    { trailer: true, rai: { sessions: saidSessions(entries, sessions), connection_string: null } },
  );
  release(cast, cid, lister, anywhere.exporter.ipidRemUnknown);
  return [anywhere.association.connection, lister.association.connection];
}

/** Then, through a session moniker, in the session that was chosen: the connection string. */
function ask(talk: Conversation, cast: Cast, offer: VistaOffer): number[] {
  const { security } = offer;
  const cid = talk.random.guid();
  const inSession = getClassObject(talk, cast, cid, offer.chosen, cast.novice.ports[1]!, security);
  talk.wait(40);
  const helper = reachIRASrv(talk, cast, cid, inSession, security, offer.syntax);
  talk.wait(900);
  const result = offer.result ?? 0;
  const failed = result !== 0;
  const encoding = helper.association.encoding("IRASrv");
  const returned = failed ? null : offer.connectionString;
  helper.association.call(
    helper.service.ipid,
    getNoviceUserInfo(encoding, cid, failed ? null : "", returned, result),
    { trailer: true, rai: { connection_string: failed ? null : offer.said, sessions: null } },
  );
  release(cast, cid, helper, inSession.exporter.ipidRemUnknown);
  return [inSession.association.connection, helper.association.connection];
}

/** The whole offer, up to the connection string; or one of its halves. */
export function vistaOffer(talk: Conversation, cast: Cast, offer: VistaOffer): void {
  const from = talk.calls.length;
  const half = offer.half ?? "both";
  const asking = alive(talk, cast);
  talk.wait(14);
  const open = [asking.connection];
  if (half !== "ask") open.push(...list(talk, cast, offer));
  // The user looks at the list.
  if (half === "both") talk.wait(4200);
  if (half !== "list") open.push(...ask(talk, cast, offer));
  for (const connection of open) talk.close(connection);

  const { expert, novice } = cast;
  const chosen = offer.sessions.find((s) => s.session_id === offer.chosen);
  const issued = half !== "list" && (offer.result ?? 0) === 0;
  talk.offers.push({
    expert: {
      address: expert.address,
      user: expert.account.user,
      domain: expert.account.domain,
      workstation: expert.account.workstation,
    },
    novice: { address: novice.address, name: novice.name },
    interface: "IRASrv",
    sessions: half === "ask" ? [] : offer.sessions.map((s) => ({ ...s, state: null })),
    selected:
      half === "list"
        ? null
        : {
            domain: half === "ask" ? null : (chosen?.domain ?? null),
            user: half === "ask" ? null : (chosen?.user ?? null),
            session_id: offer.chosen,
            source: "activation",
          },
    connection_string: issued ? offer.connectionString : null,
    outcome: offer.outcome,
    follow_up: null,
    calls: talk.calls.length - from,
  });
}
