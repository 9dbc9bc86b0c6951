/** What decoding a call may ask of the run: questions only, nothing changes by them. */
import type { Interface } from "../../dissectors/ndr/types.js";

/** What speaks for an interface that fits all calls of a context or an IPID. */
export interface Signs {
  /** Opnums of calls whose parameters had shape, of methods that the interface declares itself. */
  opnums: ReadonlySet<number>;
  /** Something that only this interface has. */
  marked: boolean;
}

/** What the calls on a presentation context or an IPID say together for the interface that nothing names. */
export interface Evidence {
  fitting: ReadonlyMap<Interface, Signs>;
  named: Interface | null;
  /** It was noted that an interface fits and is not named. */
  noted: boolean;
}
