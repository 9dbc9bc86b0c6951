/** What the NDR interpreters hand out: values and what was noticed while decoding them. */

import type { WireError } from "../wire/errors.js";

/** JSON values, by the table "Values of parameters" of the call log's description. */
export type Value = null | boolean | number | string | Value[] | { [name: string]: Value };

export interface DecodeNote {
  severity: "info" | "warning" | "error";
  /** kebab-case, stable. */
  code: string;
  message: string;
}

/** What a native met inside a value and registered for others than the reader of the values. */
export interface Found {
  /** The value that held it: `pDispParams.rgvarg[1].value`. */
  path: string;
  /** Which kind of thing: who registers it exports a function that picks it out, with its type. */
  kind: string;
  value: unknown;
}

/** One side ([in] or [out]) of one call. */
export interface DecodedSide {
  /** Parameters decoded so far, by IDL name; what was decoded before a fault is kept. */
  values: { [parameter: string]: Value };
  /** The method's return value ([out] side only). */
  returned: Value | undefined;
  /** What natives registered, in the order in which they met it. */
  found: Found[];
  notes: DecodeNote[];
  /** Why decoding stopped early, or null. `error.path` names the parameter and field. */
  error: WireError | null;
  /** Values met, as they count against the limit of one side: a measure of the memory that they take. */
  nodes: number;
  /** Octets left over behind the last parameter. */
  left: number;
}
