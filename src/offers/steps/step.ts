/**
 * A step of an initiation: what an offer needs of one call, or of one proposal of an interface, and no more, so that many
 * may be kept until their offer is complete. Made once, of facts, and never changed.
 */
import type { RaiInterface } from "../../../dissectors/rai/interfaces.js";
import type { AuthLevel, ConnectionString, Endpoint, Note, SessionEntry } from "../../events.js";
import type { SessionAskedFact } from "../../facts/fact.js";
import type { Instant } from "../../time.js";

/** The two ways of asking for help, [MS-RAI] 1.7. */
export type EntryPoint = "IRASrv" | "IPCHService";

/** `sealed`: an answer that no key opened; `unread`: one that could not be read for another reason. */
export type Result = "ok" | "refused" | "sealed" | "unread" | "unanswered";

/** What is known of every step: who acted towards whom, when, and how it ended. */
export interface StepBase {
  /** `id` of the record that reports it. */
  readonly id: string | null;
  readonly communityId: string | null;
  /** It proves by itself that Remote Assistance is meant. */
  readonly core: boolean;
  readonly entry: EntryPoint | null;
  /** `IRASrv::GetSessionInfo`. */
  readonly title: string;
  /** Microseconds since 1970 of the first and the last frame. */
  readonly at: number;
  readonly end: number;
  /** The time of the first frame as it is printed. */
  readonly first: Instant;
  readonly stream: number;
  readonly file: string | null;
  /** Numbers of frames. */
  readonly request: readonly number[];
  readonly response: readonly number[];
  readonly client: Endpoint;
  readonly server: Endpoint;
  readonly user: string | null;
  readonly domain: string | null;
  readonly workstation: string | null;
  readonly level: AuthLevel;
  readonly result: Result;
  /** The interface is a conclusion, not what a bind said. */
  readonly inferred: boolean;
}

/** An object reference that an answer handed out. */
export interface Given {
  readonly ipid: string;
  readonly iid: string | null;
  readonly oid: string | null;
  readonly oxid: string | null;
}

/** Why a call was refused: the status of a fault, or the code returned. */
export interface RefusalCode {
  readonly value: number;
  readonly name: string | null;
  readonly fault: boolean;
}

/** What is known of every step that is a call. */
export interface CallBase extends StepBase {
  readonly callId: number;
  readonly method: string | null;
  readonly code: RefusalCode | null;
  /** Bytes of the response's stub. */
  readonly size: number | null;
  /** IPID, OID and OXID of the object called. */
  readonly object: string | null;
  readonly oid: string | null;
  readonly oxid: string | null;
  /** Its class is known, which an activation said. */
  readonly activated: boolean;
  readonly given: readonly Given[];
  /** IPIDs and OXIDs that occur in it otherwise. */
  readonly mentioned: readonly string[];
  /** How much of its string or list was captured, where not all of it was. */
  readonly cut: Note | null;
}

/** A string binding: `port` null where it names none, as those of an object resolver. */
export interface Binding {
  readonly host: string;
  readonly port: number | null;
}

/** All steps that are calls have one shape, so that going over many of them is fast: what differs is in `detail`. */
interface CallOf<Kind extends string, Detail> extends CallBase {
  readonly kind: Kind;
  readonly detail: Detail;
}

interface Bindings {
  readonly bindings: readonly Binding[];
}

interface OnRai {
  readonly on: RaiInterface;
}

/** The endpoint mapper was asked. */
export type Mapping = CallOf<"mapping", null>;

/** ServerAlive or ServerAlive2. */
export type Liveness = CallOf<"liveness", Bindings>;

/** ResolveOxid or ResolveOxid2. */
export type Resolution = CallOf<"resolution", Bindings>;

/** SimplePing or ComplexPing. */
export type Ping = CallOf<"ping", null>;

/** An object of one of [MS-RAI]'s classes was asked for, or of one that could not be read. */
export type Activation = CallOf<"activation", ActivationDetail>;

interface ActivationDetail extends Bindings {
  /** Name of the class; null where the request could not be read. */
  readonly class: "RASrv" | "PCHService" | null;
  /** The logon session asked for; null for any. */
  readonly session: number | null;
  /** The console's session was asked for. */
  readonly console: boolean;
  /** The machine's name as the client dialed it. */
  readonly serverName: string | null;
}

/** The activation of another class: no part of any offer. */
export type Foreign = CallOf<"foreign", null>;

/** A method of IClassFactory. */
export type Creation = CallOf<"creation", null>;

/** RemQueryInterface for an interface of [MS-RAI]. */
export type Query = CallOf<"query", { readonly queried: RaiInterface }>;

/** A call of IRemUnknown, IDispatch or IEnumVARIANT, or of anything else on an object of Remote Assistance. */
export type ObjectCall = CallOf<"object", null>;

/** GetSessionInfo or RemoteUserSessionInfo; `sessions` null where the answer held or showed no list. */
export type SessionList = CallOf<
  "session-list",
  OnRai & { readonly sessions: readonly SessionEntry[] | null }
>;

/** A call of the collection, or of a session that read no property. */
export type Walk = CallOf<"walk", OnRai>;

/** A property of a session was read. */
export type SessionProperty = CallOf<
  "session-property",
  OnRai & { readonly name: string; readonly value: string | number | null }
>;

/** GetNoviceUserInfo or RemoteConnectionParms. */
export type StringAnswer = CallOf<"string-answer", StringDetail>;

interface StringDetail extends OnRai {
  readonly string: ConnectionString | null;
  /** The answer was read and holds no string. */
  readonly empty: boolean;
  /** Whom the help blob names. */
  readonly helper: { readonly domain: string | null; readonly user: string | null } | null;
  /** The session that the parameters ask for. */
  readonly asked: SessionAskedFact | null;
}

/** Any other opnum of an [MS-RAI] interface. */
export type OtherCall = CallOf<"other", OnRai>;

/** No call, but a connection on which an interface of [MS-RAI] was proposed. */
export interface Bound extends StepBase {
  readonly kind: "bound";
  readonly detail: {
    /** Why the server would not let it be bound; null where it did. */
    readonly rejection: string | null;
  };
}

export type CallStep =
  | Mapping
  | Liveness
  | Resolution
  | Ping
  | Activation
  | Foreign
  | Creation
  | Query
  | ObjectCall
  | SessionList
  | Walk
  | SessionProperty
  | StringAnswer
  | OtherCall;

export type Step = CallStep | Bound;

export type StepKind = Step["kind"];

/** What a call is as a step, by its kind. */
export type Reading = {
  [Kind in CallStep["kind"]]: Pick<Extract<CallStep, { kind: Kind }>, "kind" | "detail">;
}[CallStep["kind"]];

/** What the facts of a call say of the step that it is. Whoever finds out its kind corrects what the kind says better. */
export type Readable = {
  -readonly [Key in
    | "core"
    | "entry"
    | "title"
    | "method"
    | "result"
    | "code"
    | "given"
    | "mentioned"]: CallBase[Key];
};
