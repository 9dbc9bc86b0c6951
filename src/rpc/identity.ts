/**
 * Which interface a call belongs to: by its presentation context, by the client's verification trailer, by the IPID it is
 * made on, and last by the stub itself.
 */
import { transferSyntaxName } from "../../dissectors/dcerpc/pdu.js";
import type { VerificationTrailer } from "../../dissectors/dcerpc/verification.js";
import { looksLikeOrpcThis, readOrpcThat, readOrpcThis } from "../../dissectors/dcom/orpc.js";
import { decodeRequest, decodeResponse, type NdrContext } from "../../dissectors/ndr/decode.js";
import type { DecodedSide } from "../../dissectors/ndr/decoded.js";
import type { Interface, Method } from "../../dissectors/ndr/types.js";
import { WireError } from "../../dissectors/wire/errors.js";
import { Reader } from "../../dissectors/wire/reader.js";
import type { InterfaceRecord, Note, Value } from "../events.js";
import type { InterfaceTable } from "../interfaces.js";
import type { Association } from "./association.js";
import { type OpenCall, type Side, stubOf } from "./calls.js";
import type { NameBook } from "./dispatch.js";
import type { ObjectTable } from "./objects.js";

export type Values = { [name: string]: Value };

/** The knowledge of the run that decoding a call draws on and adds to. */
export interface CallEnvironment {
  table: InterfaceTable;
  objects: ObjectTable;
  names: NameBook;
  /** NDR contexts, made once for each transfer syntax. */
  ndr: { ndr: NdrContext; ndr64: NdrContext };
}

/** What names the interface of a call. */
export interface Identity {
  uuid: string | null;
  version: string | null;
  iface: Interface | null;
  transfer: "ndr" | "ndr64" | null;
  inferred: boolean;
}

/** Bind, verification trailer, IPID, and last the stub itself name the interface. */
export function identify(
  call: OpenCall,
  association: Association,
  trailer: VerificationTrailer | null,
  iid: string | null,
  env: CallEnvironment,
  notes: Note[],
): Identity {
  const bound = association.contexts.get(call.contextId);
  if (bound) {
    const { uuid, major, minor } = bound.abstractSyntax;
    if (bound.refused) {
      notes.push({
        severity: "warning",
        code: "context-refused",
        message: `the server had refused presentation context ${call.contextId}`,
      });
    } else if (!bound.acknowledged) {
      notes.push({
        severity: "info",
        code: "context-not-acknowledged",
        message: `the answer to the proposal of presentation context ${call.contextId} was not captured`,
      });
    }
    return {
      uuid,
      version: `${major}.${minor}`,
      iface: env.table.find(uuid, major),
      transfer: bound.transfer,
      inferred: false,
    };
  }
  if (trailer?.pcontext) {
    const { interfaceId, transferSyntax } = trailer.pcontext;
    const transfer = transferSyntaxName(transferSyntax);
    return {
      uuid: interfaceId.uuid,
      version: `${interfaceId.major}.${interfaceId.minor}`,
      iface: env.table.find(interfaceId.uuid, interfaceId.major),
      transfer: transfer === "ndr" || transfer === "ndr64" ? transfer : null,
      inferred: true,
    };
  }
  if (iid) {
    return { uuid: iid, version: "0.0", iface: env.table.find(iid), transfer: "ndr", inferred: true };
  }
  const fitting = call.callback ? null : inferFromStub(call, env);
  if (fitting) {
    const { major, minor } = fitting.version;
    return {
      uuid: fitting.uuid,
      version: `${major}.${minor}`,
      iface: fitting,
      transfer: "ndr",
      inferred: true,
    };
  }
  return { uuid: null, version: null, iface: null, transfer: null, inferred: false };
}

/**
 * The only interface with a method of this opnum that both stubs fit exactly, to the last octet and without a complaint.
 * A method whose parameters take no room fits too much to be evidence: with nothing but an empty request, none is named.
 */
function inferFromStub(call: OpenCall, env: CallEnvironment): Interface | null {
  const { request, response } = call;
  if (call.opnum === null || !request || !usable(request)) return null;
  if (response && !call.fault && !usable(response)) return null;
  const stub = stubOf(request);
  const orpc = looksLikeOrpcThis(new Reader(stub, request.littleEndian, 0, stub.length, "stub"));
  if (call.object !== null && !orpc) return null;
  const fitting: { iface: Interface; method: Method }[] = [];
  let weight = 0;
  for (const candidate of env.table.candidates(call.opnum)) {
    // Activation carries ORPCTHIS without being a call on an object.
    if (candidate.iface.object !== (call.object !== null)) continue;
    const fit = fits(call, candidate.iface, candidate.method, env);
    if (fit < 0) continue;
    weight = Math.max(weight, fit);
    fitting.push(candidate);
  }
  return weight > 0 ? env.table.commonest(fitting) : null;
}

function usable(side: Side): boolean {
  return side.ended && !side.broken && !side.sealed;
}

/** Octets of parameters explained, or -1 where a stub does not fit. */
function fits(call: OpenCall, iface: Interface, method: Method, env: CallEnvironment): number {
  let weight = 0;
  let values: Values | undefined;
  for (const side of [call.request, call.fault ? null : call.response]) {
    if (!side) continue;
    const stub = stubOf(side);
    const r = new Reader(stub, side.littleEndian, 0, stub.length, "stub");
    try {
      if (iface.object) side === call.request ? readOrpcThis(r) : readOrpcThat(r);
    } catch (e) {
      if (e instanceof WireError) return -1;
      throw e;
    }
    const before = r.offset;
    const decoded: DecodedSide =
      side === call.request
        ? decodeRequest(method, r, env.ndr.ndr)
        : decodeResponse(method, r, env.ndr.ndr, values);
    if (decoded.error || decoded.left > 0 || decoded.notes.length > 0) return -1;
    if (side === call.request) values = decoded.values;
    weight += stub.length - before;
  }
  return weight;
}

export function interfaceRecord(identity: Identity): InterfaceRecord {
  const record: InterfaceRecord = {
    uuid: identity.uuid,
    version: identity.version,
    name: identity.iface?.name ?? null,
  };
  if (identity.inferred) record.inferred = true;
  return record;
}
