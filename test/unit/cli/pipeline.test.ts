import assert from "node:assert/strict";
import { Writable } from "node:stream";
import test from "node:test";
import type { Frame, FrameSource, SourceNote } from "../../../src/capture/frame.js";
import { layoutOf, Output } from "../../../src/cli/outputs.js";
import { type EventSink, type EventSource, type RunOptions, run } from "../../../src/cli/pipeline.js";
import { NO_REDACTION } from "../../../src/cli/redaction.js";
import { Stop } from "../../../src/cli/stop.js";
import type { Event, RunEnd } from "../../../src/events.js";
import { ndjsonPrinter } from "../../../src/output/ndjson.js";
import { call, note, summary } from "../../support/output/samples.js";

/** A source of `count` empty frames; those listed in `late` make the reader wait. */
function frames(count: number, late: readonly number[] = [], notes: SourceNote[] = []): FrameSource {
  let given = 0;
  return {
    next(frame: Frame) {
      if (given >= count) return false;
      given++;
      frame.number = given;
      if (!late.includes(given)) return true;
      return new Promise((resolve) => setTimeout(() => resolve(true), 5));
    },
    takeNotes: () => notes.splice(0),
    complete: true,
    close: async () => {},
  };
}

/** A call a frame. */
function callPerFrame(): EventSource & { ended: RunEnd | null; flushed: number } {
  return {
    ended: null,
    flushed: 0,
    push: (frame) => [call({ call_id: frame.number })],
    finish({ ended }) {
      this.ended = ended ?? null;
      return [summary()];
    },
    tick(_seconds, flush) {
      if (flush) this.flushed++;
      return [];
    },
    report: (found) => found.map((one) => note({ ...one, stream: null, ts: null })),
  };
}

function collector(): EventSink & { events: Event[] } {
  const events: Event[] = [];
  return { events, push: (event) => events.push(event), flush() {}, pressure: () => null, closed: false };
}

function options(over: Partial<RunOptions>): RunOptions {
  return {
    source: frames(3),
    analyzer: callPerFrame(),
    sinks: [collector()],
    stop: new Stop(),
    ...over,
  };
}

test("every frame's events reach every sink in order, the summary last", async () => {
  const sinks = [collector(), collector()];
  const result = await run(options({ source: frames(5, [2, 4]), sinks }));
  assert.deepEqual(result, { frames: 5, complete: true, ended: null, abandoned: false });
  for (const { events } of sinks) {
    assert.deepEqual(
      events.map((event) => (event.type === "call" ? event.call_id : event.type)),
      [1, 2, 3, 4, 5, "summary"],
    );
  }
});

test("redaction sees what the filter holds back; both sinks see the same record", async () => {
  const sinks = [collector(), collector()];
  const redacted: string[] = [];
  await run(
    options({
      sinks,
      filter: (event) => event.type === "call" && event.call_id === 2,
      redaction: {
        ...NO_REDACTION,
        event(event) {
          redacted.push(event.type);
          return event;
        },
      },
    }),
  );
  assert.deepEqual(redacted, ["call", "call", "call", "summary"]);
  assert.equal(sinks[0]!.events.length, 1);
  assert.equal(sinks[0]!.events[0], sinks[1]!.events[0]);
});

test("the limit is kept to the frame", async () => {
  const sink = collector();
  const result = await run(options({ source: frames(10), sinks: [sink], limit: 4 }));
  assert.deepEqual(result, { frames: 4, complete: true, ended: "limit", abandoned: false });
  assert.equal(sink.events.length, 5);
});

test("a limit of redaction is reported before the record that met it", async () => {
  const reported: string[] = [];
  const sink = collector();
  let notes: SourceNote[] = [];
  const redaction = {
    ...NO_REDACTION,
    event<E extends Event>(event: E): E {
      if (event.type === "call" && event.call_id === 2) {
        notes = [{ severity: "warning", code: "redaction-limit", message: "full", frame: 0 }];
      }
      return event;
    },
    takeNotes() {
      const taken = notes;
      notes = [];
      return taken;
    },
  };
  await run(options({ sinks: [sink], redaction, onNote: ({ code }) => reported.push(code) }));
  assert.deepEqual(reported, ["redaction-limit"]);
  assert.deepEqual(
    sink.events.map(({ type }) => type),
    ["call", "note", "call", "call", "summary"],
  );
});

test("notes of the source become records and are reported", async () => {
  const reported: string[] = [];
  const sink = collector();
  const found: SourceNote = { severity: "error", code: "record-cut", message: "cut", frame: 3 };
  await run(
    options({ source: frames(1, [], [found]), sinks: [sink], onNote: ({ code }) => reported.push(code) }),
  );
  assert.deepEqual(reported, ["record-cut"]);
  assert.equal(sink.events.filter((event) => event.type === "note").length, 1);
});

test("a wish to stop ends the wait for a frame, and the run counts as cut short", async () => {
  const stop = new Stop();
  const analyzer = callPerFrame();
  const source: FrameSource = { ...frames(0), next: () => new Promise<boolean>(() => {}) };
  const running = run(options({ source, analyzer, stop }));
  setTimeout(() => {
    stop.status = 130;
    stop.wake();
  }, 10);
  const result = await running;
  assert.equal(result.complete, false);
  assert.equal(analyzer.ended, "signal");
});

test("when nobody reads any more the run ends", async () => {
  const sink = { ...collector(), closed: true };
  const source: FrameSource = { ...frames(0), next: () => new Promise<boolean>(() => {}) };
  const result = await run(options({ source, sinks: [sink], live: true }));
  assert.equal(result.ended, "output_closed");
});

test("on a live source completed calls are dropped while it waits", async () => {
  const analyzer = callPerFrame();
  const slow: FrameSource = {
    ...frames(0),
    next: () => new Promise((resolve) => setTimeout(() => resolve(false), 150)),
  };
  await run(options({ source: slow, analyzer, live: true }));
  assert.ok(analyzer.flushed >= 1);
});

test("a slow reader holds the run back, and loses nothing", async () => {
  let text = "";
  let most = 0;
  const slow = new Writable({
    highWaterMark: 1024,
    decodeStrings: false,
    write(piece: string, _encoding, done) {
      most = Math.max(most, slow.writableLength);
      text += piece;
      setTimeout(done, 1);
    },
  });
  const output = new Output("slow", "ndjson", ndjsonPrinter(new Set(["call"])), slow);
  await run(options({ source: frames(2_000), sinks: [output] }));
  await output.finish();
  assert.equal(text.trimEnd().split("\n").length, 2_000);
  assert.ok(most < 300_000, `${most} characters waited`);
});

test("a failed write is reported with the output's name", async () => {
  const full = new Writable({
    write(_piece, _encoding, done) {
      done(Object.assign(new Error("full"), { code: "ENOSPC" }));
    },
  });
  const output = new Output("report.txt", "ndjson", ndjsonPrinter(new Set(["call"])), full);
  output.push(call());
  output.flush();
  await new Promise((resolve) => setImmediate(resolve));
  await assert.rejects(output.finish(), /report\.txt: cannot be written: no space left/);
});

test("columns come from the terminal, else a hundred", () => {
  const stream = (of: object): Writable => of as Writable;
  assert.deepEqual(layoutOf(stream({ isTTY: true, columns: 132 })), { columns: 132, cut: true });
  assert.deepEqual(layoutOf(stream({ isTTY: true, columns: 10 })), { columns: 40, cut: true });
  assert.deepEqual(layoutOf(stream({})), { columns: 100, cut: false });
});
