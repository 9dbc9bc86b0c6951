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

/** The kind under which statuses are registered: what they are as numbers. */
export const STATUS = "status";

/** The status at a path, or null. */
export function statusAt(found: readonly Found[], path: string): number | null {
  const at = found.find((f) => f.kind === STATUS && f.path === path);
  return at === undefined ? null : (at.value as number);
}

/** The statuses of a list, or of a member of its elements, in order. */
export function statusesIn(found: readonly Found[], list: string, member = ""): number[] {
  const statuses: number[] = [];
  for (const { kind, path, value } of found) {
    if (kind === STATUS && path.startsWith(`${list}[`) && path.endsWith(`]${member}`)) {
      statuses.push(value as number);
    }
  }
  return statuses;
}

/** One side ([in] or [out]) of one call. */
export interface DecodedSide {
  /** Parameters decoded so far, by IDL name; what was decoded before a fault is kept. */
  values: { [parameter: string]: Value };
  /** The method's return value ([out] side only). */
  returned: Value | undefined;
  /** The return value where it is a status, which is shown in hex. */
  status: number | null;
  /** What natives registered, in the order in which they met it. */
  found: Found[];
  notes: DecodeNote[];
  /** Why decoding stopped early, or null. `error.path` names the parameter and field. */
  error: WireError | null;
  /** Values met, as they count against the limit of one side: a measure of the memory that they take. */
  nodes: number;
  /** Bytes left over behind the last parameter. */
  left: number;
  /** Values of the request that reading asked for, as it found them; null where there were none. */
  asked: { [parameter: string]: Value | undefined } | null;
}
