/**
 * The page's worker without the panes: the built page with another script, through which tests ask the engine as the panes do. Data
 * blocks and policy are the product's; only the hash of the script differs.
 */
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { browserBundle } from "../../../scripts/browser.mjs";
import { pack } from "../../../scripts/shipped.mjs";
import { unpackText } from "../../../src/shipped/packed.js";
import { PAGE } from "./browser.js";

/** What a test asks in the page: of a capture every row as text, with its tree and its sources in hex. */
export interface SeamRow {
  cells: string[];
  call: string;
  /** Lines of the tree, and each source in hex; null where the bytes are not at hand. */
  lines: string[] | null;
  sources: string[] | null;
}

const CODE = `
import { makeWorker } from "./src/page/built-in.ts";
import { Rows } from "./src/page/rows.ts";
import { TEXT_COLUMNS } from "./src/view/model.ts";
import { workerEngine } from "./src/worker/client.ts";

const engine = workerEngine(makeWorker);
const hex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
const fromHex = (text) => Uint8Array.from(text.match(/../g) ?? [], (two) => Number.parseInt(two, 16));
const lineOf = ({ name, text, note }) => (text === "" ? name : name + ": " + text) + (note === null ? "" : " [" + note + "]");

globalThis.everyRow = async (name, bytes, keys) => {
  const rows = new Rows();
  const problems = [];
  await engine.open({ inputs: [{ name, data: fromHex(bytes) }], ...keys }, (news) => {
    if (news.rows) rows.add(news.rows);
    if (news.problem) problems.push(news.problem);
  });
  const all = [];
  for (let row = 0; row < rows.count; row++) {
    const { tree } = await engine.show(row, true);
    const text = (column) => rows.text(column, row);
    all.push({
      cells: [rows.time(row), text("conversation"), rows.frames(row), text("client"), text("server"), text("taken"), text("call"), text("outcome")],
      call: rows.number("stream", row) + ":" + rows.number("callId", row),
      lines: tree?.nodes.map(lineOf) ?? null,
      sources: tree?.sources.filter(({ bytes }) => bytes.length > 0).map(({ bytes }) => hex(bytes)) ?? null,
    });
  }
  return { all, problems };
};
`;

/** The address of a page with the seam in it. */
export async function seamPage(): Promise<string> {
  const code = await browserBundle({
    stdin: { contents: CODE, resolveDir: ".", loader: "ts" },
    format: "iife",
    minify: true,
    legalComments: "none",
  });
  const hash = `'sha256-${createHash("sha256").update(code).digest("base64")}'`;
  const built = readFileSync(PAGE, "utf8");
  const [, packed] = /id="code">([^<]*)</.exec(built)!;
  const [worker] = unpackText(packed!).split("\0");
  // The policy names the script that unpacks, and the page's.
  const page = built
    .replace(/(script-src '[^']*') '[^']*'/, (_, first: string) => `${first} ${hash}`)
    .replace(packed!, () => pack(`${worker}\0${code}`));
  const path = join(mkdtempSync(join(tmpdir(), "raiscope-seam-")), "seam.html");
  writeFileSync(path, page);
  return pathToFileURL(path).href;
}
