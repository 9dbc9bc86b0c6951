/** Who calls whom and as whom, as tables for people. */

import { aboutSize, account, counted, grouped } from "./format.js";
import { type GridColumn, grid } from "./grid.js";
import { PLAIN_SPELLING, type Spelling } from "./spelling.js";

/** The figures of one row. */
export interface PartyRow {
  calls: number;
  errors: number;
  denied: number;
  faults: number;
  unanswered: number;
  request_bytes: number;
  response_bytes: number;
  first_ts: string;
  last_ts: string;
}

export interface TalkerRow extends PartyRow {
  client: string | null;
  server: string | null;
}

export interface UserRow extends PartyRow {
  user: string | null;
  domain: string | null;
  client: string | null;
  workstation: string | null;
  mechanism: string | null;
  source: string | null;
  servers: number;
}

const FIGURES: readonly GridColumn[] = [
  ...["calls", "errors", "denied", "faults", "unanswered"].map((title) => ({ title, right: true })),
];
const TIMES: readonly GridColumn[] = [{ title: "first" }, { title: "last" }];

const TALKERS: readonly GridColumn[] = [
  { title: "client → server" },
  ...FIGURES,
  { title: "sent", right: true },
  { title: "received", right: true },
  ...TIMES,
];

const USERS: readonly GridColumn[] = [
  { title: "authenticated as" },
  { title: "from" },
  { title: "by" },
  { title: "servers", right: true },
  ...FIGURES,
  ...TIMES,
];

/** A table each of those that are not null, of which `most` rows are shown. */
export async function partyTables(
  { talkers, users }: { talkers: readonly TalkerRow[] | null; users: readonly UserRow[] | null },
  most: number,
  spelling: Spelling = PLAIN_SPELLING,
): Promise<string[]> {
  const tables: string[] = [];
  const add = async <R extends PartyRow>(
    title: string,
    columns: readonly GridColumn[],
    rows: readonly R[],
    cells: (row: R) => string[],
    option: string,
  ): Promise<void> => {
    const shown = rows.slice(0, most);
    const more = rows.length - shown.length;
    const rest = more === 0 ? "" : `… ${counted(more, "further row")}: ${option}\n`;
    tables.push(`${title}\n${await grid(columns, shown.map(cells))}${rest}`);
  };
  if (talkers !== null)
    await add("Talkers", TALKERS, talkers, (row) => talkerCells(row, spelling), "--by talkers");
  if (users !== null) await add("Users", USERS, users, (row) => userCells(row, spelling), "--by users");
  return tables;
}

function talkerCells(row: TalkerRow, spelling: Spelling): string[] {
  const { client, server } = row;
  const who =
    client === null || server === null
      ? "(further)"
      : `${client}${spelling.beside(client)} → ${server}${spelling.beside(server)}`;
  return [
    who,
    ...figures(row),
    aboutSize(row.request_bytes),
    aboutSize(row.response_bytes),
    ...times(row, spelling),
  ];
}

function userCells(row: UserRow, spelling: Spelling): string[] {
  const { client, workstation, mechanism, source } = row;
  if (client === null)
    return ["(further)", "", "", grouped(row.servers), ...figures(row), ...times(row, spelling)];
  const from = workstation === null ? `${client}${spelling.beside(client)}` : `${workstation} (${client})`;
  const by = `${mechanism ?? "?"}${source === "smb_session" ? " (SMB)" : ""}`;
  return [as(row), from, by, grouped(row.servers), ...figures(row), ...times(row, spelling)];
}

/** Nobody is named by calls without credentials, and by credentials that no key opened. */
function as({ user, domain, mechanism }: UserRow): string {
  return account(domain, user) ?? (mechanism === "none" ? "(nobody)" : "(not known)");
}

function figures(row: PartyRow): string[] {
  return [row.calls, row.errors, row.denied, row.faults, row.unanswered].map((n) =>
    n === 0 ? "·" : grouped(n),
  );
}

function times({ first_ts: first, last_ts: last }: PartyRow, spelling: Spelling): string[] {
  return [spelling.moment(first), spelling.moment(last)];
}
