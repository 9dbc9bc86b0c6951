/** What is remembered of names and types has limits, and each says once that it was reached. */
import assert from "node:assert/strict";
import test from "node:test";
import { unlimited } from "../../../src/budget.js";
import { resolveInvoke } from "../../../src/call/invocation.js";
import type { TypeFact } from "../../../src/facts/fact.js";
import { Limits } from "../../../src/limits.js";
import { DispidNames } from "../../../src/run/names.js";
import type { RunState } from "../../../src/run/run-state.js";
import { TYPE_LIMITS, TypeBook } from "../../../src/run/type-book.js";
import { getIDsOfNames } from "../../lab/dispatch.js";
import { LITTLE } from "../../lab/ndr.js";
import { CALLED, factsAlone, finished, newRun, report } from "../../support/call/calls.js";

const CID = "14fdb91d-86c0-4256-a120-105c7f349dc6";

function codes(run: RunState): string[] {
  const limits = new Limits({
    run,
    streams: { historyFull: false, numbersFull: false },
    queue: null,
    offers: null,
    keys: null,
  });
  const first = limits.take().map(({ code }) => code);
  assert.deepEqual(limits.take(), []);
  return first;
}

const named = (names: { name: string; dispid: number }[]) =>
  finished(getIDsOfNames(LITTLE, CID, "IDispatch", names), CALLED);

test("a name of 256 characters is remembered, a longer one is passed over and said to be", () => {
  const run = newRun();
  report(run, named([{ name: "n".repeat(256), dispid: 7 }]));
  assert.equal(run.names.named([CALLED], 7)?.name?.length, 256);
  assert.deepEqual(codes(run), []);
  report(run, named([{ name: "n".repeat(257), dispid: 8 }]));
  assert.equal(run.names.named([CALLED], 8), null);
  assert.deepEqual(codes(run), ["names-limit"]);
});

test("a parameter's name is remembered up to the 256th place", () => {
  const member = (place: number, param = "p") =>
    factsAlone(
      getIDsOfNames(LITTLE, CID, "IDispatch", [
        { name: "Copy", dispid: 7 },
        { name: param, dispid: place },
      ]),
      CALLED,
    ).map(({ kind }) => kind);
  assert.deepEqual(member(255), ["member-name"]);
  assert.deepEqual(member(256), ["name-passed-over", "member-name"]);
  assert.deepEqual(member(0x7fffffff), ["name-passed-over", "member-name"]);
  assert.deepEqual(member(0, "p".repeat(257)), ["name-passed-over", "member-name"]);
});

test("objects with names, and names of one object", () => {
  const learn = (names: DispidNames, key: string, dispid: number): boolean => {
    names.learn({ kind: "member-name", keys: [key], dispid, name: "x", params: [] }, 1);
    return names.full;
  };
  const objects = new DispidNames(unlimited(), { objects: 2, names: 2 });
  assert.equal(learn(objects, "a", 1), false);
  assert.equal(learn(objects, "b", 1), false);
  assert.equal(learn(objects, "b", 2), false);
  assert.equal(learn(objects, "b", 2), false);
  assert.equal(learn(objects, "c", 1), true);
  const names = new DispidNames(unlimited(), { objects: 2, names: 2 });
  for (const id of [1, 2]) assert.equal(learn(names, "a", id), false);
  assert.equal(learn(names, "a", 3), true);
});

/** Whether a book of the given limits is full after the facts. */
function full(limits: Partial<typeof TYPE_LIMITS>, facts: TypeFact[], object: string | null = null): boolean {
  const book = new TypeBook(unlimited(), { ...TYPE_LIMITS, ...limits });
  for (const fact of facts) book.apply(fact, 1);
  if (object !== null) book.member(object, 1);
  return book.full;
}

const member = (type: string, memid: number): TypeFact => {
  return { kind: "type-member", type, memid, invkinds: 1, names: ["x"] };
};
/** `type` derives from `target`. */
const derived = (type: string, target: string, index = 0): TypeFact[] => [
  { kind: "type-implements", type, index, href: index, flags: null },
  { kind: "type-reference", type, href: index, target },
];

test("types, objects and GUIDs that make room for others", () => {
  const types = ["a", "b", "c"];
  const members = types.map((type) => member(type, 1));
  assert.equal(full({ types: 3 }, members), false);
  assert.equal(full({ types: 2 }, members), true);
  const objects = types.map((object): TypeFact => {
    return { kind: "type-of-object", object, type: "t", viaClass: false };
  });
  assert.equal(full({ types: 3 }, objects), false);
  assert.equal(full({ types: 2 }, objects), true);
});

test("members and references of one type; those that are known already need no room", () => {
  const members = [1, 2, 3, 3].map((memid) => member("a", memid));
  assert.equal(full({ members: 3 }, members), false);
  assert.equal(full({ members: 2 }, members), true);
  const references = [0, 1, 2].flatMap((index) => derived("a", `b${index}`, index));
  assert.equal(full({ members: 3 }, references), false);
  assert.equal(full({ members: 2 }, references), true);
});

test("bases of one type, and of the types of one object", () => {
  const own = [0, 1, 2, 2].flatMap((index) => derived("a", `b${index}`, index));
  assert.equal(full({ ownBases: 3 }, own), false);
  assert.equal(full({ ownBases: 2 }, own), true);
  const line: TypeFact[] = [
    { kind: "type-of-object", object: "o", type: "t0", viaClass: false },
    ...[0, 1, 2].flatMap((i) => [...derived(`t${i}`, `t${i + 1}`), member(`t${i + 1}`, 7)]),
  ];
  assert.equal(full({ bases: 3 }, line, "o"), false);
  assert.equal(full({ bases: 2 }, line, "o"), true);
  // Nothing was asked about it yet.
  assert.equal(full({ bases: 2 }, line), false);
});

test("that all was given up does not take back that a limit was reached", () => {
  const book = new TypeBook(unlimited(), { ...TYPE_LIMITS, types: 1 });
  for (const type of ["a", "b"]) book.apply(member(type, 1), 1);
  book.giveUp();
  assert.equal(book.full, true);
});

test("arguments of a cut request have their places, however many were announced", () => {
  const called = (cArgs: number) =>
    resolveInvoke(
      null,
      () => null,
      {
        dispIdMember: 7,
        dwFlags: 1,
        pDispParams: { rgvarg: [{ vt: "VT_I4", value: 5 }], rgdispidNamedArgs: null, cArgs, cNamedArgs: 0 },
      },
      null,
    )?.arguments;
  assert.deepEqual(called(1), { arg1: 5 });
  assert.deepEqual(called(300), { arg300: 5 });
  assert.deepEqual(called(0xffffffff), { arg4294967295: 5 });
});
