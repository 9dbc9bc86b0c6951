/**
 * Presentation contexts of one connection: what was proposed, what was accepted, and which of it a call on a context id
 * means. Only an acknowledged context counts; where the acknowledgement was not captured the proposal has to do.
 */
import {
  type ContextElement,
  type ContextResult,
  featureNames,
  isFeatureNegotiation,
  NDR_SYNTAX,
  NDR64_SYNTAX,
  providerReason,
  resultName,
  type SyntaxId,
  transferSyntaxName,
} from "../../dissectors/dcerpc/pdu.js";
import type { ContextRecord } from "../events.js";

/** Bind or alter_context exchanges that may wait for their answer, and context records kept for one connection. */
const MAX_PENDING = 64;
export const MAX_CONTEXT_RECORDS = 4096;

export interface BoundContext {
  abstractSyntax: SyntaxId;
  transfer: "ndr" | "ndr64" | null;
  /** False where the answer was not captured or refused the context. */
  acknowledged: boolean;
  refused: boolean;
}

interface Proposal {
  callId: number;
  elements: ContextElement[];
  records: ContextRecord[];
}

export class PresentationContexts {
  readonly records: ContextRecord[] = [];
  /** Bind-time features that the server granted. */
  features: string[] = [];
  readonly #bound = new Map<number, BoundContext>();
  readonly #proposed = new Map<number, BoundContext>();
  readonly #pending: Proposal[] = [];
  readonly #nameOf: (uuid: string, major: number) => string | null;

  constructor(nameOf: (uuid: string, major: number) => string | null) {
    this.#nameOf = nameOf;
  }

  /** A bind or alter_context proposes. */
  propose(callId: number, elements: ContextElement[], frame: number): void {
    const records: ContextRecord[] = [];
    for (const e of elements) {
      const record: ContextRecord = {
        id: e.contextId,
        interface: e.abstractSyntax.uuid,
        version: `${e.abstractSyntax.major}.${e.abstractSyntax.minor}`,
        name: this.#nameOf(e.abstractSyntax.uuid, e.abstractSyntax.major),
        transfer_syntaxes: e.transferSyntaxes.map(transferSyntaxName),
        result: null,
        reason: null,
        accepted_syntax: null,
        frame,
      };
      records.push(record);
      if (this.records.length < MAX_CONTEXT_RECORDS) this.records.push(record);
      if (e.transferSyntaxes.some(isFeatureNegotiation)) continue;
      const only = e.transferSyntaxes.length === 1 ? e.transferSyntaxes[0]! : null;
      this.#proposed.set(e.contextId, {
        abstractSyntax: e.abstractSyntax,
        transfer: only ? known(only) : "ndr",
        acknowledged: false,
        refused: false,
      });
    }
    this.#pending.push({ callId, elements, records });
    if (this.#pending.length > MAX_PENDING) this.#pending.shift();
  }

  /** A bind_ack or alter_context_resp answers the proposal of the same call id, result by result. */
  answer(callId: number, results: ContextResult[]): void {
    let at = this.#pending.findLastIndex((p) => p.callId === callId);
    if (at < 0) at = this.#pending.length - 1;
    const proposal = this.#pending[at];
    if (!proposal) return;
    this.#pending.splice(at, 1);
    for (let i = 0; i < results.length; i++) {
      const element = proposal.elements[i];
      const record = proposal.records[i];
      if (element && record) this.#settle(element, record, results[i]!);
    }
  }

  /** A bind_nak refuses all that the bind proposed. */
  refuse(callId: number, reason: string): void {
    const at = this.#pending.findLastIndex((p) => p.callId === callId);
    const proposal = this.#pending[at < 0 ? this.#pending.length - 1 : at];
    for (const record of proposal?.records ?? []) {
      record.result = "provider_rejection";
      record.reason = reason;
    }
    for (const e of proposal?.elements ?? []) this.#markRefused(e);
    if (proposal) this.#pending.splice(this.#pending.indexOf(proposal), 1);
  }

  #settle(element: ContextElement, record: ContextRecord, result: ContextResult): void {
    record.result = resultName(result.result);
    if (result.result === 3) {
      this.features = featureNames(result.reason);
      record.reason = this.features.join(" ") || null;
      return;
    }
    if (result.result !== 0) {
      record.reason = providerReason(result.reason);
      this.#markRefused(element);
      return;
    }
    record.accepted_syntax = transferSyntaxName(result.transferSyntax);
    this.#bound.set(element.contextId, {
      abstractSyntax: element.abstractSyntax,
      transfer: known(result.transferSyntax),
      acknowledged: true,
      refused: false,
    });
  }

  #markRefused(element: ContextElement): void {
    const proposed = this.#proposed.get(element.contextId);
    if (proposed?.abstractSyntax === element.abstractSyntax) proposed.refused = true;
  }

  /** What a call on this context id means, or null where neither answer nor proposal was captured. */
  get(id: number): BoundContext | null {
    return this.#bound.get(id) ?? this.#proposed.get(id) ?? null;
  }
}

function known(syntax: SyntaxId): "ndr" | "ndr64" | null {
  if (syntax.uuid === NDR_SYNTAX) return "ndr";
  if (syntax.uuid === NDR64_SYNTAX) return "ndr64";
  return null;
}
