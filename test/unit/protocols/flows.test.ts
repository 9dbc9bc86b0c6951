/** The protocol seam: candidates, listeners, parents with children; with protocols made for the purpose. */
import assert from "node:assert/strict";
import test from "node:test";
import { MemoryBudget } from "../../../src/budget.js";
import { Children } from "../../../src/protocols/children.js";
import { type FlowListener, Flows } from "../../../src/protocols/flows.js";
import type {
  DataProvenance,
  GapProvenance,
  Protocol,
  ProtocolTools,
  Provenance,
  Recogniser,
  Verdict,
} from "../../../src/protocols/protocol.js";
import { OVER_TCP, OVER_UDP } from "../../../src/protocols/recognisers.js";
import { StreamAssembler } from "../../../src/reassembly/streams.js";
import { Out } from "../../../src/rpc/output.js";
import { ACK, FIN, framesOf, type SegmentSpec, SYN } from "../../support/reassembly/packets.js";

/** Writes down what happens to it. Bytes decide: "+" is its own, "-" is something else's. */
class Fake implements Protocol {
  verdict: Verdict = "undecided";
  readonly name: string;
  readonly log: string[];

  constructor(name: string, log: string[]) {
    this.name = name;
    this.log = log;
  }

  data(from: 0 | 1, bytes: Uint8Array, at: DataProvenance, _out: Out): void {
    const text = Buffer.from(bytes).toString("latin1");
    this.log.push(`${this.name} data ${from} ${text} #${at.frame}`);
    if (text.includes(`+${this.name}`)) this.verdict = "mine";
    if (text.includes(`-${this.name}`)) this.verdict = "other";
  }

  gap(from: 0 | 1, size: number, at: GapProvenance): void {
    this.log.push(`${this.name} gap ${from} ${size} ${at.reason}`);
  }

  close(at: Provenance): void {
    this.log.push(`${this.name} close #${at.frame}`);
  }

  release(): void {
    this.log.push(`${this.name} release`);
  }
}

/** Carries children in bytes of the form `k:text`, `k` being the child's key. */
class Parent extends Fake {
  readonly children: Children<string>;

  constructor(log: string[], limit?: number) {
    super("parent", log);
    this.children = new Children("pipes", () => ({ stream: 7, communityId: null, file: null }), limit);
    this.verdict = "mine";
  }

  override data(from: 0 | 1, bytes: Uint8Array, at: DataProvenance, out: Out): void {
    const [key, text] = Buffer.from(bytes).toString("latin1").split(":") as [string, string];
    if (text === "open") this.children.open(key, () => new Fake(key, this.log), at, out);
    else if (text === "close") this.children.close(key, at, out);
    else this.children.data(key, from, Buffer.from(text, "latin1"), at, out);
  }

  override gap(from: 0 | 1, size: number, at: GapProvenance, out?: Out): void {
    super.gap(from, size, at);
    this.children.gap(from, at, out!);
  }

  override close(at: Provenance, out?: Out): void {
    this.children.closeAll(at, out!);
    super.close(at);
  }

  override release(out?: Out): void {
    this.children.release(out!);
    super.release();
  }
}

const tools = { kerberos: false } as ProtocolTools;

function recognise(name: string, log: string[], make?: () => Protocol): Recogniser {
  return {
    probe: (bytes) => !Buffer.from(bytes).toString("latin1").includes(`!${name}`),
    make: () => make?.() ?? new Fake(name, log),
  };
}

class Run {
  readonly log: string[] = [];
  readonly out = new Out();
  readonly budget = new MemoryBudget(1_000_000);
  readonly flows: Flows;
  readonly assembler = new StreamAssembler();
  #specs: SegmentSpec[] = [];
  readonly #next: [number, number] = [100, 500];

  constructor(recognisers: (log: string[]) => Recogniser[], listener: FlowListener | null = null) {
    this.flows = new Flows({
      recognisers: recognisers(this.log),
      tools,
      listener,
      kind: this.budget.kind("flows"),
      out: this.out,
      now: () => ({ frame: 99, time: { seconds: 1, nanos: 0, digits: 6 } }),
    });
    this.#specs = [
      { from: 0, seq: 99, flags: SYN },
      { from: 1, seq: 499, ack: 100, flags: SYN | ACK },
    ];
  }

  say(from: 0 | 1, text: string): this {
    const data = Buffer.from(text, "latin1");
    this.#specs.push({ from, seq: this.#next[from], ack: this.#next[from === 0 ? 1 : 0], data });
    this.#next[from] += data.length;
    return this;
  }

  lose(from: 0 | 1, size: number): this {
    this.#next[from] += size;
    return this;
  }

  end(): this {
    for (const from of [0, 1] as const) {
      const ack = this.#next[from === 0 ? 1 : 0] + (from === 1 ? 1 : 0);
      this.#specs.push({ from, seq: this.#next[from], ack, flags: FIN | ACK });
    }
    return this;
  }

  play(finish = true): string[] {
    const items = framesOf(this.#specs).flatMap((frame) => [...this.assembler.push(frame)]);
    for (const item of finish ? [...items, ...this.assembler.finish()] : items) {
      if (item.kind === "data") this.flows.data(item);
      else if (item.kind === "gap") this.flows.gap(item);
      else if (item.kind === "close") this.flows.close(item);
    }
    return this.log;
  }
}

test("the first that says mine has the flow alone", () => {
  const run = new Run((log) => [recognise("a", log), recognise("b", log)]);
  const log = run.say(0, "?").say(1, "+b").say(0, "more").end().play();
  assert.deepEqual(log, [
    "a data 0 ? #3",
    "b data 0 ? #3",
    "a data 1 +b #4",
    "b data 1 +b #4",
    "a release",
    "b data 0 more #5",
    "b close #7",
  ]);
});

