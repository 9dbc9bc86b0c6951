/** The interfaces that calls pass through on their way to an object: the endpoint mapper's and DCOM's own. */
import { ENDPOINT_MAPPER } from "../../dissectors/dcerpc/syntax-id.js";
import {
  IACTIVATION,
  ICLASSFACTORY,
  IDISPATCH,
  IENUMVARIANT,
  IOBJECTEXPORTER,
  IREMOTESCMACTIVATOR,
  IREMUNKNOWN,
  IREMUNKNOWN2,
} from "../../dissectors/dcom/iids.js";

const INFRASTRUCTURE: ReadonlySet<string> = new Set([
  ENDPOINT_MAPPER,
  IOBJECTEXPORTER,
  IACTIVATION,
  IREMOTESCMACTIVATOR,
  IREMUNKNOWN,
  IREMUNKNOWN2,
  ICLASSFACTORY,
  IDISPATCH,
  IENUMVARIANT,
]);

export function isInfrastructure(uuid: string | null): boolean {
  return uuid !== null && INFRASTRUCTURE.has(uuid);
}
