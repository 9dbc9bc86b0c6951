/**
 * What one call says that matters beyond it. Facts are made from decoded calls by the functions beside this file, the only
 * ones that know the field paths of DCOM, the endpoint mapper and [MS-RAI]; the run's memory and the offers read nothing
 * else. Where and when is said once for all facts of a call, by the call itself.
 *
 * Identifiers are text as everywhere (GUIDs, OXID and OID of 16 hex digits); an identifier of zeros is null. Statuses are
 * unsigned numbers.
 */
import type { SecurityBinding, StringBinding } from "../../dissectors/dcom/objref.js";
import type { RaiInterface } from "../../dissectors/rai/interfaces.js";
import type { DecodedCall, Values } from "../call/decoded-call.js";
import type { ConnectionString, HelpBlob, Note, SessionEntry, TargetRecord } from "../events.js";

/** What an offer is given of one call: the call as it was decoded, and the facts it holds. */
export interface OfferInput {
  /** The record's id (see `id` in events.ts), for `call_ids`. */
  id: string | null;
  call: DecodedCall;
  /** The object called, as it is known with this call's own facts. */
  target: TargetRecord | null;
  facts: readonly Fact[];
}

/** Bindings and principals of a DUALSTRINGARRAY, [MS-DCOM] 2.2.19. */
export interface Bindings {
  strings: readonly StringBinding[];
  security: readonly SecurityBinding[];
}

type Side = "request" | "response";

/** [MS-DCOM] 2.2.18: an object reference that passed as a value. */
export interface InterfacePointerFact {
  kind: "interface-pointer";
  in: Side;
  iid: string;
  ipid: string;
  oid: string;
  oxid: string;
  /** cPublicRefs. */
  refs: number;
  /** Of the object resolver of the exporter's machine. */
  resolver: Bindings;
  /** The object's class, where the reference or the call names it. */
  clsid: string | null;
  /** IPID of the class factory that made the object: the object is of the class that this is the factory of. */
  factory: string | null;
}

/** The bindings of an object exporter, by activation ([MS-DCOM] 2.2.22.2.8, 3.1.2.5.2.3.1) or OXID resolution (3.1.2.5.1). */
export interface ExporterFact {
  kind: "exporter";
  oxid: string;
  /** Where the exporter itself listens. */
  bindings: Bindings;
  /** IPID of its IRemUnknown. */
  remUnknown: string | null;
}

/** [MS-WMI] 2.2.14.3: a class that came with an instance; later instances name it by its GUID. */
export interface CimClassFact {
  kind: "cim-class";
  classId: string;
  /** Its ClassPart, [MS-WMIO] 2.2.15. */
  bytes: Uint8Array;
}

/** ServerAlive2, [MS-DCOM] 3.1.2.5.1.7: the bindings of a machine's object resolver. */
export interface ResolverFact {
  kind: "resolver";
  bindings: Bindings;
}

/** ResolveOxid and ResolveOxid2 asked for the bindings of an exporter. */
export interface OxidAskedFact {
  kind: "oxid-asked";
  oxid: string;
}

/** How an object was asked for: [MS-DCOM] 3.1.2.5.2.2, 3.1.2.5.2.3. */
export type ActivationForm = "RemoteActivation" | "RemoteGetClassObject" | "RemoteCreateInstance";

/** The one reading of activation requests and their answers. */
export interface ActivationFact {
  kind: "activation";
  form: ActivationForm;
  /** null where the request could not be read. */
  clsid: string | null;
  iids: readonly string[];
  /** dwSessionId of SpecialPropertiesData; null for any session. */
  session: number | null;
  /** SPD_FLAG_USE_CONSOLE_SESSION. */
  console: boolean;
  /** pwszName of COSERVERINFO: the machine's name as the client dialed it. */
  serverName: string | null;
  /** phr of RemoteActivation. */
  hr: number | null;
  /** One for each interface asked for. */
  results: readonly number[];
}

/** A method of IClassFactory was called: an object of the factory's class is asked for. */
export interface CreationFact {
  kind: "creation";
  factory: string;
}

/** RemQueryInterface and RemQueryInterface2, [MS-DCOM] 3.1.1.5.6. */
export interface QueryFact {
  kind: "query";
  /** The object's IPID by which was asked. */
  ipid: string | null;
  /** In the order in which they were asked for; `status` null where no answer was read. */
  results: readonly {
    iid: string | null;
    status: number | null;
    /** STDOBJREF of RemQueryInterface; what RemQueryInterface2 gives are interface pointers. */
    given: { ipid: string; oid: string | null; oxid: string | null; refs: number } | null;
  }[];
  /** The answer holds a list of results. */
  answered: boolean;
}

