/** What decoding a call may ask of the run: questions only, nothing changes by them. */
import type { NdrContext } from "../../dissectors/ndr/decode.js";
import type { Interface } from "../../dissectors/ndr/types.js";
import type { InterfaceTable } from "../interfaces.js";
import type { SeenStubs } from "./seen-stubs.js";

/** What was named where nothing else names it, by a trailer or an object's IID. */
export interface NamedInterface {
  uuid: string;
  version: string;
  iface: Interface | null;
  transfer: "ndr" | "ndr64" | null;
}

/** What speaks for an interface that fits all calls of a context or an IPID. */
export interface Signs {
  /** Opnums of calls whose parameters had shape, of methods that the interface declares itself. */
  opnums: ReadonlySet<number>;
  /** Something that only this interface has. */
  marked: boolean;
}

/** What the calls on one presentation context or IPID say together for the interface that nothing names. */
export interface Evidence {
  /** What another call said outright. */
  stated: NamedInterface | null;
  /** Interfaces that fit every call so far; null before the first. */
  fitting: ReadonlyMap<Interface, Signs> | null;
  named: Interface | null;
  /** It was noted that an interface fits and is not named. */
  noted: boolean;
  /** How many of the interfaces that the two machines named were known when `fitting` was found. */
  tried: number;
}

/** Where evidence is kept: for the context of a connection, and for the IPID between two machines; either may be null. */
export interface EvidenceKeys {
  context: string | null;
  ipid: string | null;
}

/** IPIDs with evidence, and contexts; the ones met longest ago are dropped. */
export const MAX_SUSPECTS = 4096;

export interface InferenceKnowledge {
  ofContext(context: string): Evidence | null;
  ofIpid(ipid: string): Evidence | null;
  /**
   * UUIDs of interfaces that one of the machines named to the other, in that order: in a bind, an answer of the endpoint
   * mapper, an object reference.
   */
  namedBetween(one: string, other: string): readonly string[];
  /** Remote Assistance was asked for by name between these addresses. */
  asked(client: string, server: string): boolean;
  /** To remember evidence under these keys costs what was met longest ago, or has cost it since the last call that said so. */
  drops(keys: EvidenceKeys): boolean;
}

export interface DualInterface {
  iid: string;
  inferred: boolean;
}

/** The object that was called, as it was known before the call. */
export interface CalledObject {
  ipid: string;
  iid: string | null;
  oxid: string | null;
  oid: string | null;
  clsid: string | null;
}

export interface ObjectKnowledge {
  called(ipid: string): CalledObject | null;
  /** The dual interface that an Invoke on the object stands for. */
  dualOf(oxid: string | null, oid: string | null): DualInterface | null;
  /** IIDs known of the object. */
  iidsOf(oxid: string | null, oid: string | null): string[];
}

/** What the wire said of one member of an automation object. */
export interface MemberName {
  /** Null where only the kind of the member is known. */
  name: string | null;
  /** Names of the parameters, by their places. */
  params: (string | undefined)[];
  /** INVOKEKINDs seen. */
  kinds: number;
  /** First frame of the answer that named it. */
  frame: number;
}

/** Members of all types together that are remembered: what is beyond costs all that was learned. */
export const MAX_ALL_MEMBERS = 65536;

/** A member as the type of an object has it. */
export interface TypedMember {
  member: MemberName;
  /** The link from the object to the type passes through its class: the default interface need not be the one called. */
  inferred: boolean;
}

export interface TypeKnowledge {
  /** GUID and name of the object's own type, or null; of a class only its default interface is asked for. */
  typeOf(object: string): { guid: string | null; name: string | null; inferred: boolean } | null;
  /** The member `dispid` of the object, as its type or a base of that has it. */
  member(object: string, dispid: number): TypedMember | null;
  /** What is known of the members of the type with this GUID. */
  ofGuid(guid: string, dispid: number): MemberName | null;
  /** All was dropped because there was too much of it, since the last call that asked. */
  readonly dropped: boolean;
}

export interface NameKnowledge {
  /** What GetIDsOfNames answered for one of the keys. */
  named(keys: readonly string[], dispid: number): MemberName | null;
  readonly types: TypeKnowledge;
}

/** NDR contexts, made once for each transfer syntax; and what stubs held that come again. */
export interface NdrKnowledge {
  readonly ndr: NdrContext;
  readonly ndr64: NdrContext;
  readonly seen?: SeenStubs;
}

export interface Knowledge {
  readonly table: InterfaceTable;
  readonly ndr: NdrKnowledge;
  readonly objects: ObjectKnowledge;
  readonly names: NameKnowledge;
  readonly inference: InferenceKnowledge;
}
