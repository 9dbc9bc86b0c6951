/** Stubs that come again: what was read of them is kept, within a bound, for the next one of the same method. */
import type { DecodedSide } from "../../dissectors/ndr/decoded.js";
import type { Interface, Method } from "../../dissectors/ndr/types.js";
import type { Meanings } from "../../dissectors/readable/plan.js";
import type { Value } from "../events.js";
import { SeenBytes } from "../seen-bytes.js";

/** Estimated bytes of memory that are kept, by default. */
export const SEEN_BYTES = 6 * 1024 * 1024;
/** Estimated cost of one value, in bytes of memory. */
const NODE_COST = 72;

type Values = { [name: string]: Value };

/** What a stub said, for all calls that have it; what is concluded from it alone is kept beside it. */
export interface SeenStub {
  side: DecodedSide;
  /** What the values mean, of an interface and beside the values of a request. */
  meaning: { iface: Interface; request: Values | null; meanings: Meanings | null } | null;
}

/** How a stub is read, beside its method. */
export interface StubReading {
  response: boolean;
  ndr64: boolean;
  littleEndian: boolean;
  whole: boolean;
  /** Where the parameters begin, and end. */
  start: number;
  end: number;
  /** The values of the request, which the response may be held against. */
  outer: Values | null;
}

export class SeenStubs {
  readonly #seen: SeenBytes<SeenStub>;

  constructor(limit = SEEN_BYTES) {
    this.#seen = new SeenBytes(limit, ({ side }) => NODE_COST * side.nodes);
  }

  /** What `read` makes of a stub, or what it made of the same before. */
  of(method: Method, stub: Uint8Array, how: StubReading, read: () => DecodedSide): SeenStub {
    const { start, end, outer } = how;
    return this.#seen.of(
      method,
      readingOf(how) | (method.opnum << 7),
      stub,
      start,
      end,
      () => ({ side: read(), meaning: null }),
      ({ side }) => side.asked === null || isAsBefore(side.asked, outer),
    );
  }
}

/** Whether the request has what reading found in another one. */
function isAsBefore(asked: NonNullable<DecodedSide["asked"]>, outer: Values | null): boolean {
  for (const name in asked) if (outer?.[name] !== asked[name]) return false;
  return true;
}

/** Different for all that makes a difference; of where the parameters begin that is their alignment. */
function readingOf({ response, ndr64, littleEndian, whole, start }: StubReading): number {
  const flags = (response ? 1 : 0) | (ndr64 ? 2 : 0) | (littleEndian ? 4 : 0) | (whole ? 8 : 0);
  return flags | ((start & 7) << 4);
}
