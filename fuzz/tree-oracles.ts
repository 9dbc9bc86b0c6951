/** What must hold of the trees of a capture, whatever is in it. */

import { XMLValidator } from "fast-xml-parser";
import { latin1, utf16 } from "../dissectors/wire/text.js";
import { type Field, isLeaf, type Source, type Tree, where } from "../dissectors/wire/trace.js";
import type { AnalyzerOptions } from "../src/analyzer.js";
import type { CallRecord, Event } from "../src/events.js";
import { Explainer } from "../src/explain/explainer.js";
import { shippedInterfaces } from "../src/interfaces.js";
import { plain } from "../src/output/paint.js";
import { PDML_END, pdml, pdmlHead } from "../src/output/pdml.js";
import { PLAIN_SPELLING } from "../src/output/spelling.js";
import { treeJson } from "../src/output/tree-json.js";
import { headingOf, treeText } from "../src/output/tree-printer.js";
import type { ShownTree } from "../src/output/tree-text.js";
import { Redactor } from "../src/redact/redactor.js";
import { checkFinite, checkRedacted, checkVisible, OracleError, read, type Seen } from "./oracles.js";

/**
 * A capture gives the records that it gives otherwise; each field stands where its tree says; no view shows what it must not.
 * `options`: new ones for each run, since keys count what they open.
 */
export async function checkTrees(bytes: Uint8Array, options: () => Promise<AnalyzerOptions>): Promise<void> {
  const interfaces = shippedInterfaces();
  const explainer = new Explainer(interfaces);
  const frames = new Map<number, Uint8Array>();
  const see: Seen = ({ number, data, start, end }) => void frames.set(number, data.slice(start, end));
  const ordinary = await read(bytes, { ...(await options()), interfaces });
  const own = await options();
  const traced = await read(bytes, { ...own, interfaces, witness: explainer.witness }, see);
  if (ordinary === null || traced === null) return;
  // What tracing keeps is a part of the run's memory, so that less is left of a small one.
  if (own.maxMemory === undefined) checkSame(ordinary.events, traced.events);
  const redactor = new Redactor();
  for (const event of traced.events) redactor.event(event);
  const views: [string, string][] = [];
  for (const event of traced.events) {
    const tree = explainer.tree(event);
    if (tree === null) continue;
    checkPlaces(tree, frames);
    for (const [name, text] of viewsOf(tree, event)) checkVisible(text, name);
    const call: CallRecord | null = event.type === "call" ? event : null;
    if (call !== null) checkFinite(explainer.ranges(call));
    const hidden = redactor.tree(explainer.tree(event)!, call);
    views.push(...viewsOf(hidden, redactor.event(event)), ...hidden.sources.flatMap(textsOf));
  }
  checkRedacted(traced.events, views);
}

function checkSame(ordinary: readonly Event[], traced: readonly Event[]): void {
  if (ordinary.length !== traced.length) throw new OracleError("a traced run has other records");
  for (const [i, event] of ordinary.entries()) {
    const [before, now] = [event, traced[i]].map((one) => JSON.stringify(one));
    if (before !== now) throw new OracleError(`traced, a record is another: ${before}\n${now}`);
  }
}

/** Every range lies in its source, and the bytes of leaves are those of the frames where they stand. */
function checkPlaces(tree: Tree, frames: ReadonlyMap<number, Uint8Array>): void {
  const visit = (field: Field): void => {
    const { name, range } = field;
    if (range !== null) {
      const bytes = tree.sources[range.source]?.bytes;
      if (bytes === undefined || range.start < 0 || range.length < 0)
        throw new OracleError(`${name} is nowhere`);
      if (range.start + range.length > bytes.length) throw new OracleError(`${name} lies outside its source`);
      if (isLeaf(field)) checkBytes(tree, field, bytes, frames);
    }
    for (const child of field.children) visit(child);
  };
  visit(tree.root);
}

function checkBytes(
  tree: Tree,
  { name, range }: Field,
  bytes: Uint8Array,
  frames: ReadonlyMap<number, Uint8Array>,
): void {
  const places = where(tree, range!);
  const length = places.reduce((sum, place) => sum + place.length, 0);
  // Bytes whose segment was forgotten have no place.
  if (length !== range!.length || places.some(({ sealed }) => sealed)) return;
  let at = range!.start;
  for (const place of places) {
    const frame = frames.get(place.frame);
    for (let i = 0; i < place.length; i++, at++) {
      if (frame?.[place.at + i] !== bytes[at]) throw new OracleError(`${name} has other bytes in its frame`);
    }
  }
}

function viewsOf(tree: ShownTree, of: Event): [string, string][] {
  const layout = { columns: 100, cut: true, paint: plain, full: true, spelling: PLAIN_SPELLING };
  const text = treeText(tree, headingOf(of, PLAIN_SPELLING), { fields: true, bytes: true }, layout);
  const xml = pdmlHead("raiscope") + pdml(tree, () => null) + PDML_END;
  const valid = XMLValidator.validate(xml);
  if (valid !== true) throw new OracleError(`PDML is no XML: ${valid.err.msg}`);
  const json = treeJson(tree);
  checkFinite(json);
  return [
    ["tree", text],
    ["pdml", xml],
    ["tree json", `${JSON.stringify(json)}`],
  ];
}

/** What a source holds as text, in one and in two bytes a character. */
function textsOf({ name, bytes }: Source): [string, string][] {
  const odd = bytes.subarray(1);
  return [latin1(bytes), utf16(bytes), utf16(odd)].map((text) => [`the bytes of ${name}`, text]);
}
