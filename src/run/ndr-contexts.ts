/** What decoding stubs needs to know of a run's interfaces, by transfer syntax. */
import { NATIVES } from "../../dissectors/natives/table.js";
import type { NdrContext, Syntax } from "../../dissectors/ndr/decode.js";
import type { InterfaceTable } from "../interfaces.js";

export interface NdrContexts {
  readonly ndr: NdrContext;
  readonly ndr64: NdrContext;
}

/** `maxNodes`: values that one side of one call may have, where memory allows for fewer than usual. */
export function ndrContexts(table: InterfaceTable, maxNodes?: number): NdrContexts {
  const context = (syntax: Syntax): NdrContext => ({
    syntax,
    natives: NATIVES,
    types: table.types,
    interfaceName: table.interfaceName,
    ...(maxNodes === undefined ? {} : { maxNodes }),
  });
  return { ndr: context("ndr"), ndr64: context("ndr64") };
}
