/**
 * A finished call with its stubs decoded: what its bytes say by the descriptions and by what was known before it. Statuses,
 * times and identifiers of protocols are numbers; `values` are JSON as the call log shows it, made by the NDR interpreters.
 */
import type { OrpcThat, OrpcThis } from "../../dissectors/dcom/orpc.js";
import type { DecodedSide } from "../../dissectors/ndr/decoded.js";
import type { Interface, Method } from "../../dissectors/ndr/types.js";
import type { CallRecord, Note, StubState, Value } from "../events.js";
import type { FinishedCall } from "../rpc/finished-call.js";
import type { Evidence } from "./knowledge.js";

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
  /** The returned value as a number, where it is one of 32 bits. */
  status: number | null;
  /** What decoders of their own found: object references, string bindings, towers, statuses. */
  found: Found;
  orpcThis: OrpcThis | null;
  orpcThat: OrpcThat | null;
  /** Estimated bytes of memory that the values take. */
  cost: number;
}

export type Found = DecodedSide["found"];

/** The object that was called, as it was known before the call. */
export interface CalledObject {
  ipid: string;
  iid: string | null;
  oxid: string | null;
  oid: string | null;
  clsid: string | null;
}

/** How a call ended. */
export interface Outcome {
  status: CallRecord["status"];
  /** What the method returned, where that was read and is a status, an HRESULT or another code; null for a fault. */
  code: { value: number; name: string | null; hresult: boolean } | null;
  /** Status of the fault PDU. */
  fault: { value: number; name: string | null } | null;
}

/** IDispatch::Invoke in terms of the interface it stands for, [MS-OAUT] 3.1.4.4. */
export interface Invocation {
  /** Of the interface that the member is of; null where none is known. */
  iid: string | null;
  interfaceName: string | null;
  /** The member as that interface declares it. */
  method: Method | null;
  /** As a signed number. */
  dispid: number;
  member: string | null;
  kind: "method" | "propget" | "propput" | "propputref";
  arguments: Values;
  outs: Values;
  /** Frame that named the member, where that was learned from the wire. */
  namedIn: number | null;
  inferred: boolean;
  /** Where a parameter stands among Invoke's own. */
  requestPath: (name: string) => string;
  responsePath: (name: string) => string;
}

export interface DecodedCall {
  call: FinishedCall;
  identity: Identity;
  method: Method | null;
  called: CalledObject | null;
  request: Decoded;
  response: Decoded;
  invocation: Invocation | null;
  outcome: Outcome;
  /** What the call says for interfaces that nothing names, where it was asked. */
  evidence: Evidence | null;
  notes: Note[];
}
