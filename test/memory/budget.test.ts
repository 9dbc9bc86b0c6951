import assert from "node:assert/strict";
import { test } from "node:test";
import { type Account, type Kind, MemoryBudget } from "../../src/budget.js";
import { Losses } from "../../src/losses.js";
import { PresentationContexts } from "../../src/rpc/presentation.js";

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

test("a conversation's loss is told once, a hundred of a kind, and the sum at the end", () => {
  const losses = new Losses();
  const told = [];
  for (let stream = 0; stream < 300; stream++) {
    for (let again = 0; again < 3; again++) {
      const message = losses.take({ kind: "things were forgotten", stream, bytes: 1000 });
      if (message !== null) told.push(message);
    }
  }
  assert.equal(told.length, 100);
  assert.match(told[0]!, /of this conversation: things were forgotten, about 1000 bytes/);
  assert.deepEqual(losses.sums(), [
    "the limit on memory (--max-memory) was reached: 900 times things were forgotten, about 900 kB in all",
  ]);
});

test("contexts that nobody answered are forgotten before those that calls are made on", () => {
  const budget = new MemoryBudget(1_000_000);
  const contexts = new PresentationContexts(() => null, 7, budget.kind("contexts"));
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

test("proposals that nobody answers are told once beyond their limit", () => {
  const contexts = new PresentationContexts(() => null);
  for (let id = 0; id < 200; id++) contexts.propose(id, [], 1);
  const notes = contexts.takeNotes();
  assert.deepEqual(
    notes.map(({ code }) => code),
    ["context-limit"],
  );
  contexts.propose(201, [], 1);
  assert.deepEqual(contexts.takeNotes(), []);
});
