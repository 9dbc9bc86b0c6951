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
  transferSyntaxName,
} from "../../dissectors/dcerpc/bind.js";
import type { SyntaxId } from "../../dissectors/dcerpc/syntax-id.js";
import { type Account, type Holder, type Kind, unlimited } from "../budget.js";
import type { ContextRecord, Note } from "../events.js";
import type { InterfaceClaim } from "./finished-call.js";

/** Bind or alter_context exchanges that may wait for their answer, and context records kept for one connection. */
const MAX_PENDING = 64;
const MAX_CONTEXT_RECORDS = 4096;

/** Estimated cost, in bytes of memory, of a context proposed or bound, of its record, and of a transfer syntax in that. */
const BOUND_COST = 600;
const RECORD_COST = 600;
const SYNTAX_COST = 80;

interface Proposed {
  id: number;
  abstractSyntax: SyntaxId;
  /** Null where features are negotiated. */
  claim: InterfaceClaim | null;
  record: ContextRecord | null;
}

interface Proposal {
  callId: number;
  contexts: Proposed[];
}

export class PresentationContexts implements Holder {
  readonly records: ContextRecord[] = [];
  /** What each of `records` is about, and how many of them have been given names. */
  readonly #syntaxes: SyntaxId[] = [];
  #named = 0;
  /** Bind-time features that the server granted. */
  features: string[] = [];
  readonly #bound = new Map<number, InterfaceClaim>();
  readonly #proposed = new Map<number, InterfaceClaim>();
  readonly #pending: Proposal[] = [];
  readonly stream: number | null;
  readonly #account: Account;
  /** Cost of the records, which only the record of the association needs. */
  #recordCost = 0;
  readonly #recorded: boolean;
  #notes: Note[] = [];
  #noted: Set<string> | null = null;

  /** `recorded`: somebody wants `records`. */
  constructor(stream: number | null = null, kind: Kind = unlimited(), recorded = true) {
    this.stream = stream;
    this.#account = kind.open(this);
    this.#recorded = recorded;
  }

  /** Limits that were reached since the last call of this method: each is reported once. */
  takeNotes(): readonly Note[] {
    const taken = this.#notes;
    if (taken.length > 0) this.#notes = [];
    return taken;
  }

  #limit(what: string): void {
    this.#noted ??= new Set();
    if (this.#noted.has(what)) return;
    this.#noted.add(what);
    this.#notes.push({ severity: "warning", code: "context-limit", message: what });
  }

  /** Memory is short: what was proposed and never answered goes first, with the records; then what was agreed on. */
  giveUp(): void {
    if (this.#proposed.size + this.#pending.length + this.records.length > 0) {
      this.#pending.length = 0;
      this.#proposed.clear();
      this.records.length = 0;
      this.#syntaxes.length = 0;
      this.#named = 0;
      this.#recordCost = 0;
    } else {
      this.#bound.clear();
    }
    this.#count();
  }

  release(): void {
    this.#account.close();
  }

  /** The records with the names of their interfaces, which are not known here. */
  named(nameOf: (uuid: string, major: number) => string | null): ContextRecord[] {
    for (; this.#named < this.records.length; this.#named++) {
      const { uuid, major } = this.#syntaxes[this.#named]!;
      this.records[this.#named]!.name = nameOf(uuid, major);
    }
    return this.records;
  }

  #count(): void {
    this.#account.set(BOUND_COST * (this.#bound.size + this.#proposed.size) + this.#recordCost);
  }

  /** A bind or alter_context proposes. */
  propose(callId: number, elements: ContextElement[], frame: number): void {
    const contexts = elements.map((e) => this.#propose(e, callId, frame));
    this.#pending.push({ callId, contexts });
    if (this.#pending.length > MAX_PENDING) {
      this.#pending.shift();
      this.#limit(`more than ${MAX_PENDING} proposed contexts wait for an answer: the oldest are dropped`);
    }
    this.#count();
  }

  #propose(e: ContextElement, callId: number, frame: number): Proposed {
    const record = this.#recorded ? this.#record(e, callId, frame) : null;
    const { contextId, abstractSyntax, transferSyntaxes } = e;
    let claim: InterfaceClaim | null = null;
    if (!transferSyntaxes.some(isFeatureNegotiation)) {
      const only = transferSyntaxes.length === 1 ? transferSyntaxes[0]! : null;
      claim = claimOf(abstractSyntax, only ? known(only) : "ndr", false);
      this.#proposed.set(contextId, claim);
    }
    return { id: contextId, abstractSyntax, claim, record };
  }

