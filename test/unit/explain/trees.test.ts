/** Trees of every call and every handshake of the project's own captures: the same values, true places, no byte without a field. */
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { test } from "node:test";
import { Reader } from "../../../dissectors/wire/reader.js";
import { type Field, isLeaf, type Tree, where } from "../../../dissectors/wire/trace.js";
import { Analyzer } from "../../../src/analyzer.js";
import { Frame } from "../../../src/capture/frame.js";
import { openInputs } from "../../../src/capture/node/open.js";
import type { Event } from "../../../src/events.js";
import { Explainer } from "../../../src/explain/explainer.js";
import { TreeMaker } from "../../../src/explain/tree.js";
import { shippedInterfaces } from "../../../src/interfaces.js";
import { ndrContexts } from "../../../src/run/ndr-contexts.js";

const CAPTURES = readdirSync("captures").filter((name) => /\.pcap(ng)?$/.test(name));

/** Bytes that no dissector names yet: these only become fewer. */
const UNDECODED: { readonly [capture: string]: number } = {
  "failures-and-faults.pcap": 18,
  "mid-stream.pcap": 14,
};

interface Explained {
  record: Event;
  tree: Tree;
}

async function explained(
  capture: string,
): Promise<{ explainer: Explainer; all: Explained[]; frames: Map<number, Uint8Array> }> {
  const table = shippedInterfaces();
  const explainer = new Explainer(table);
  const analyzer = new Analyzer({ interfaces: table, witness: explainer.witness });
  const source = await openInputs([`captures/${capture}`]);
  const frames = new Map<number, Uint8Array>();
  const all: Explained[] = [];
  const take = (events: Iterable<Event>): void => {
    for (const record of events) {
      const tree = explainer.tree(record);
      if (tree !== null) all.push({ record, tree });
    }
  };
  const frame = new Frame();
  while (await source.next(frame)) {
    frames.set(frame.number, frame.data.slice(frame.start, frame.end));
    take(analyzer.push(frame));
  }
  take(analyzer.finish());
  await source.close();
  return { explainer, all, frames };
}

function leavesOf(field: Field): Field[] {
  return isLeaf(field) ? [field] : field.children.flatMap(leavesOf);
}

/** JSON of a decoding; the readers that some values carry, and what is kept for the same bytes, are left out. */
function json(value: unknown): string {
  return JSON.stringify(value, (key, inner: unknown) => {
    if (key === "cost" || key === "seen" || inner instanceof Reader) return undefined;
    return typeof inner === "bigint" ? String(inner) : inner;
  });
}

for (const capture of CAPTURES) {
  test(`${capture}: a traced decoding is the ordinary one`, async () => {
    const { explainer, all } = await explained(capture);
    const table = shippedInterfaces();
    const knowledge = { table, ndr: ndrContexts(table) };
    for (const { record } of all) {
      if (record.type !== "call") continue;
      const evidence = explainer.witness.ofCall(record)!;
      const { decoded } = new TreeMaker("call", knowledge).call(evidence, record);
      for (const side of ["request", "response"] as const) {
        if (decoded[side] !== null) assert.equal(json(decoded[side]), json(evidence.decoded[side]));
      }
    }
  });

  test(`${capture}: the bytes of every field stand in the frames where it says`, async () => {
    const { all, frames } = await explained(capture);
    let checked = 0;
    for (const { tree } of all) {
      for (const leaf of leavesOf(tree.root)) {
        if (leaf.range === null || leaf.range.length === 0) continue;
        const { source, start, length } = leaf.range;
        const { bytes } = tree.sources[source]!;
        assert.ok(start >= 0 && start + length <= bytes.length, `${leaf.name} lies outside its source`);
        const places = where(tree, leaf.range);
        if (places.some(({ sealed }) => sealed)) continue;
        const there = places.flatMap(({ frame, at, length }) => [
          ...frames.get(frame)!.subarray(at, at + length),
        ]);
        assert.deepEqual(there, [...bytes.subarray(start, start + length)], leaf.name);
        checked++;
      }
    }
    assert.ok(all.length === 0 || checked > 0);
  });

  test(`${capture}: every byte of every PDU belongs to a field`, async () => {
    const { all } = await explained(capture);
    let undecoded = 0;
    for (const { tree } of all) {
      for (const pdu of tree.root.children) {
        const leaves = leavesOf(pdu).filter(
          ({ range }) => range !== null && range.source === pdu.range?.source,
        );
        const covered = new Set<number>();
        for (const { name, range } of leaves) {
          if (name === "undecoded") undecoded += range!.length;
          for (let i = 0; i < range!.length; i++) covered.add(range!.start + i);
        }
        const { start, length } = pdu.range!;
        for (let i = start; i < start + length; i++)
          assert.ok(covered.has(i), `byte ${i - start} of a ${pdu.show}`);
      }
    }
    assert.ok(undecoded <= (UNDECODED[capture] ?? 0), `${undecoded} bytes are undecoded`);
  });
}
