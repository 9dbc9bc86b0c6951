/**
 * The only exception that dissectors throw. Nothing is handled here: it is caught at frame, PDU, security token
 * and call, each of which keeps what was decoded before the fault and turns the rest into a note.
 */

/**
 * Who is to blame.
 * - `incomplete`: the bytes were sent but not captured (snap length, lost segment, end of file).
 * - `malformed`: the sender contradicts itself (a length field, a count, a discriminant).
 * - `unsupported`: well-formed, but this program does not decode it.
 * - `limit`: one of this program's named limits was reached.
 */
export type WireErrorKind = "incomplete" | "malformed" | "unsupported" | "limit";

export class WireError extends Error {
  readonly kind: WireErrorKind;
  /** Byte offset in the window's backing array where the fault was found. */
  readonly offset: number;
  /** The field or limit that set the bound which was overrun, e.g. `frag_length`, `captured`, `max_count`. */
  readonly bound: string;
  /** Bytes that were asked for and those that were there, where too few were. */
  short: { needed: number; left: number } | null = null;
  /** Where in the structure the fault lies, outermost first, e.g. `pObjectStorage.abData`; filled while unwinding. */
  path: string;

  constructor(kind: WireErrorKind, message: string, offset = 0, bound = "", path = "") {
    // Faults of input are everyday: nobody reads where in the program they were noticed, and finding out is slow.
    const depth = Error.stackTraceLimit;
    Error.stackTraceLimit = 0;
    super(message);
    Error.stackTraceLimit = depth;
    this.name = "WireError";
    this.kind = kind;
    this.offset = offset;
    this.bound = bound;
    this.path = path;
  }

  /** Prefixes the path with the name of the field that was being read. Returns itself, for `throw e.at("x")`. */
  at(field: string): this {
    this.path =
      this.path === "" ? field : this.path.startsWith("[") ? field + this.path : `${field}.${this.path}`;
    return this;
  }
}

export function malformed(message: string, offset = 0, bound = ""): WireError {
  return new WireError("malformed", message, offset, bound);
}

export function unsupported(message: string, offset = 0): WireError {
  return new WireError("unsupported", message, offset);
}

export function limit(name: string, value: number, offset = 0): WireError {
  return new WireError("limit", `${name} of ${value} reached`, offset, name);
}
