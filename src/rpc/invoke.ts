/** IDispatch::Invoke on an object: which dual interface it stands for, and what it taught about the objects it returned. */
import type { Interface, Method } from "../../dissectors/ndr/types.js";
import type { Value } from "../events.js";
import type { OpenCall } from "./calls.js";
import { resolveInvoke } from "./dispatch.js";
import type { CallEnvironment, Values } from "./identity.js";

export function invokeOf(
  call: OpenCall,
  iface: Interface | null,
  method: Method | null,
  request: Values | null,
  response: Values | null,
  env: CallEnvironment,
): ReturnType<typeof resolveInvoke> {
  if (!method || !iface) return null;
  const known = call.object ? env.objects.interfaces.get(call.object) : undefined;
  const keys = known?.oid ? [call.object!, `${known.oxid}/${known.oid}`] : call.object ? [call.object] : [];
  if (method.idlName === "GetIDsOfNames" && method.opnum === 5) env.names.learn(keys, request, response);
  if (method.idlName !== "Invoke" || method.opnum !== 6 || !request) return null;
  const invoke = resolveInvoke(
    dualInterface(iface, known ?? null, request.dispIdMember, env),
    (id) => env.names.nameOf(keys, id),
    request,
    response,
  );
  if (invoke?.method) learnReturned(invoke.method, invoke.outs, env);
  return invoke;
}

/** DISPIDs up to here are numbered by hand in most interfaces, from 1 on, and tell nothing. */
const MAX_STANDARD_DISPID = 0xffff;

/**
 * The dual interface that an Invoke on IDispatch stands for: by the object's class, by what a method's declaration said it
 * returns, by another IPID of the object, or by a DISPID that only one known interface has.
 */
function dualInterface(
  iface: Interface,
  known: { oxid: string | null; oid: string | null } | null,
  dispid: Value | undefined,
  env: CallEnvironment,
): Interface | null {
  if (iface.name !== "IDispatch") return iface;
  const told = known ? toldInterface(known, env) : null;
  if (told) return told;
  const only = typeof dispid === "number" && dispid > MAX_STANDARD_DISPID ? env.table.dualWith(dispid) : null;
  if (only && known) env.objects.setDual(known.oxid, known.oid, only.name);
  return only;
}

function toldInterface(
  known: { oxid: string | null; oid: string | null },
  env: CallEnvironment,
): Interface | null {
  const clsid = env.objects.classOf(known.oxid, known.oid);
  const name =
    (clsid ? env.table.coclass(clsid)?.defaultInterface : null) ?? env.objects.dualOf(known.oxid, known.oid);
  if (name) return env.table.named(name);
  for (const other of env.objects.interfacesOf(known.oxid, known.oid)) {
    const found = other.iid ? env.table.find(other.iid) : null;
    if (found?.dual && found.name !== "IDispatch") return found;
  }
  return null;
}

/** An object that a method returns is of the interface that the method declares, whatever its IPID was asked for. */
function learnReturned(method: Method, outs: Values, env: CallEnvironment): void {
  for (const p of method.params) {
    if (!p.out) continue;
    let type = p.type;
    while (type.kind === "pointer") type = type.to;
    const value = outs[p.name];
    if (type.kind !== "interface" || value === null || typeof value !== "object" || Array.isArray(value))
      continue;
    const { oxid, oid } = value ?? {};
    if (typeof oxid !== "string" || typeof oid !== "string") continue;
    if (env.table.named(type.interfaceName)?.dual) env.objects.setDual(oxid, oid, type.interfaceName);
  }
}
