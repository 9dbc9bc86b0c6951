/**
 * One side of a call decoded: ORPC header, parameters, what is left over. The one place where a call's decoding may fail:
 * what was decoded before the fault is kept, and the rest becomes a note.
 */
import type { VerificationTrailer } from "../../dissectors/dcerpc/verification.js";
import {
  looksLikeOrpcThis,
  type OrpcExtension,
  readOrpcThat,
  readOrpcThis,
} from "../../dissectors/dcom/orpc.js";
import { decodeRequest, decodeResponse } from "../../dissectors/ndr/decode.js";
import type { DecodedSide, Found } from "../../dissectors/ndr/decoded.js";
import type { Method } from "../../dissectors/ndr/types.js";
import { WireError } from "../../dissectors/wire/errors.js";
import { CAPTURED, Reader } from "../../dissectors/wire/reader.js";
import { loneText } from "../../dissectors/wire/text.js";
import type { Note, StubState } from "../events.js";
import { type FinishedCall, type SideBytes, stubOf } from "../rpc/finished-call.js";
import type { Cut, Decoded, Identity, Values } from "./decoded-call.js";
import type { Knowledge } from "./knowledge.js";
import type { StubReading } from "./seen-stubs.js";

/** What a value costs beside its text, and a byte of stub as text. */
const NODE_COST = 72;
const BYTE_COST = 2;

const NOTHING_FOUND: readonly Found[] = [];

function nothing(state: StubState): Decoded {
  return {
    state,
    cut: null,
    values: null,
    returned: undefined,
    status: null,
    found: NOTHING_FOUND,
    seen: null,
    orpcThis: null,
    orpcThat: null,
    cost: 0,
  };
}

export const NO_SIDE: Decoded = nothing(null);

/** A reader over a stub, up to `end`. */
export type OpenStub = (stub: Uint8Array, littleEndian: boolean, end: number, bound: string) => Reader;

const openStub: OpenStub = (stub, littleEndian, end, bound) => new Reader(stub, littleEndian, 0, end, bound);

/** `open`: another reader than the ordinary one, for a tree of fields. */
export function decodeSide(
  call: FinishedCall,
  side: SideBytes | null,
  trailer: VerificationTrailer | null,
  identity: Identity,
  method: Method | null,
  requestValues: Values | null,
  ndr: Knowledge["ndr"],
  notes: Note[],
  open: OpenStub = openStub,
): Decoded {
  if (!side) return NO_SIDE;
  const which = side === call.request ? "request" : "response";
  if (side.sealed) return nothing("encrypted");
  const { whole } = side;
  const stub = stubOf(side);
  const end = trailer ? trailer.start : stub.length;
  const r = open(stub, side.littleEndian, end, whole ? "stub" : CAPTURED);
  const result = nothing(whole ? "decoded" : "incomplete");
  try {
    readOrpc(r, call, which, identity, result);
    reportLone((which === "request" ? result.orpcThis : result.orpcThat)?.extensions ?? [], which, notes);
  } catch (e) {
    if (!(e instanceof WireError)) throw e;
    result.state = stateOf(e, true);
    result.cut = cutOf(e);
    notes.push(faultNote(which, e));
    return result;
  }
  if (!method || method.undescribed || identity.transfer === null) {
    if (whole) result.state = "unknown";
    return result;
  }
  const ctx = ndr[identity.transfer];
  const read = (): DecodedSide =>
    which === "request" ? decodeRequest(method, r, ctx) : decodeResponse(method, r, ctx, requestValues);
  const how: StubReading = {
    response: which === "response",
    ndr64: identity.transfer === "ndr64",
    littleEndian: side.littleEndian,
    whole,
    start: r.offset,
    end,
    outer: requestValues,
  };
  const seen = ndr.seen?.of(method, stub, how, read) ?? null;
  const decoded = seen === null ? read() : seen.side;
  if (method.notOnWire && (decoded.error || decoded.left > 0)) {
    // Declared only to keep the numbering: what it really takes is not known.
    result.state = whole ? "unknown" : "incomplete";
    return result;
  }
  result.values = decoded.values;
  result.returned = decoded.returned;
  result.cost = NODE_COST * decoded.nodes + BYTE_COST * stub.length;
  result.status = decoded.status;
  result.found = decoded.found;
  result.seen = seen;
  for (const n of decoded.notes) notes.push({ ...n, message: `${which}: ${n.message}` });
  if (decoded.error) {
    result.state = stateOf(decoded.error, whole);
    result.cut = cutOf(decoded.error);
    notes.push(faultNote(which, decoded.error));
  } else if (decoded.left > 0 && whole) {
    reportLeftOver(stub.subarray(end - decoded.left, end), which, trailer !== null, notes);
  }
  return result;
}

function readOrpc(
  r: Reader,
  call: FinishedCall,
  which: "request" | "response",
  identity: Identity,
  result: Decoded,
): void {
  const known = identity.iface && identity.iface.methods.length > 0;
  if (known ? !identity.iface!.object : call.object === null) return;
  if (which === "request") {
    if (known || looksLikeOrpcThis(r.ahead())) result.orpcThis = readOrpcThis(r);
  } else if (known) {
    result.orpcThat = readOrpcThat(r);
  }
}

/** Of the texts in the extensions, which have no walk to note them. */
function reportLone(extensions: readonly OrpcExtension[], which: string, notes: Note[]): void {
  extensions.forEach(({ errorInfo }, i) => {
    if (errorInfo === null || errorInfo.lone.length === 0) return;
    const message = `${which}: orpc.${which}_extensions[${i}].error: ${loneText(errorInfo.lone)}`;
    notes.push({ severity: "warning", code: "text-lone-surrogate", message });
  });
}

function stateOf(error: WireError, whole: boolean): StubState {
  if (error.kind === "incomplete" || !whole) return "incomplete";
  // The decoder gave up; the sender broke nothing.
  return error.kind === "unsupported" || error.kind === "limit" ? "unknown" : "malformed";
}

function cutOf(error: WireError): Cut | null {
  if (error.kind !== "incomplete") return null;
  return { path: error.path, needed: error.short?.needed ?? 0, left: error.short?.left ?? 0 };
}

function faultNote(which: string, error: WireError): Note {
  const at = error.path === "" ? "" : ` at ${error.path}`;
  return { severity: "warning", code: `stub-${error.kind}`, message: `${which}${at}: ${error.message}` };
}

/** Up to seven zero bytes behind the last parameter are a sender's padding ([MS-RPCE] 2.2.2.13 allows it before a trailer). */
function reportLeftOver(rest: Uint8Array, which: string, padded: boolean, notes: Note[]): void {
  if (rest.length < (padded ? 16 : 8) && (padded || rest.every((b) => b === 0))) return;
  notes.push({
    severity: "warning",
    code: "stub-left-over",
    message: `${which}: ${rest.length} bytes left after the last parameter`,
  });
}
