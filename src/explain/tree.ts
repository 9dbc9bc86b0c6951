/**
 * Trees of fields: the PDUs and stubs of a call, or of a handshake, read again by the same dissectors with a reader that notes
 * names and places. A tree changes no value: it is made of what the run kept, after the record.
 *
 * Not handled: the frame around a PDU (frame.ts), how a tree is drawn (output/).
 */
import { readDatagram } from "../../dissectors/dcerpc/connectionless.js";
import { ptypeName } from "../../dissectors/dcerpc/header.js";
import { type Pdu, readPdu } from "../../dissectors/dcerpc/pdu.js";
import { AUTH_LEVEL_PRIVACY } from "../../dissectors/dcerpc/security.js";
import { readVerificationTrailer } from "../../dissectors/dcerpc/verification.js";
import { traced } from "../../dissectors/ndr/traced.js";
import { meaningsOf } from "../../dissectors/readable/plan.js";
import { WireError } from "../../dissectors/wire/errors.js";
import {
  emptyField,
  type Field,
  type Piece,
  Trace,
  TracedReader,
  type Tree,
} from "../../dissectors/wire/trace.js";
import type { Decoded, DecodedCall } from "../call/decoded-call.js";
import type { NdrKnowledge } from "../call/knowledge.js";
import { decodeSide } from "../call/side.js";
import { trailerOf } from "../call/trailer.js";
import type { CallRecord } from "../events.js";
import type { InterfaceTable } from "../interfaces.js";
import { type SideBytes, stubOf } from "../rpc/finished-call.js";
import type { CallEvidence, PduEvidence } from "./evidence.js";
import { fillGaps } from "./gaps.js";
import { guesses } from "./guess.js";
import { addInside } from "./inside.js";
import { addNames, addReadable } from "./names.js";
import { Sources, simplified } from "./sources.js";
import { addTextParts } from "./text.js";
import { readToken } from "./token.js";

/** What is known of the run that a tree is of. */
export interface TreeKnowledge {
  table: InterfaceTable;
  ndr: NdrKnowledge;
}

/** One PDU of a tree. */
export interface PduField {
  field: Field;
  evidence: PduEvidence;
  /** Where its stub data stands in its bytes; null of PDUs that have none. */
  stub: { start: number; end: number } | null;
  littleEndian: boolean;
}

/** The parts of a call's tree, before they are put together. */
export interface CallParts {
  request: PduField[];
  response: PduField[];
  /** The decoding that the fields were noted in. */
  decoded: { request: Decoded | null; response: Decoded | null };
}

export class TreeMaker {
  readonly trace: Trace;
  readonly root: Field;
  readonly sources: Sources;
  readonly #knowledge: TreeKnowledge;

  constructor(name: string, knowledge: TreeKnowledge) {
    this.root = emptyField(name);
    this.trace = new Trace(this.root);
    this.sources = new Sources(this.trace);
    this.#knowledge = knowledge;
  }

  /** Reads one PDU into a field below the one that is open. */
  pdu(evidence: PduEvidence): PduField {
    const { trace } = this;
    trace.renew();
    const source = this.sources.pdu(evidence, "PDU");
    const level = trace.level;
    const field = trace.open("dcerpc");
    const result: PduField = { field, evidence, stub: null, littleEndian: true };
    const reader = trace.reader(source);
    try {
      if (evidence.connectionless) this.#datagram(reader, evidence, result);
      else this.#connectionPdu(reader, result);
    } catch (fault) {
      if (!(fault instanceof WireError)) throw fault;
      field.note ??= fault.message;
    }
    trace.close(level);
    fillGaps(field, { source, start: 0, length: evidence.bytes.length }, evidence.bytes);
    field.range = { source, start: 0, length: evidence.bytes.length };
    return result;
  }

