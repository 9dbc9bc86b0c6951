/** What the page does with a run, without the page. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { CallRecord, OfferRecord } from "../../../src/events.js";
import { copiesOfCall, copiesOfField, fieldsText } from "../../../src/page/copies.js";
import { findProblem, hiddenHits, nextHit, placeIn } from "../../../src/page/find.js";
import { addressOf, fragmentOf } from "../../../src/page/fragment.js";
import { commandOf } from "../../../src/page/keys.js";
import { EMPTY_RUN, withNews } from "../../../src/page/run.js";
import { Session } from "../../../src/page/session.js";
import { Store } from "../../../src/page/store.js";
import { frameFilter, shellQuoted, tsharkCommand, wiresharkFilter } from "../../../src/page/wireshark.js";
import type { Engine, Hit } from "../../../src/view/model.js";
import { engineHere, sessionOf } from "../../support/page-session.js";

test("a capture with an offer is opened on the call that brought the connection string, its text selected", async () => {
  const { state } = await sessionOf("follow-up.pcapng");
  assert.equal(state.phase, "ready");
  assert.equal(state.rows.text("call", state.row!), "IRASrv.GetNoviceUserInfo");
  assert.match(state.subject!.tree!.nodes[state.node!]!.text, /^"<E><A KH=/);
  assert.notEqual(state.place, null);
  const without = (await sessionOf("pipes.pcapng")).state;
  assert.equal(without.row, 0);
  const sealed = (await sessionOf("vista-offer-privacy.pcapng", ["Help4Desk!"])).state;
  assert.match(sealed.rows.text("call", sealed.row!), /GetNoviceUserInfo/);
  assert.match(sealed.subject!.tree!.nodes[sealed.node!]!.text, /^"</);
});

test("a filter hides, says what is wrong, and keeps what was there", async () => {
  const session = await sessionOf("follow-up.pcapng");
  await session.setFilter('status == "error"');
  assert.deepEqual([...session.state.filter.rows!], [3, 10]);
  await session.setFilter("metod == 1");
  assert.match(session.state.filter.error!, /^records have no metod; did you mean method\?/);
  assert.deepEqual([...session.state.filter.rows!], [3, 10]);
  await session.changeFilter('method == "GetSessionInfo"', "set");
  assert.equal(session.state.filter.error, null);
  await session.changeFilter("stream == 3", "not");
  assert.equal(session.state.filter.text, 'method == "GetSessionInfo" && !(stream == 3)');
  assert.deepEqual([...session.state.filter.rows!], []);
  await session.setFilter(" ");
  assert.equal(session.state.filter.rows, null);
});

test("keys move among the calls that are shown", async () => {
  const session = await sessionOf("follow-up.pcapng");
  const at = async (by: Parameters<Session["move"]>[0]): Promise<number | null> => {
    session.move(by);
    return session.state.row;
  };
  assert.equal(await at("last"), 21);
  assert.equal(await at(1), 21);
  assert.equal(await at("first"), 0);
  assert.equal(await at(-1), 0);
  await session.setFilter('status == "error"');
  assert.equal(await at(1), 3);
  assert.equal(await at(1), 10);
  assert.equal(await at(-1), 3);
  await session.select(5);
  assert.equal(await at(1), 10, "from a hidden call to the next that is shown");
  await session.select(5);
  assert.equal(await at(-1), 3);
});

test("what was asked for last is shown, whatever comes first", async () => {
  const session = await sessionOf("follow-up.pcapng");
  await Promise.all([session.select(3), session.select(4), session.select(2)]);
  assert.equal(session.state.row, 2);
  assert.equal(session.state.subject!.number, 2);
  assert.ok(!session.state.busy);
});

test("one side is shown alone, and the selection does not stay on the other", async () => {
  const session = await sessionOf("follow-up.pcapng");
  session.setSide("request");
  assert.equal(session.state.node, null);
  session.setSide("response");
  const { subject } = session.state;
  const lines = subject!.folding!.lines("response", false);
  assert.ok(lines.length > 3 && lines.every(({ node }) => subject!.folding!.sideOf(node) === "response"));
});

test("a run that was shown before is shown as it was", async () => {
  const { inputs } = await openingOf("follow-up.pcapng");
  const session = new Session(engineHere());
  await session.open({ inputs }, { row: 7, filter: "stream == 3" });
  assert.equal(session.state.row, 7);
  assert.equal(session.state.subject!.number, 7);
  assert.ok(session.isShown(7) && !session.isShown(0));
});

async function openingOf(name: string) {
  const { fileNamed } = await import("../../support/session.js");
  const { CAPTURES } = await import("../../support/golden.js");
  const { join } = await import("node:path");
  return { inputs: [fileNamed(join(CAPTURES, name))] };
}

test("what is no capture is said in a sentence", async () => {
  const session = new Session(engineHere());
  await session.open({ inputs: [{ name: "x.txt", data: new TextEncoder().encode("no capture") }] });
  assert.equal(session.state.phase, "ready");
  assert.equal(session.state.problems.length, 1);
  assert.match(session.state.problems[0]!, /x\.txt/);
});

test("what is copied is what other tools take", async () => {
  const session = await sessionOf("follow-up.pcapng");
  const copies = new Map<string, string>();
  for (const { label, text } of [...copiesOfCall(session), ...copiesOfField(session)]) {
    copies.set(label, await text());
  }
  const record = JSON.parse(copies.get("Copy as JSON")!) as CallRecord;
  assert.equal(record.method, "GetNoviceUserInfo");
  assert.equal(
    copies.get("Copy Wireshark filter"),
    "tcp.stream == 5 && dcerpc.cn_call_id == 7 && dcerpc.pkt_type in {0, 2, 3}",
  );
  assert.equal(copies.get("Copy Wireshark filter of its frames"), "frame.number in {78..79}");
  assert.equal(
    copies.get("Copy tshark command"),
    "tshark -r follow-up.pcapng -Y 'tcp.stream == 5 && dcerpc.cn_call_id == 7 && dcerpc.pkt_type in {0, 2, 3}' -V",
  );
  assert.equal(copies.get("Copy value"), record.rai!.connection_string!.raw, "whole, where the tree cuts it");
  const { tree } = session.state.subject!;
  assert.match(fieldsText(tree!, 0, tree!.nodes.length), /^dcerpc: request\n {4}rpc_vers: 5\n/);
  const datagrams = await sessionOf("datagrams.pcap");
  const udp = JSON.parse(await datagrams.engine.json(0)) as CallRecord;
  assert.match(wiresharkFilter(udp), /^(udp\.stream == \d+ && dcerpc\.dg_seqnum|tcp\.stream)/);
});

test("file names are one word of a shell", () => {
  assert.equal(shellQuoted("a b'; rm -rf x"), "'a b'\\''; rm -rf x'");
  assert.equal(shellQuoted("-r"), "./-r");
  assert.equal(shellQuoted("$(x)"), "'$(x)'");
  const call = { frames: { request: [9, 3, 4], response: [5] }, places: null } as unknown as CallRecord;
  assert.equal(frameFilter(call), "frame.number in {3..5, 9}");
  const places = [{ file: "b.pcap", request: [2], response: [] }];
  assert.equal(tsharkCommand({ ...call, places }, "a.pcap"), "tshark -r b.pcap -Y 'frame.number == 2' -V");
});

const hits = (...rows: number[]): Hit[] => rows.map((row) => ({ row }));

test("hits are stepped through in both directions, with a word where it goes on at the other end", () => {
  const all = hits(2, 2, 5, 9);
  assert.deepEqual(nextHit(all, -1, true, 3, null), { at: 2, wrapped: null });
  assert.deepEqual(nextHit(all, 3, true, 9, null), { at: 0, wrapped: "end" });
  assert.deepEqual(nextHit(all, 0, false, 2, null), { at: 3, wrapped: "beginning" });
  assert.deepEqual(nextHit(all, -1, true, 12, null), { at: 0, wrapped: "end" });
  assert.deepEqual(nextHit(all, -1, false, 5, null), { at: 2, wrapped: null });
  assert.deepEqual(nextHit(all, 0, true, 2, Uint32Array.of(9)), { at: 3, wrapped: null });
  assert.deepEqual(nextHit(all, 0, true, 2, Uint32Array.of(1)), { at: -1, wrapped: null });
  assert.deepEqual(nextHit([], -1, true, 0, null), { at: -1, wrapped: null });
  assert.equal(hiddenHits(all, Uint32Array.of(5)), 3);
  assert.equal(placeIn(Uint32Array.of(3, 10), 5), -2);
  assert.equal(findProblem("4 1f", "hex"), "an odd number of hex digits: a byte has two");
  assert.notEqual(findProblem("xy", "hex"), null);
  assert.equal(findProblem("41 ff:00", "hex"), null);
});

test("the address holds what is shown, and nothing else is taken from one", () => {
  const address = {
    sample: "a b.pcap",
    filter: 'method == "ä&#\\u0000" || x',
    row: 0,
    view: "notes" as const,
    theme: "dark" as const,
  };
  assert.deepEqual(addressOf(fragmentOf(address)), address);
  assert.equal(fragmentOf({ sample: null, filter: "", row: null, view: "calls", theme: null }), "");
  const odd = addressOf("#call=-1&view=%3Cscript%3E&filter=");
  assert.deepEqual(odd, { sample: null, filter: "", row: null, view: "calls", theme: null });
});

test("keys are the page's where nobody writes", () => {
  const key = (name: string, more = {}) => ({
    key: name,
    shiftKey: false,
    ctrlKey: false,
    metaKey: false,
    altKey: false,
    ...more,
  });
  assert.equal(commandOf(key("j"), false, true), "next");
  assert.equal(commandOf(key("j"), true, false), null);
  assert.equal(commandOf(key("Escape"), true, false), "escape");
  assert.equal(commandOf(key("f", { ctrlKey: true }), false, false), null);
  assert.equal(commandOf(key("Tab"), false, false), null);
  assert.equal(commandOf(key("Tab"), false, true), "next-pane");
  assert.equal(commandOf(key("Tab", { shiftKey: true }), false, true), "previous-pane");
});

test("nobody is told of what did not change", () => {
  const store = new Store({ a: 1, b: 2 });
  let told = 0;
  const end = store.subscribe(() => told++);
  store.set({ a: 1 });
  store.set({ a: 3 });
  end();
  store.set({ a: 4 });
  assert.equal(told, 1);
  assert.deepEqual(store.state, { a: 4, b: 2 });
});

/** A session with a capture open, in which `find` finds. */
async function searched(find: Engine["find"]): Promise<Session> {
  const { inputs } = await openingOf("follow-up.pcapng");
  const session = new Session({ ...engineHere(), find });
  await session.open({ inputs });
  return session;
}

