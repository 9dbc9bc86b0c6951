/** What each secret opened, and which contexts stayed encrypted and why: kept while a run goes on, shown at its end. */

import type { KeysRecord } from "../../events.js";
import { mendTexts } from "../../well-formed.js";
import type { AccountIdentity, ContextLocation, UndecryptableReason } from "./session.js";

/** Contexts that are listed one by one; beyond, only the secrets' counters go on. */
const MAX_REPORTED_CONTEXTS = 10_000;
/** Estimated bytes of memory that they may take: names come from the wire, and may be long. */
const MAX_REPORTED_BYTES = 4 * 1024 * 1024;
const LINE_COST = 250;

export type SecretKind = KeysRecord["secrets"][number]["kind"];
export type Proof = NonNullable<KeysRecord["contexts"][number]["proof"]>;
type ContextLine = KeysRecord["contexts"][number];

/** A secret as it may be shown: never with its value. */
export interface SecretEntry {
  label: string;
  kind: SecretKind;
  user: string | null;
  domain: string | null;
  opened: number;
}

export class KeyReport {
  readonly #secrets: SecretEntry[] = [];
  readonly #lines = new Map<ContextLocation, ContextLine>();
  #bytes = 0;
  #unlisted = 0;

  addSecret(
    kind: SecretKind,
    label: string,
    user: string | null = null,
    domain: string | null = null,
  ): SecretEntry {
    const entry = { label, kind, user, domain, opened: 0 };
    this.#secrets.push(entry);
    return entry;
  }

  #line(location: ContextLocation): ContextLine | null {
    const known = this.#lines.get(location);
    if (known !== undefined) return known;
    if (this.#lines.size >= MAX_REPORTED_CONTEXTS || this.#bytes > MAX_REPORTED_BYTES) {
      this.#unlisted++;
      return null;
    }
    const line: ContextLine = {
      stream: location.stream,
      context_id: location.contextId,
      smb_session: location.smbSession,
      type: location.type,
      mechanism: null,
      level: location.level,
      user: null,
      domain: null,
      opened: false,
      secret: null,
      proof: null,
      reason: null,
      message: null,
    };
    this.#lines.set(location, line);
    this.#bytes += costOf(line);
    return line;
  }

  /** Where the names that a line is given are too long for all, it is not listed any more. */
  #fill(location: ContextLocation, line: ContextLine, facts: Partial<ContextLine>): void {
    this.#bytes -= costOf(line);
    Object.assign(line, facts);
    if (this.#bytes + costOf(line) <= 2 * MAX_REPORTED_BYTES) this.#bytes += costOf(line);
    else if (this.#lines.delete(location)) this.#unlisted++;
  }

  opened(
    location: ContextLocation,
    mechanism: string,
    who: AccountIdentity,
    secret: SecretEntry,
    proof: Proof,
  ): void {
    const line = this.#line(location);
    if (line === null || !line.opened) secret.opened++;
    if (line === null) return;
    this.#fill(location, line, {
      ...who,
      mechanism,
      opened: true,
      secret: secret.label,
      proof,
      reason: null,
      message: null,
    });
  }

  undecryptable(
    location: ContextLocation,
    mechanism: string | null,
    who: AccountIdentity,
    reason: UndecryptableReason,
    message: string,
  ): void {
    const line = this.#line(location);
    if (line === null) return;
    this.#fill(location, line, {
      ...who,
      mechanism,
      opened: false,
      secret: null,
      proof: null,
      reason,
      message,
    });
  }

  /** The cipher state went missing: the context stays listed as opened, with the reason why not to its end. */
  lost(location: ContextLocation, message: string): void {
    const line = this.#line(location);
    if (line !== null) this.#fill(location, line, { reason: "cipher-state-lost", message });
  }

  record(): KeysRecord {
    // What protects an SMB session is known when its messages have come.
    for (const [{ level, smbSession }, line] of this.#lines) {
      line.level = level;
      line.smb_session = smbSession;
    }
    const record: KeysRecord = {
      secrets: this.#secrets.map(({ label, kind, user, domain, opened }) => ({
        secret: label,
        kind,
        user,
        domain,
        opened,
      })),
      // In whatever order they were opened.
      contexts: [...this.#lines.values()].sort((a, b) => (a.stream ?? 0) - (b.stream ?? 0)),
      contexts_not_listed: this.#unlisted,
    };
    // Names as they were sent, of which the notes have reported.
    mendTexts(record, "", () => {});
    return record;
  }
}

function costOf({ user, domain, message }: ContextLine): number {
  return LINE_COST + 2 * ((user?.length ?? 0) + (domain?.length ?? 0) + (message?.length ?? 0));
}
