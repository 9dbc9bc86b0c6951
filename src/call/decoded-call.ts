/**
 * A finished call with its stubs decoded: what its bytes say by the descriptions and by what was known before it. Statuses,
 * times and identifiers of protocols are numbers; `values` are JSON as the call log shows it, made by the NDR interpreters.
 */
import type { OrpcThat, OrpcThis } from "../../dissectors/dcom/orpc.js";
import type { Found } from "../../dissectors/ndr/decoded.js";
import type { Interface, Method } from "../../dissectors/ndr/types.js";
import type { CallRecord, Note, StubState, Value } from "../events.js";
import type { FinishedCall } from "../rpc/finished-call.js";
import type { CalledObject, EvidenceKeys, NamedInterface, Signs } from "./knowledge.js";
import type { SeenStub } from "./seen-stubs.js";

export type Values = { [name: string]: Value };

/** What names the interface of a call. */
export interface Identity {
  uuid: string | null;
  version: string | null;
  iface: Interface | null;
  transfer: "ndr" | "ndr64" | null;
  /** Neither a bind nor a header said so. */
  inferred: boolean;
}

/** Where the captured bytes of a side end. */
export interface Cut {
  /** The value that could not be read whole: `UserNames.values[1]`, `return value`. Empty before the first one. */
  path: string;
  /** Bytes of it that were asked for, and those that were captured. */
  needed: number;
  left: number;
}

/** One side after decoding. */
export interface Decoded {
  state: StubState;
  /** null where nothing is missing. */
  cut: Cut | null;
  values: Values | null;
  returned: Value | undefined;
  /** The returned value as an unsigned number, where it is a status. */
  status: number | null;
  /** Values that decoders of their own read: object references, string bindings, towers; and statuses, by their paths. */
  found: readonly Found[];
  /** null where no more is known of the stub than what it says here. */
  seen: SeenStub | null;
  orpcThis: OrpcThis | null;
  orpcThat: OrpcThat | null;
  /** Estimated bytes of memory that the values take. */
  cost: number;
}

/** What a method returned. */
export interface ReturnedCode {
  /** An HRESULT or a code in its place; else what the declared type says. */
  hresult: boolean;
  /** The declared type's name. */
  type: string;
  /** As a number, where it is one. */
  value: number | null;
  /** As it is shown. */
  shown: Value;
  name: string | null;
  /** What an HRESULT means: for methods of [MS-RAI] there, else in general. */
  message: string | null;
}

/** How a call ended. */
export interface Outcome {
  status: CallRecord["status"];
  /** null where nothing was returned or read. */
  returned: ReturnedCode | null;
}

/** IDispatch::Invoke in terms of the interface it stands for, [MS-OAUT] 3.1.4.4. */
export interface Invocation {
  /** The interface that the member is of; null where none is known. */
  iface: Interface | null;
  /** Its name, or that of the object's type where only type information names it. */
  interfaceName: string | null;
  /** The member as that interface declares it. */
  method: Method | null;
  dispid: number;
  member: string | null;
  kind: "method" | "propget" | "propput" | "propputref";
  arguments: Values;
  /** Values that came back, under their IDL names. */
  outs: Values;
  /** Frame that named the member, where that was learned from the wire. */
  namedIn: number | null;
  /** Nothing that was captured says that the object is of this interface, or that the name is one of its own. */
  inferred: boolean;
  /** The one known interface that has such a member, by which the object is recognised. */
  recognised: Interface | null;
  /** Where a parameter stands among Invoke's own. */
  requestPath: (name: string) => string;
  responsePath: (name: string) => string;
}

/** What the call says for the interface of others on its context and IPID. */
export type Inferred =
  /** Something names it outright. */
  | { keys: EvidenceKeys; stated: NamedInterface }
  /** Its stubs were tried; `named` and `noted` as of now. */
  | {
      keys: EvidenceKeys;
      stated: null;
      fitting: ReadonlyMap<Interface, Signs>;
      named: Interface | null;
      noted: boolean;
      tried: number;
    };

export interface DecodedCall {
  call: FinishedCall;
  identity: Identity;
  method: Method | null;
  called: CalledObject | null;
  request: Decoded;
  response: Decoded;
  invocation: Invocation | null;
  outcome: Outcome;
  inferred: Inferred | null;
  notes: Note[];
}
