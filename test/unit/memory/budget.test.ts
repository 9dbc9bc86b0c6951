import assert from "node:assert/strict";
import { test } from "node:test";
import { type Account, type Kind, MemoryBudget } from "../../../src/budget.js";
import { Losses } from "../../../src/losses.js";
import { MachineNames } from "../../../src/offers/connections/machine-names.js";
import { PresentationContexts } from "../../../src/rpc/presentation.js";
import { DispidNames } from "../../../src/run/names.js";
import { ObjectTable } from "../../../src/run/objects.js";
import { TypeBook } from "../../../src/run/type-book.js";
import { assertLinear } from "../../support/growth.js";

/** A holder that gives up all, and says so. */
function holder(kind: Kind, stream: number, gone: number[]): Account {
  const account: Account = kind.open({
    stream,
    giveUp() {
      gone.push(stream);
      account.set(0);
    },
  });
  return account;
}

test("what was used longest ago goes first, and no more than is needed", () => {
  const budget = new MemoryBudget(100);
  const kind = budget.kind("things");
  const gone: number[] = [];
  const [a, b] = [1, 2, 3].map((stream) => holder(kind, stream, gone)) as [Account, Account, Account];
  a.charge(40);
  b.charge(40);
  a.touch();
  assert.equal(budget.pressed, false);
  holder(kind, 4, gone).charge(40);
  assert.equal(budget.pressed, true);
  assert.deepEqual(budget.relieve(), [{ kind: "things", stream: 2, bytes: 40 }]);
  assert.deepEqual(gone, [2]);
  assert.equal(budget.held, 80);
  assert.equal(budget.pressed, false);
});

test("the kind that holds most gives up first, whoever was used last", () => {
  const budget = new MemoryBudget(100);
  const gone: number[] = [];
  const small = holder(budget.kind("small"), 1, gone);
  small.charge(30);
  holder(budget.kind("large"), 2, gone).charge(80);
  budget.relieve();
  assert.deepEqual(gone, [2]);
  assert.equal(small.bytes, 30);
});

test("a kind has a share of its own", () => {
  const budget = new MemoryBudget(100);
  const kind = budget.kind("some", 1 / 4);
  const gone: number[] = [];
  holder(kind, 1, gone).charge(20);
  holder(kind, 2, gone).charge(20);
  budget.relieve();
  assert.deepEqual(gone, [1]);
});

test("a holder that can give nothing does not stop the others, nor the program", () => {
  const budget = new MemoryBudget(100);
  const kind = budget.kind("things");
  const gone: number[] = [];
  kind.open({ stream: 1, giveUp: () => {} }).charge(60);
  holder(kind, 2, gone).charge(60);
  assert.deepEqual(budget.relieve(), [{ kind: "things", stream: 2, bytes: 60 }]);
  kind.open({ stream: 3, giveUp: () => {} }).charge(80);
  assert.deepEqual(budget.relieve(), []);
});

test("an account that is closed leaves nothing behind", () => {
  const budget = new MemoryBudget(100);
  const kind = budget.kind("things");
  const gone: number[] = [];
  const first = holder(kind, 1, gone);
  first.charge(90);
  first.close();
  assert.equal(budget.held, 0);
  holder(kind, 2, gone).charge(120);
  budget.relieve();
  assert.deepEqual(gone, [2]);
});

test("a conversation's loss is reported once, a hundred of a kind, and the sum at the end", () => {
  const losses = new Losses();
  const reported = [];
  for (let stream = 0; stream < 300; stream++) {
    for (let again = 0; again < 3; again++) {
      const message = losses.take({ kind: "things were forgotten", stream, bytes: 1000 });
      if (message !== null) reported.push(message);
    }
  }
  assert.equal(reported.length, 100);
  assert.match(reported[0]!, /of this conversation: things were forgotten, about 1000 bytes/);
  assert.deepEqual(losses.sums(), [
    "the limit on memory (--max-memory) was reached: 900 times things were forgotten, about 900 kB in all",
  ]);
});

