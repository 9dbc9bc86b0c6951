/**
 * Requests of SMB 1 that wait for their answers, by process and multiplex id. A server may answer in any order, and a transaction
 * in several messages; ids are used again. Where too many wait the oldest are given up.
 */
import { Oldest } from "../../oldest.js";
import type { Out } from "../../rpc/output.js";
import type { Provenance } from "../protocol.js";
import { MAX_STATE, PENDING_COST, type SmbConnection, textCost } from "./connection.js";
import type { SmbSession } from "./sessions.js";
import type { Transaction } from "./smb1-transaction.js";

/** What is remembered of one command of a request until it is answered. */
export type Step =
  | { kind: "negotiate"; command: number; dialects: readonly string[] }
  | { kind: "setup"; command: number; session: SmbSession }
  | { kind: "tree"; command: number; path: string }
  | { kind: "open"; command: number; name: string }
  | { kind: "read" | "close"; command: number; fid: number }
  | { kind: "end"; command: number };

/** A request: its commands, or the transaction that it is. */
export interface Request {
  readonly steps: readonly Step[];
  readonly transaction: Transaction | null;
}

/** A read of a file that is no pipe: whatever answers it is of no interest. */
export const FILE_READ: Request = { steps: [], transaction: null };

/** Estimated cost of a command that waits for its answer, in bytes of memory. */
const STEP_COST = 64;

export class Requests {
  readonly #connection: SmbConnection;
  readonly #byId = new Map<number, Request>();
  readonly #oldest = new Oldest(this.#byId);

  constructor(connection: SmbConnection) {
    this.#connection = connection;
  }

  get(id: number): Request | null {
    return this.#byId.get(id) ?? null;
  }

  /** A request was sent; one with the same id that was not answered never will be. */
  add(id: number, request: Request, at: Provenance, out: Out): void {
    this.remove(id, out);
    if (this.#byId.size >= MAX_STATE) this.#evict(at, out);
    this.#byId.set(id, request);
    this.#connection.account.charge(requestCost(request));
  }

  /** It was answered, or never will be. */
  remove(id: number, out: Out): void {
    const request = this.#byId.get(id);
    if (request === undefined) return;
    this.#byId.delete(id);
    this.#connection.account.charge(-requestCost(request));
    request.transaction?.end(out);
  }

  /** All of them. */
  clear(out: Out): void {
    for (const id of [...this.#byId.keys()]) this.remove(id, out);
  }

  #evict(at: Provenance, out: Out): void {
    this.remove(this.#oldest.next()!, out);
    const message = `more than ${MAX_STATE} requests wait for an answer on this SMB connection: the oldest are given up`;
    this.#connection.noteOnce({ severity: "warning", code: "smb-request-limit", message }, at, out);
  }
}

function requestCost({ steps }: Request): number {
  return steps.reduce((sum, step) => sum + stepCost(step), PENDING_COST);
}

/** Of a command; most have little but themselves. */
function stepCost(step: Step): number {
  switch (step.kind) {
    case "negotiate":
      return step.dialects.reduce((sum, name) => sum + textCost(name), STEP_COST);
    case "tree":
      return STEP_COST + textCost(step.path);
    case "open":
      return STEP_COST + textCost(step.name);
    default:
      return STEP_COST;
  }
}