  #datagram(reader: TracedReader, evidence: PduEvidence, result: PduField): void {
    const pdu = readDatagram(reader, evidence.bytes.length);
    const { body, header } = pdu;
    result.field.show = header.type;
    result.littleEndian = header.littleEndian;
    if (pdu.error !== null) result.field.note = pdu.error.message;
    if (body !== null && "stubStart" in body) result.stub = { start: body.stubStart, end: body.stubEnd };
  }

  #connectionPdu(reader: TracedReader, result: PduField): void {
    const pdu: Pdu = readPdu(reader);
    const { body, header, auth } = pdu;
    result.field.show = ptypeName(header.ptype);
    result.littleEndian = header.littleEndian;
    if (pdu.error !== null) result.field.note = pdu.error.message;
    if (body !== null && "stubStart" in body) result.stub = { start: body.stubStart, end: body.stubEnd };
    if (auth === null) return;
    if (auth.authLevel === AUTH_LEVEL_PRIVACY) {
      const stub = find(result.field, "stub_data");
      if (stub !== null) stub.note = "encrypted";
    }
    const value = find(result.field, "auth_value");
    if (value !== null) {
      const token = reader.over(auth.tokenStart, auth.tokenEnd, "auth_length", true);
      this.#within(value, () => readToken(token, auth.authType, result.stub !== null));
    }
  }

  /** Runs `read` so that what it notes becomes part of `field`; what it cannot read stays the run of bytes it was. */
  #within(field: Field, read: () => void): void {
    const { trace } = this;
    const level = trace.level;
    trace.reopen(field);
    try {
      read();
    } catch (fault) {
      if (!(fault instanceof WireError)) throw fault;
      field.note = fault.message;
    }
    trace.close(level);
    // Its bytes are those of its parts now.
    if (field.children.length > 0) field.value = null;
  }

  /** The PDUs of a call and its stubs. */
  call({ decoded, request, response, missing }: CallEvidence, record: CallRecord): CallParts {
    const asked = request.map((evidence) => this.pdu(evidence));
    const { call } = decoded;
    const requested = this.#stub(decoded, call.request, asked, "request", null, record);
    const answered = response.map((evidence) => this.pdu(evidence));
    const values = decoded.request.values;
    const got =
      call.fault === null ? this.#stub(decoded, call.response, answered, "response", values, record) : null;
    if (missing > 0)
      this.root.note = `${missing} PDUs of this call were not kept: the limit on memory was reached`;
    return { request: asked, response: answered, decoded: { request: requested, response: got } };
  }

  #stub(
    decoded: DecodedCall,
    side: SideBytes | null,
    pdus: readonly PduField[],
    which: "request" | "response",
    requestValues: DecodedCall["request"]["values"],
    record: CallRecord,
  ): Decoded | null {
    if (side === null || side.sealed || pdus.length === 0) return null;
    const bytes = stubOf(side);
    if (bytes.length === 0) return null;
    const { trace } = this;
    const opened = pdus.some(({ evidence }) => evidence.opened !== null);
    const source = trace.addSource({
      name: opened ? "Opened stub" : "Stub",
      kind: opened ? "opened" : "stub",
      bytes,
      pieces: piecesOf(pdus, bytes.length),
    });
    trace.renew();
    const level = trace.level;
    const field = trace.open("stub");
    const { ndr, table } = this.#knowledge;
    const contexts = { ndr: { ...ndr.ndr, wrap: traced }, ndr64: { ...ndr.ndr64, wrap: traced } };
    const trailer = which === "request" ? trailerOf(side) : null;
    const result = decodeSide(
      decoded.call,
      side,
      trailer,
      decoded.identity,
      decoded.method,
      requestValues,
      contexts,
      [],
      (stub, littleEndian, end, bound) =>
        new TracedReader(trace, source, stub, littleEndian, 0, end, bound, 0),
    );
    trace.close(level);
    const { identity, method } = decoded;
    if (identity.iface !== null && method !== null && result.values !== null) {
      const { iface } = identity;
      const { values } = result;
      addInside(trace, field, source, (open) =>
        meaningsOf(iface, method, values, requestValues, table.nameOf, undefined, open),
      );
    }
    if (trailer !== null) this.#within(field, () => void readVerificationTrailer(trace.reader(source)));
    const range = { source, start: 0, length: bytes.length };
    if (result.state !== "decoded") {
      field.note = STATES[result.state ?? "unknown"] ?? null;
      const behind = endOf(field, source);
      const rest = { source, start: behind, length: bytes.length - behind };
      if (rest.length > 0) {
        field.children.push(...guesses(bytes, rest, side.littleEndian, table.nameOf));
      }
    }
    fillGaps(field, range, bytes);
    field.range = range;
    addTextParts(field);
    addReadable(field, record.readable?.[which] ?? null);
    const only = pdus.length === 1 ? find(pdus[0]!.field, "stub_data") : null;
    const { children } = trace.current;
    if (only !== null) {
      children.splice(children.indexOf(field), 1);
      only.children = field.children;
      only.note = opened ? "encrypted in the capture" : field.note;
      only.value = null;
    } else if (opened) field.note ??= "encrypted in the capture";
    return result;
  }

  /** Names UUIDs by what is known of them. */
  addNames(): void {
    addNames(this.root, this.#knowledge.table.nameOf);
  }

  /** The tree as it stands. */
  tree(): Tree {
    this.addNames();
    const sources = simplified(this.root, this.trace.sources, () => false);
    return { root: this.root, sources };
  }
}

const STATES: { readonly [state: string]: string } = {
  incomplete: "bytes are missing",
  malformed: "malformed",
  unknown: "not described: what is shown of it is a guess",
};

/** The tree of a call: the fields of its PDUs, those of the stubs inside. */
export function callTree(evidence: CallEvidence, record: CallRecord, knowledge: TreeKnowledge): Tree {
  const maker = new TreeMaker("call", knowledge);
  const { interface: iface, method, opnum, call_id } = record;
  const name = method ?? (opnum === null ? "?" : `opnum ${opnum}`);
  maker.root.show = `${iface.name ?? iface.uuid ?? "unknown interface"}.${name}, call ${call_id}`;
  maker.call(evidence, record);
  return maker.tree();
}

/** The tree of PDUs that are of no call: those of binds and handshakes. */
export function pdusTree(pdus: readonly PduEvidence[], knowledge: TreeKnowledge): Tree {
  const maker = new TreeMaker("association", knowledge);
  for (const evidence of pdus) maker.pdu(evidence);
  return maker.tree();
}

/** Where the bytes of a joined stub stand in the PDUs that brought them. */
function piecesOf(pdus: readonly PduField[], length: number): Piece[] {
  const pieces: Piece[] = [];
  let at = 0;
  let before = -1;
  for (const { field, evidence, stub } of pdus) {
    if (stub === null || field.range === null) continue;
    // A fragment that came twice counts once.
    if (evidence.connectionless && evidence.fragment === before) continue;
    before = evidence.fragment;
    const size = Math.min(evidence.opened?.length ?? stub.end - stub.start, length - at);
    if (size <= 0) continue;
    const sealed = evidence.opened !== null;
    pieces.push({ start: at, length: size, from: field.range.source, at: stub.start, sealed });
    at += size;
  }
  return pieces;
}

/** Behind the last byte that a field has. */
function endOf(field: Field, source: number): number {
  let end = 0;
  for (const child of field.children) {
    if (child.range !== null && child.range.source === source) {
      end = Math.max(end, child.range.start + child.range.length);
    }
    end = Math.max(end, endOf(child, source));
  }
  return end;
}

/** The first field of that name at the top of a PDU. */
function find(field: Field, name: string): Field | null {
  return field.children.find((child) => child.name === name) ?? null;
}