test("contexts that nobody answered are forgotten before those that calls are made on", () => {
  const budget = new MemoryBudget(1_000_000);
  const contexts = new PresentationContexts(7, budget.kind("contexts"));
  const syntax = { uuid: "8a885d04-1ceb-11c9-9fe8-08002b104860", major: 2, minor: 0 };
  const propose = (id: number): void => {
    const abstractSyntax = { uuid: `0000000${id % 10}-1234-4321-8001-020304050607`, major: 1, minor: 0 };
    contexts.propose(id, [{ contextId: id, abstractSyntax, transferSyntaxes: [syntax] }], 1);
  };
  propose(0);
  contexts.answer(0, [{ result: 0, reason: 0, transferSyntax: syntax }]);
  for (let id = 1; id < 50; id++) propose(id);
  assert.notEqual(contexts.get(30), null);
  contexts.giveUp();
  assert.equal(contexts.get(30), null);
  assert.equal(contexts.get(0)?.acknowledged, true);
  assert.ok(budget.held > 0);
  contexts.giveUp();
  assert.equal(contexts.get(0), null);
  assert.equal(budget.held, 0);
});

test("proposals that nobody answers are reported once beyond their limit", () => {
  const contexts = new PresentationContexts();
  for (let id = 0; id < 200; id++) contexts.propose(id, [], 1);
  const notes = contexts.takeNotes();
  assert.deepEqual(
    notes.map(({ code }) => code),
    ["context-limit"],
  );
  contexts.propose(201, [], 1);
  assert.deepEqual(contexts.takeNotes(), []);
});

test("what type information taught is charged by its bytes, and given back whole", () => {
  const budget = new MemoryBudget(1_000_000);
  const types = new TypeBook(budget.kind("names"));
  const teach = (memid: number): void => {
    const names = [`Member${memid}`, "x".repeat(200)];
    types.apply({ kind: "type-member", type: "type", memid, invkinds: 0, names }, 1);
  };
  teach(1);
  const one = budget.held;
  for (let memid = 2; memid <= 100; memid++) teach(memid);
  assert.ok(budget.held > 99 * 400 && budget.held < 100 * one);
  const before = budget.held;
  teach(100);
  assert.equal(budget.held, before);
  types.apply({ kind: "type-of-object", object: "object", type: "type", viaClass: false }, 1);
  types.giveUp();
  assert.equal(budget.held, 0);
  assert.equal(types.member("object", 1), null);
});

test("names that GetIDsOfNames answered are charged as they are, also when they change", () => {
  const budget = new MemoryBudget(1_000_000);
  const names = new DispidNames(budget.kind("names"));
  const learn = (key: string, name: string): void =>
    names.learn({ kind: "member-name", keys: [key], dispid: 7, name, params: [] }, 1);
  learn("a", "Short");
  const short = budget.held;
  learn("a", "MuchLonger");
  assert.equal(budget.held, short + 10);
  learn("a", "Short");
  assert.equal(budget.held, short);
  learn("b", "Short");
  names.giveUp();
  assert.equal(budget.held, short);
  assert.equal(names.named(["a"], 7), null);
  names.giveUp();
  assert.equal(budget.held, 0);
});

test("an exporter's security bindings weigh what their names do", () => {
  const budget = new MemoryBudget(1_000_000);
  const objects = new ObjectTable(budget.kind("objects"));
  const bindings = [{ towerId: 7, address: "192.0.2.1[49154]" }];
  objects.exporter("1", { bindings }, 1);
  const bare = budget.held;
  const security = [{ authnSvc: 9, principal: "p".repeat(1000) }];
  objects.exporter("1", { bindings, security }, 2);
  assert.ok(budget.held >= bare + 2000);
  objects.exporters.delete("1");
  assert.equal(budget.held, 0);
});

test("forgetting the oldest of a full table takes no longer the more there was before", () => {
  assertLinear(
    (n) => () => {
      const budget = new MemoryBudget(1_000_000);
      const names = new MachineNames(budget.kind("names"));
      for (let i = 0; i < n; i++) {
        names.learn(`host-${i}`, "192.0.2.1", i);
        if (budget.pressed) budget.relieve();
      }
      assert.ok(budget.held <= budget.limit);
    },
    40_000,
  );
});
