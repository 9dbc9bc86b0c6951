/**
 * What one call says for an interface that nothing names: whether its stubs fit the method exactly, and whether there is
 * anything in them that others would not have as well.
 */
import { readVerificationTrailer } from "../../dissectors/dcerpc/verification.js";
import { IDISPATCH, IUNKNOWN } from "../../dissectors/dcom/iids.js";
import { objrefsIn } from "../../dissectors/dcom/interface-pointer.js";
import { looksLikeOrpcThis, readOrpcThat, readOrpcThis } from "../../dissectors/dcom/orpc.js";
import { decodeRequest, decodeResponse } from "../../dissectors/ndr/decode.js";
import type { DecodedSide } from "../../dissectors/ndr/decoded.js";
import type { Interface, Method } from "../../dissectors/ndr/types.js";
import { parseConnectionString } from "../../dissectors/rai/connection-string.js";
import { parseHelpBlob } from "../../dissectors/rai/help-blob.js";
import { raiInterface } from "../../dissectors/rai/interfaces.js";
import { parseSessions } from "../../dissectors/rai/sessions.js";
import { WireError } from "../../dissectors/wire/errors.js";
import { Reader } from "../../dissectors/wire/reader.js";
import type { Value } from "../events.js";
import type { InterfaceTable } from "../interfaces.js";
import { type FinishedCall, type SideBytes, stubOf } from "../rpc/finished-call.js";
import type { Values } from "./decoded-call.js";
import type { Knowledge, Signs } from "./knowledge.js";

export const NO_SIGNS: Signs = { opnums: new Set(), marked: false };

export function joined(a: Signs, b: Signs): Signs {
  if (a === NO_SIGNS) return b;
  return { opnums: new Set([...a.opnums, ...b.opnums]), marked: a.marked || b.marked };
}

export function isReadable(call: FinishedCall): boolean {
  const { request, response } = call;
  if (!request || !isUsable(request)) return false;
  return response === null || call.fault !== null || isUsable(response);
}

function isUsable(side: SideBytes): boolean {
  return side.whole && !side.sealed;
}

/** A call on an object begins with ORPCTHIS. */
export function isCallOfKind(call: FinishedCall): boolean {
  if (call.object === null) return true;
  const stub = stubOf(call.request!);
  return looksLikeOrpcThis(new Reader(stub, call.request!.littleEndian, 0, stub.length, "stub"));
}

/**
 * What a call says for a method that both stubs fit exactly in a transfer syntax, to the last byte and without a complaint;
 * null where not.
 */
export function signsOf(
  call: FinishedCall,
  iface: Interface,
  method: Method,
  { table, ndr }: Knowledge,
  syntax: "ndr" | "ndr64" = "ndr",
): Signs | null {
  const context = ndr[syntax];
  const sides: DecodedSide[] = [];
  let values: Values | undefined;
  let weight = 0;
  for (const side of [call.request, call.fault ? null : call.response]) {
    if (!side) continue;
    const stub = stubOf(side);
    const end =
      side === call.request ? (readVerificationTrailer(new Reader(stub))?.start ?? stub.length) : stub.length;
    const r = new Reader(stub, side.littleEndian, 0, end, "stub");
    try {
      if (iface.object) side === call.request ? readOrpcThis(r) : readOrpcThat(r);
    } catch (e) {
      if (e instanceof WireError) return null;
      throw e;
    }
    weight += end - r.offset;
    const decoded =
      side === call.request ? decodeRequest(method, r, context) : decodeResponse(method, r, context, values);
    const padded = end < stub.length && decoded.left < 16;
    if (decoded.error || (decoded.left > 0 && !padded) || decoded.notes.length > 0) return null;
    if (!referencesFit(method, decoded.values, table)) return null;
    if (side === call.request) values = decoded.values;
    sides.push(decoded);
  }
  const own = table.declares(iface, method);
  const opnums = own && weight > 0 && hasShape(sides) ? new Set([method.opnum]) : NO_SIGNS.opnums;
  return { opnums, marked: isMarked(iface, sides) };
}

/** A reference that a parameter declares to be of one interface is marshaled with that interface's IID. */
function referencesFit(method: Method, values: Values, table: InterfaceTable): boolean {
  return method.params.every((p) => {
    const value = values[p.name];
    if (value === null || typeof value !== "object" || Array.isArray(value)) return true;
    let { type } = p;
    while (type.kind === "pointer") type = type.to;
    if (type.kind !== "interface" || type.iidIs !== undefined) return true;
    const declared = table.named(type.interfaceName);
    return declared === null || value.iid === declared.uuid;
  });
}

/**
 * Whether parameters say more than that a value was read or written, perhaps by an index, which fits properties of any
 * object. A value alone may be of any kind that properties have: text, a number, a VARIANT, an object.
 */
function hasShape(sides: readonly DecodedSide[]): boolean {
  const given = Object.entries(sides[0]?.values ?? {});
  const got = Object.entries(sides[1]?.values ?? {});
  const all = [...given, ...got].map(([, value]) => value);
  if (given.length > 1 || got.length > 1) return all.some((v) => typeof v === "string" || isStructured(v));
  if (all.some((v) => isStructured(v) && !isPropertyValue(v))) return true;
  const [[name, sent] = ["", null]] = given;
  const [[returned, answer] = ["", null]] = got;
  // One text that is sent and comes back changed, or an object of the interface that was asked for.
  if (name === returned && typeof sent === "string" && typeof answer === "string") return true;
  return typeof sent === "string" && isStructured(answer) && !Array.isArray(answer) && answer.iid === sent;
}

function isStructured(value: Value): value is Value[] | Values {
  if (value === null || typeof value !== "object") return false;
  // An enumeration's value is written with its name.
  return Array.isArray(value) || !("name" in value && "value" in value && Object.keys(value).length === 2);
}

/** What begins with its type: a VARIANT, a SAFEARRAY, a reference to IUnknown or IDispatch. */
function isPropertyValue(value: Value[] | Values): boolean {
  if (Array.isArray(value)) return false;
  return "vt" in value || ("iid" in value && GENERAL.has(String(value.iid)));
}

const GENERAL: ReadonlySet<string> = new Set([IUNKNOWN, IDISPATCH]);

/** Something that only [MS-RAI] has: a connection string, a help blob, `DOMAIN\\user:n`, a reference to its interfaces. */
function isMarked(iface: Interface, sides: readonly DecodedSide[]): boolean {
  if (raiInterface(iface.uuid) === null) return false;
  return sides.some(({ values, found }) => {
    const refers = objrefsIn(found).some(({ objref }) => raiInterface(objref.iid) !== null);
    return refers || Object.values(values).some(isDistinctive);
  });
}

function isDistinctive(value: Value): boolean {
  if (typeof value === "string") return isConnectionString(value) || isHelpBlob(value);
  if (value === null || typeof value !== "object" || Array.isArray(value)) return false;
  // The list of sessions is a SAFEARRAY of texts.
  const list = Array.isArray(value.values) ? value.values : [];
  const sessions = parseSessions(list.map((entry) => (typeof entry === "string" ? entry : null)));
  return sessions.some((s) => s.domain !== null && s.user !== null && s.session_id !== null);
}

function isConnectionString(text: string): boolean {
  const string = parseConnectionString(text);
  if (string.form === 2) return (string.auth.kh ?? string.auth.id) !== null && string.transports.length > 0;
  return string.form === 1 && string.protocol_version !== null && string.listeners.length > 0;
}

function isHelpBlob(text: string): boolean {
  const blob = parseHelpBlob(text);
  return blob.unsolicited === true && blob.id.user !== null;
}
