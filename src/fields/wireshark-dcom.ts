/** Wireshark's names of DCOM: ORPCTHIS and ORPCTHAT, late-bound calls, and the operations of its own interfaces. */

import { ENDPOINT_MAPPER } from "../../dissectors/dcerpc/syntax-id.js";
import {
  IACTIVATION,
  IDISPATCH,
  IOBJECTEXPORTER,
  IREMOTESCMACTIVATOR,
  IREMUNKNOWN,
  IREMUNKNOWN2,
} from "../../dissectors/dcom/iids.js";
import type { CallRecord, Value } from "../events.js";
import { GUID, hex, major, minor, type Of, type SharedName, type Shown, U16, U32 } from "./shared-name.js";

function name(
  path: string,
  type: string,
  of: Of,
  meaning: string,
  call: (call: CallRecord) => Shown,
): SharedName {
  return { name: path, type, of, meaning, call };
}

/** Wireshark has a name of the operation number for each of these. */
function operation(path: string, interfaces: readonly string[], what: string): SharedName {
  return name(`${path}.opnum`, U16, "request", `operation number of ${what}`, (call) =>
    call.interface.uuid !== null && interfaces.includes(call.interface.uuid) ? call.opnum : null,
  );
}

/** A parameter of IDispatch's methods that is a number. */
function parameter(call: CallRecord, key: string): number | null {
  if (call.interface.uuid !== IDISPATCH) return null;
  const value = call.request?.[key];
  return typeof value === "number" ? value : null;
}

/** [MS-OAUT] 2.2.14, wFlags of Invoke. */
const KINDS = { method: 1, propget: 2, propput: 4, propputref: 8 } as const;

/** Activation has ORPCTHIS and ORPCTHAT as parameters: [MS-DCOM] 3.1.2.5.2.3. */
function parameterOf(values: CallRecord["request"], key: string): { readonly [name: string]: Value } | null {
  const value = values?.[key] ?? null;
  return typeof value === "object" && !Array.isArray(value) ? value : null;
}

const numberIn = (values: { readonly [name: string]: Value } | null, key: string): number | null => {
  const value = values?.[key];
  return typeof value === "number" ? value : null;
};

/** Flags of ORPCTHIS, and its version. */
function thisFlags({ orpc, request }: CallRecord): number | null {
  return orpc === null ? numberIn(parameterOf(request, "orpcthis"), "flags") : orpc.request_flags;
}

function thisVersion({ orpc, request }: CallRecord, part: "MajorVersion" | "MinorVersion"): number | null {
  if (orpc !== null) return part === "MajorVersion" ? major(orpc.version) : minor(orpc.version);
  return numberIn(parameterOf(parameterOf(request, "orpcthis") as CallRecord["request"], "version"), part);
}

function thatFlags({ orpc, response }: CallRecord): number | null {
  return orpc === null ? numberIn(parameterOf(response, "orpcthat"), "flags") : orpc.response_flags;
}

export const DCOM_NAMES: readonly SharedName[] = [
  name("dcom.this.flags", U32, "request", "flags of ORPCTHIS", (call) => hex(thisFlags(call))),
  name("dcom.this.uuid", GUID, "request", "causality id of ORPCTHIS", ({ causality_id }) => causality_id),
  name("dcom.version_major", U16, "request", "COM version of ORPCTHIS", (call) =>
    thisVersion(call, "MajorVersion"),
  ),
  name("dcom.version_minor", U16, "request", "minor COM version of ORPCTHIS", (call) =>
    thisVersion(call, "MinorVersion"),
  ),
  name("dcom.that.flags", U32, "response", "flags of ORPCTHAT", (call) => hex(thatFlags(call))),
  name("dcom.hresult", U32, "response", "the HRESULT that was returned", (call) =>
    thatFlags(call) === null ? null : call.hresult?.value,
  ),
  name("dcom.extent.id", GUID, "request", "extensions of ORPCTHIS", ({ orpc }) =>
    orpc?.request_extensions.map(({ id }) => id),
  ),
  name("dispatch.id", U32, "request", "DISPID of a late-bound call", ({ dispatch }) =>
    dispatch === null ? null : hex(Number(dispatch.dispid)),
  ),
  name("dispatch.flags", U32, "request", "wFlags of a late-bound call", (call) => {
    const flags = parameter(call, "dwFlags");
    return flags === null ? hex(call.dispatch === null ? null : KINDS[call.dispatch.kind]) : hex(flags);
  }),
  name("dispatch.lcid", U32, "request", "locale of a late-bound call", (call) =>
    hex(parameter(call, "lcid")),
  ),
  operation("dispatch", [IDISPATCH], "IDispatch"),
  operation("epm", [ENDPOINT_MAPPER], "the endpoint mapper"),
  operation("isystemactivator", [IREMOTESCMACTIVATOR], "IRemoteSCMActivator"),
  operation("remact", [IACTIVATION], "IActivation"),
  operation("oxid", [IOBJECTEXPORTER], "IObjectExporter"),
  operation("remunk", [IREMUNKNOWN, IREMUNKNOWN2], "IRemUnknown"),
];
