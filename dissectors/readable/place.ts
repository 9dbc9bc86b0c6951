/**
 * Where a value stands in a call, and what reads the meaning of values that stand there: the seam between the walk
 * (plan.ts) and those who know what numbers and bytes stand for (readers.ts, which lists them).
 */
import type { Value } from "../ndr/decoded.js";
import type { NdrType } from "../ndr/types.js";
import type { Guid } from "../wire/guid.js";
import type { Reader as Bytes } from "../wire/reader.js";
import type { LoneSurrogates } from "../wire/text.js";
import type { KnownClasses } from "../wmio/object-array.js";

export type Members = { [name: string]: Value };

/** A parameter, a field of a structure, an arm of a union, or an element of a list of such. */
export interface Place {
  /** UUID of the interface that is called. */
  interface: Guid;
  /** IDL name of the method, or name of the structure or union; of a nameless one, that of what it stands in. */
  owner: string;
  /** Of the parameter, field or arm; also for elements of its array. */
  name: string;
  /** Pointers are followed; of an element its own. */
  type: NdrType;
}

/** What may be asked while one value is read. It is valid during that: nothing of it is to be kept. */
export interface Around {
  /** Where the value stands: `pInfo.Level1.dwType`. */
  path: string;
  /** The parameters, or the members of the structure, that the value is one of (of an element: that its list is one of). */
  members: Members;
  /** All parameters of this side, decoded as far as they go. */
  side: Members;
  /** Those of the request, where this is a response. */
  request: Members | null;
  /** The name of an interface or class, where one is known. */
  nameOf: (uuid: Guid) => string | null;
  /** The bytes that a value shows as hex, to be read by whoever knows what is in them. `bound`: what sets their length. */
  bytes: (digits: string, bound: string) => Bytes;
  /** A CIM class that an earlier call brought, by its GUID ([MS-WMI] 2.2.14.3). */
  cimClass?: KnownClasses;
  /** Takes the lone surrogates of texts that stand in bytes. */
  lone?: LoneSurrogates;
  /** Takes why what stands in bytes or in a text could not be read to its end. */
  incomplete?: (reason: string) => void;
}

/**
 * What a value means: a text, or an object; null where there is nothing to say of it. It takes whatever decoding gave and never
 * throws, but for WireError out of bytes that are not what they should be, which counts as null.
 */
export type Read = (value: Value, around: Around) => Value | null;

/** How values at a place are read, or null where the place is no concern of this reader. Asked once for each place. */
export type Reader = (place: Place) => Read | null;

/** The readers of one specification. */
export interface Names {
  /** The interfaces that share them. */
  uuids: readonly string[];
  /**
   * By what they are called: `Owner.field`, `field` or `:TYPE`, of which the first that is there counts. An owner is a method,
   * a structure or a union.
   */
  of: { readonly [name: string]: Read };
}

export function isMembers(value: Value | undefined): value is Members {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}
