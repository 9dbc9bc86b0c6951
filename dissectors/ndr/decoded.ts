/** What the NDR interpreters hand out: values and what was noticed while decoding them. */

import type { Objref } from "../dcom/objref.js";
import type { WireError } from "../wire/errors.js";

/** JSON values, by the table "Values of parameters" of the call log's description. */
export type Value = null | boolean | number | string | Value[] | { [name: string]: Value };

export interface DecodeNote {
  severity: "info" | "warning" | "error";
  /** kebab-case, stable. */
  code: string;
  message: string;
}

/** One side ([in] or [out]) of one call. */
export interface DecodedSide {
  /** Parameters decoded so far, by IDL name; what was decoded before a fault is kept. */
  values: { [parameter: string]: Value };
  /** The method's return value ([out] side only). */
  returned: Value | undefined;
  /** Object references met anywhere inside, in order, with the path of the value that held them. */
  objrefs: { path: string; objref: Objref }[];
  notes: DecodeNote[];
  /** Why decoding stopped early, or null. `error.path` names the parameter and field. */
  error: WireError | null;
  /** Values met, as they count against the limit of one side: a measure of the memory that they take. */
  nodes: number;
  /** Octets left over behind the last parameter. */
  left: number;
}