/** RemRelease and RemAddRef, [MS-DCOM] 3.1.1.5.6.1.2-3. */
export interface ReferencesFact {
  kind: "released" | "added";
  refs: readonly { ipid: string; count: number }[];
}

/** ept_map and ept_lookup: what was asked for, [C706] Appendix O. */
export interface EndpointAskedFact {
  kind: "endpoint-asked";
  /** UUIDs of interfaces and objects in the request. */
  uuids: readonly string[];
}

/** A tower that the endpoint mapper answered with, [C706] Appendix L. */
export interface EndpointFact {
  kind: "endpoint";
  uuid: string;
  /** null for the machine that answered: 0.0.0.0, and the NetBIOS name that a pipe's tower has. */
  address: string | null;
  /** A port, or `\\pipe\\name`. */
  endpoint: number | string;
}

/** A call of one of the interfaces of [MS-RAI], directly or through IDispatch::Invoke. */
export interface RaiCallFact {
  kind: "rai-call";
  on: RaiInterface;
  /** Its name in the shipped IDL (`GetNoviceUserInfo`, `SessionID (Get)`); null for opnums that the protocol does not use. */
  member: string | null;
  invoked: boolean;
}

export interface ConnectionStringFact {
  kind: "connection-string";
  value: ConnectionString;
}

export interface HelpBlobFact {
  kind: "help-blob";
  value: HelpBlob;
}

/** The list of GetSessionInfo. */
export interface SessionsFact {
  kind: "sessions";
  entries: readonly SessionEntry[];
}

/** Of a string or list of [MS-RAI] only a part was captured: the note that says how much. */
export interface PartlyCapturedFact {
  kind: "partly-captured";
  note: Note;
}

/** Parameters of RemoteConnectionParms. */
export interface SessionAskedFact {
  kind: "session-asked";
  user: string | null;
  domain: string | null;
  session: number | null;
}

/** A property of ISAFSession was read. */
export interface SessionPropertyFact {
  kind: "session-property";
  name: string;
  /** SessionID and the code of SessionState as numbers. */
  value: string | number | null;
}

/** IDispatch::Invoke, [MS-OAUT] 3.1.4.4. */
export interface InvocationFact {
  kind: "invocation";
  /** Of the interface that the member is of; null where none is known. */
  iid: string | null;
  /** As a signed number. */
  dispid: number;
  member: string | null;
  access: "method" | "propget" | "propput" | "propputref";
  arguments: Values;
  /** scode of EXCEPINFO, where it is not zero. */
  thrown: number | null;
}

/** The object implements the dual interface `iid`, or is supposed to. */
export interface DualFact {
  kind: "dual";
  oxid: string;
  oid: string;
  iid: string;
  inferred: boolean;
}

/** GetIDsOfNames: a member's name, [MS-OAUT] 3.1.4.3. */
export interface MemberNameFact {
  kind: "member-name";
  /** Of the object and its class. */
  keys: readonly string[];
  dispid: number;
  name: string;
  /** Names of its parameters by their places. */
  params: readonly (string | undefined)[];
}

/** GetIDsOfNames or type information gave a name that is too long, or of one parameter too many, for a fact of its own. */
export interface NamePassedOverFact {
  kind: "name-passed-over";
}

/** What type information said of a type, by the key of the ITypeInfo object that described it: [MS-OAUT] 2.2.44-49, 3.7. */
export type TypeFact =
  /** IDispatch::GetTypeInfo, or with `viaClass` IProvideClassInfo::GetClassInfo: the type describes `object`. */
  | { kind: "type-of-object"; object: string; type: string; viaClass: boolean }
  | { kind: "type-attributes"; type: string; guid: string | null; isClass: boolean }
  | { kind: "type-name"; type: string; name: string }
  | {
      kind: "type-member";
      type: string;
      memid: number;
      invkinds: number;
      names: readonly (string | undefined)[];
    }
  /** HREFTYPE of the implemented type `index`, and that type's flags. */
  | { kind: "type-implements"; type: string; index: number; href: number | null; flags: number | null }
  /** ITypeInfo::GetRefTypeInfo: `target` describes what the type calls `href`. */
  | { kind: "type-reference"; type: string; href: number; target: string };

export type Fact =
  | InterfacePointerFact
  | ExporterFact
  | ResolverFact
  | OxidAskedFact
  | ActivationFact
  | CreationFact
  | QueryFact
  | ReferencesFact
  | EndpointAskedFact
  | EndpointFact
  | RaiCallFact
  | ConnectionStringFact
  | HelpBlobFact
  | SessionsFact
  | PartlyCapturedFact
  | SessionAskedFact
  | SessionPropertyFact
  | InvocationFact
  | DualFact
  | MemberNameFact
  | NamePassedOverFact
  | TypeFact
  | CimClassFact;