test("one that says other is gone; where all do, the flow is dismissed", () => {
  const run = new Run((log) => [recognise("a", log), recognise("b", log)]);
  const log = run.say(0, "-a").say(1, "-b").say(0, "more").end().play();
  assert.deepEqual(log, ["a data 0 -a #3", "b data 0 -a #3", "a release", "b data 1 -b #4", "b release"]);
  assert.ok(run.assembler.flow(0)?.dismissed);
  assert.equal(run.budget.held, 0);
});

test("what no recogniser wants is dismissed at its first bytes, and nothing is kept for it", () => {
  const run = new Run((log) => [recognise("a", log)]);
  assert.deepEqual(run.say(0, "!a").say(1, "more").play(false), []);
  assert.ok(run.assembler.flow(0)?.dismissed);
  assert.equal(run.budget.held, 0);
});

test("a listener that wants more keeps a flow that is of no protocol", () => {
  const seen: string[] = [];
  const listener: FlowListener = {
    forget() {},
    data(_flow, direction, bytes, offset) {
      seen.push(`${direction} ${Buffer.from(bytes).toString("latin1")} at ${offset}`);
      return seen.length < 3;
    },
  };
  const run = new Run((log) => [recognise("a", log)], listener);
  run.say(0, "!a").say(1, "one").say(0, "two").say(1, "three").play(false);
  assert.deepEqual(seen, ["0 !a at 0", "1 one at 0", "0 two at 2"]);
  assert.ok(run.assembler.flow(0)?.dismissed);
});

test("gaps and the end reach a protocol", () => {
  const run = new Run((log) => [recognise("a", log)]);
  const log = run.say(0, "+a").lose(0, 10).say(0, "after").say(1, "ack").end().play();
  assert.ok(log.includes("a gap 0 10 lost"), log.join());
  assert.match(log.at(-1)!, /^a close/);
});

test("the end of the input closes one flow after the other", () => {
  const run = new Run((log) => [recognise("a", log)]);
  run.say(0, "+a").play(false);
  const closing = run.flows.closeAll({ frame: 9, time: { seconds: 1, nanos: 0, digits: 6 } });
  assert.equal([...closing].length, 1);
  assert.equal(run.log.at(-1), "a close #9");
  assert.equal(run.budget.held, 0);
});

test("a flow that is forgotten ends, and goes on as one that was joined in its middle", () => {
  const run = new Run((log) => [recognise("a", log)]);
  run.say(0, "+a").play(false);
  run.budget.add(2_000_000, true);
  run.budget.relieve();
  assert.equal(run.log.at(-1), "a close #99");
  assert.ok(run.assembler.flow(0)?.midstream);
  run.flows.data({
    kind: "data",
    flow: run.assembler.flow(0)!,
    direction: 0,
    bytes: Buffer.from("again"),
    offset: 2,
    sequence: 102,
    rank: 1,
    frames: 8,
    frame: 8,
    time: { seconds: 2, nanos: 0, digits: 6 },
    file: 0,
  });
  assert.equal(run.log.at(-1), "a data 0 again #8");
});

test("a parent forwards data, gaps and the end to its children", () => {
  const run = new Run((log) => [recognise("parent", log, () => new Parent(log))]);
  run.say(0, "x:open").say(0, "y:open").say(0, "x:hello").say(1, "y:-y").say(1, "y:lost");
  const log = run.lose(0, 4).say(0, "x:more").say(1, "z:unknown").end().play();
  assert.deepEqual(
    log.filter((line) => !line.startsWith("parent data")),
    [
      "x data 0 hello #5",
      "y data 1 -y #6",
      "y release",
      "parent gap 0 4 lost",
      "x gap 0 0 lost",
      "x data 0 more #8",
      "x close #11",
      "parent close #11",
    ],
  );
});

test("children have a limit that is noted once; a key that comes again ends the child it had", () => {
  const run = new Run((log) => [recognise("parent", log, () => new Parent(log, 2))]);
  for (const key of ["a", "b", "c", "d", "a"]) run.say(0, `${key}:open`);
  run.say(0, "c:lost").say(0, "a:kept").play(false);
  assert.deepEqual(run.log, ["a close #7", "a data 0 kept #9"]);
  assert.deepEqual(run.out.take(), [
    {
      kind: "note",
      association: null,
      stream: 7,
      communityId: null,
      file: null,
      note: {
        severity: "warning",
        code: "children-limit",
        message: "more than 2 pipes are open on this connection: further ones are not followed",
      },
      frame: 5,
      at: { seconds: 0, nanos: 5_000_000, digits: 6 },
    },
  ]);
});

test("port 88 is a KDC's where keys were given, over TCP and UDP, and nobody's otherwise", () => {
  const [kdc] = OVER_TCP;
  const datagrams = OVER_UDP[1]!;
  const to = (port1: number) => ({ port0: 50000, port1 }) as Parameters<Recogniser["probe"]>[1];
  for (const kerberos of [true, false]) {
    const given = { kerberos } as ProtocolTools;
    assert.equal(kdc?.probe(Uint8Array.of(0), to(88), true, given), kerberos);
    assert.equal(kdc?.probe(Uint8Array.of(0), to(135), true, given), false);
    assert.equal(datagrams.isOfUse(given), kerberos);
  }
  const wants = (end: number, port: number): boolean =>
    datagrams.wants(new Uint8Array(20), 0, end, 20, port, 50000);
  assert.deepEqual([wants(20, 88), wants(20, 53), wants(19, 88)], [true, false, false]);
});