test("what is found is gone to at once, stepped through, and hides nothing", async () => {
  const session = await searched(async (_, found) => {
    found([{ row: 3 }, { row: 3, node: 2 }]);
    await Promise.resolve();
    found([{ row: 16, bytes: { source: 0, start: 60, length: 2 } }]);
    return { cut: true };
  });
  await session.select(2);
  await session.find({ text: "x", as: "text", in: "list" });
  const { find } = session.state;
  assert.deepEqual([find!.at, find!.hits.length, find!.cut, find!.busy], [0, 3, true, false]);
  assert.equal(session.state.row, 3);
  assert.equal(session.hitsOf(3).length, 2);
  session.stepFind(true);
  session.stepFind(true);
  await new Promise((resolve) => setTimeout(resolve, 500));
  assert.equal(session.state.row, 16);
  assert.deepEqual(session.state.place, { source: 0, start: 60, length: 2 });
  session.stepFind(true);
  assert.equal(session.state.find!.word, "went on at the beginning");
  assert.equal(session.state.filter.rows, null);
  await session.setFilter('status == "error"');
  assert.equal(session.hiddenHits, 1);
  session.endFind();
  assert.equal(session.hitsOf(3).length, 0);
});

test("where nothing is found, or nothing can be looked for, it is said", async () => {
  const nothing = await searched(async () => ({ cut: false }));
  await nothing.find({ text: "x", as: "text", in: "list" });
  assert.equal(nothing.state.find!.word, "nothing was found");
  await nothing.find({ text: "4", as: "hex", in: "bytes" });
  assert.match(nothing.state.find!.word, /odd number/);
  const refused = await searched(() => Promise.reject(new Error("no such pattern")));
  await refused.find({ text: "(", as: "regex", in: "tree" });
  assert.equal(refused.state.find!.word, "no such pattern");
});

test("an offer that comes again takes the place of the one before", () => {
  const offer = (id: string | null, outcome: string) => ({ id, outcome }) as unknown as OfferRecord;
  const first = withNews(EMPTY_RUN, { offers: [offer("a", "x"), offer(null, "y")] });
  const second = withNews(first, { offers: [offer("a", "z"), offer("b", "w"), offer(null, "v")] });
  assert.deepEqual(
    second.offers.map(({ outcome }) => outcome as string),
    ["z", "y", "w", "v"],
  );
  assert.equal(withNews(second, { progress: { bytes: 1, of: 2, frames: 3 } }), second);
});
