/** What decoding stubs needs to know of a run's interfaces, by transfer syntax, and what it keeps of stubs that come again. */
import { NATIVES } from "../../dissectors/natives/table.js";
import type { NdrContext, Syntax } from "../../dissectors/ndr/decode.js";
import type { NdrKnowledge } from "../call/knowledge.js";
import { SEEN_BYTES, SeenStubs } from "../call/seen-stubs.js";
import type { InterfaceTable } from "../interfaces.js";

/** Bytes that are kept of stubs that come again, for each value that one side of one call may have. */
const SEEN_BYTES_A_NODE = 12;

/** `maxNodes`: values that one side of one call may have, where memory allows for fewer than usual. */
export function ndrContexts(table: InterfaceTable, maxNodes?: number): NdrKnowledge {
  const context = (syntax: Syntax): NdrContext => ({
    syntax,
    natives: NATIVES,
    types: table.types,
    interfaceName: table.interfaceName,
    ...(maxNodes === undefined ? {} : { maxNodes }),
  });
  const bytes = maxNodes === undefined ? SEEN_BYTES : Math.min(SEEN_BYTES, maxNodes * SEEN_BYTES_A_NODE);
  return { ndr: context("ndr"), ndr64: context("ndr64"), seen: new SeenStubs(bytes) };
}