  #record(e: ContextElement, callId: number, frame: number): ContextRecord | null {
    if (this.records.length >= MAX_CONTEXT_RECORDS) {
      this.#limit(`more than ${MAX_CONTEXT_RECORDS} contexts were proposed: further ones are not listed`);
      return null;
    }
    const record: ContextRecord = {
      id: e.contextId,
      call_id: callId,
      interface: e.abstractSyntax.uuid,
      version: `${e.abstractSyntax.major}.${e.abstractSyntax.minor}`,
      name: null,
      transfer_syntaxes: e.transferSyntaxes.map(transferSyntaxName),
      result: null,
      reason: null,
      accepted_syntax: null,
      frame,
    };
    this.records.push(record);
    this.#syntaxes.push(e.abstractSyntax);
    this.#recordCost += RECORD_COST + SYNTAX_COST * e.transferSyntaxes.length;
    return record;
  }

  /** A bind_ack or alter_context_resp answers the proposal of the same call id, result by result. */
  answer(callId: number, results: ContextResult[]): void {
    const proposal = this.#answered(callId);
    if (!proposal) return;
    for (let i = 0; i < results.length; i++) {
      const context = proposal.contexts[i];
      if (context) this.#settle(context, results[i]!);
    }
    this.#count();
  }

  /** A bind_nak refuses all that the bind proposed. */
  refuse(callId: number, reason: string): void {
    for (const context of this.#answered(callId)?.contexts ?? []) {
      const { record } = context;
      if (record) {
        record.result = "provider_rejection";
        record.reason = reason;
      }
      this.#markRefused(context);
    }
  }

  /** The proposal of this call id, or the latest; it waits no more. */
  #answered(callId: number): Proposal | undefined {
    const at = this.#pending.findLastIndex((p) => p.callId === callId);
    return this.#pending.splice(at < 0 ? this.#pending.length - 1 : at, 1)[0];
  }

  #settle(proposed: Proposed, result: ContextResult): void {
    const { id, abstractSyntax, record } = proposed;
    if (record) record.result = resultName(result.result);
    if (result.result === 3) {
      this.features = featureNames(result.reason);
      if (record) record.reason = this.features.join(" ") || null;
      return;
    }
    if (result.result !== 0) {
      if (record) record.reason = providerReason(result.reason);
      this.#markRefused(proposed);
      return;
    }
    if (record) record.accepted_syntax = transferSyntaxName(result.transferSyntax);
    this.#bound.set(id, claimOf(abstractSyntax, known(result.transferSyntax), true));
  }

  /** Calls may hold the claim as it was made: it is not changed, but replaced. */
  #markRefused({ id, claim }: Proposed): void {
    if (claim !== null && this.#proposed.get(id) === claim)
      this.#proposed.set(id, { ...claim, refused: true });
  }

  /**
   * What a call on this context id means, or null where neither answer nor proposal was captured. It is the same object
   * for all calls until something else is agreed on.
   */
  get(id: number): InterfaceClaim | null {
    this.#account.touch();
    return this.#bound.get(id) ?? this.#proposed.get(id) ?? null;
  }
}

function claimOf(
  { uuid, major, minor }: SyntaxId,
  transfer: "ndr" | "ndr64" | null,
  acknowledged: boolean,
): InterfaceClaim {
  const version = `${major}.${minor}`;
  return { uuid, version, major, transfer, from: "context", acknowledged, refused: false };
}

function known(syntax: SyntaxId): "ndr" | "ndr64" | null {
  if (syntax.uuid === NDR_SYNTAX) return "ndr";
  if (syntax.uuid === NDR64_SYNTAX) return "ndr64";
  return null;
}
