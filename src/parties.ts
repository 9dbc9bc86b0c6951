/**
 * Who calls whom and how much, and who authenticated as whom: counters by pair of machines and by account, in memory that does
 * not grow with the capture.
 */

import { type Account, type Holder, type Kind, unlimited } from "./budget.js";
import type { CallRecord } from "./events.js";
import { isRefused } from "./output/refused.js";
import { addCounts, type Counts, countCall, newCounts } from "./stats.js";

/** Pairs of machines, and accounts, that are distinguished; calls of further ones are counted under one row each. */
export const MAX_PARTIES = 10_000;
/** Servers of one account that are counted apart. */
const MAX_SERVERS = 1_000;
/** Estimated costs of a row, and of a server in it, in bytes of memory. */
const PARTY_COST = 900;
const SERVER_COST = 100;

export interface Parties extends Counts {
  /** Errors and faults that say that the caller may not. */
  denied: number;
  /** Stub data of requests and of responses, as they were on the wire. */
  request_bytes: number;
  response_bytes: number;
  first_ts: string;
  last_ts: string;
}

/** Calls from one machine to another. Null where those that are not distinguished are counted together. */
export interface TalkerStats extends Parties {
  client: string | null;
  server: string | null;
}

/** Calls that one machine made as one account. */
export interface UserStats extends Parties {
  /** Null where calls bring no credentials, or such whose owner is not known. */
  user: string | null;
  domain: string | null;
  /** The machine, by its address and by the name it gave itself. Null where those that are not distinguished are counted together. */
  client: string | null;
  workstation: string | null;
  /** How it authenticated: `none`, or what SPNEGO settled on. */
  mechanism: string | null;
  /** Whose credentials: the PDUs' own, or those of the SMB session around the pipe. */
  source: CallRecord["auth"]["source"];
  /** Machines that it called. */
  servers: number;
}

export interface PartyStats {
  talkers: TalkerStats[];
  users: UserStats[];
}

/** One row with what is counted in it. */
class Row<Who> implements Holder {
  readonly stream = null;
  readonly who: Who;
  readonly counts = newCounts();
  denied = 0;
  requestBytes = 0;
  responseBytes = 0;
  first: string;
  last: string;
  readonly servers = new Set<string>();
  readonly account: Account;
  readonly #giveUp: () => void;

  /** `giveUp`: memory is short, and the row is to join others. */
  constructor(who: Who, ts: string, kind: Kind, giveUp: () => void) {
    this.who = who;
    this.first = ts;
    this.last = ts;
    this.#giveUp = giveUp;
    this.account = kind.open(this);
    this.account.charge(PARTY_COST);
  }

  giveUp(): void {
    this.#giveUp();
  }

  add(call: CallRecord): void {
    countCall(this.counts, call);
    if ((call.status === "error" || call.status === "fault") && isRefused(call)) this.denied++;
    this.requestBytes += call.wire.request?.bytes ?? 0;
    this.responseBytes += call.wire.response?.bytes ?? 0;
    if (call.ts < this.first) this.first = call.ts;
    if (call.ts > this.last) this.last = call.ts;
    this.account.touch();
    this.#serve(call.server.address);
  }

  #serve(address: string): void {
    if (this.servers.size >= MAX_SERVERS || this.servers.has(address)) return;
    this.servers.add(address);
    this.account.charge(SERVER_COST);
  }

  merge(other: Row<Who>): void {
    addCounts(this.counts, other.counts);
    this.denied += other.denied;
    this.requestBytes += other.requestBytes;
    this.responseBytes += other.responseBytes;
    if (other.first < this.first) this.first = other.first;
    if (other.last > this.last) this.last = other.last;
    for (const address of other.servers) this.#serve(address);
  }

  result(): Parties {
    return {
      ...this.counts,
      denied: this.denied,
      request_bytes: this.requestBytes,
      response_bytes: this.responseBytes,
      first_ts: this.first,
      last_ts: this.last,
    };
  }
}

/** Stands for those that are not distinguished. */
const FURTHER = "";

class Rows<Who> {
  readonly #rows = new Map<string, Row<Who>>();
  readonly #kind: Kind;
  readonly #further: Who;

  constructor(kind: Kind, further: Who) {
    this.#kind = kind;
    this.#further = further;
  }

  add(key: string, who: () => Who, call: CallRecord): void {
    let row = this.#rows.get(key);
    if (row === undefined) {
      row = this.#rows.size >= MAX_PARTIES ? this.#rest(call.ts) : this.#open(key, who(), call.ts);
    }
    row.add(call);
  }

  #open(key: string, who: Who, ts: string): Row<Who> {
    const row: Row<Who> = new Row(who, ts, this.#kind, () => this.#fold(key, row));
    this.#rows.set(key, row);
    return row;
  }

  #rest(ts: string): Row<Who> {
    return this.#rows.get(FURTHER) ?? this.#open(FURTHER, this.#further, ts);
  }

  /** Memory is short: a row joins those that are not distinguished. */
  #fold(key: string, row: Row<Who>): void {
    if (key === FURTHER) return;
    this.#rows.delete(key);
    row.account.close();
    this.#rest(row.first).merge(row);
  }

  /** Those with the most calls first; those that are not distinguished last. */
  *inOrder(): IterableIterator<Row<Who>> {
    const further = this.#rows.get(FURTHER);
    const rows = [...this.#rows].filter(([key]) => key !== FURTHER);
    rows.sort(([a, x], [b, y]) => y.counts.calls - x.counts.calls || (a < b ? -1 : 1));
    for (const [, row] of rows) yield row;
    if (further !== undefined) yield further;
  }
}

type Talker = Pick<TalkerStats, "client" | "server">;
type User = Pick<UserStats, "user" | "domain" | "client" | "workstation" | "mechanism" | "source">;

const NOBODY: User = {
  user: null,
  domain: null,
  client: null,
  workstation: null,
  mechanism: null,
  source: null,
};

/** The counters of a run: calls in, `result` at the end. */
export class PartyCounter {
  readonly #talkers: Rows<Talker>;
  readonly #users: Rows<User>;

  /** `kind`: memory that the rows may take; those of which nothing was heard for long are counted together first. */
  constructor(kind: Kind = unlimited()) {
    this.#talkers = new Rows<Talker>(kind, { client: null, server: null });
    this.#users = new Rows(kind, NOBODY);
  }

  add(call: CallRecord): void {
    const client = call.client.address;
    const server = call.server.address;
    this.#talkers.add(`${client} ${server}`, () => ({ client, server }), call);
    const { user, domain, workstation, source, mechanism, type } = call.auth;
    const how = mechanism ?? type;
    // Accounts are the same in any case.
    const key = [user?.toLowerCase(), domain?.toLowerCase(), client, how, source].join("\0");
    this.#users.add(key, () => ({ user, domain, client, workstation, mechanism: how, source }), call);
  }

  result(): PartyStats {
    return {
      talkers: [...this.#talkers.inOrder()].map((row) => ({ ...row.who, ...row.result() })),
      users: [...this.#users.inOrder()].map((row) => ({
        ...row.who,
        servers: row.servers.size,
        ...row.result(),
      })),
    };
  }
}
