/** The interfaces that calls pass through on their way to an object: the endpoint mapper's and DCOM's own, by what they are for. */
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

export type Infrastructure =
  | "endpoint-mapper"
  | "object-resolver"
  | "activator"
  | "rem-unknown"
  | "class-factory"
  | "automation";

const INFRASTRUCTURE: ReadonlyMap<string, Infrastructure> = new Map([
  [ENDPOINT_MAPPER, "endpoint-mapper"],
  [IOBJECTEXPORTER, "object-resolver"],
  [IACTIVATION, "activator"],
  [IREMOTESCMACTIVATOR, "activator"],
  [IREMUNKNOWN, "rem-unknown"],
  [IREMUNKNOWN2, "rem-unknown"],
  [ICLASSFACTORY, "class-factory"],
  [IDISPATCH, "automation"],
  [IENUMVARIANT, "automation"],
]);

export function infrastructure(uuid: string | null): Infrastructure | null {
  return uuid === null ? null : (INFRASTRUCTURE.get(uuid) ?? null);
}
