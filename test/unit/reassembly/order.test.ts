/** Delivery of one conversation's bytes: order, holes, overlaps, and whom to wait for. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { StreamAssembler } from "../../../src/reassembly/streams.js";
import { bytesOf, keep, run, transcript } from "../../support/reassembly/collect.js";
import { ACK, FIN, framesOf, RST, type SegmentSpec, SYN } from "../../support/reassembly/packets.js";

/** A handshake that leaves the client at 1001 and the server at 5001. */
const HANDSHAKE: SegmentSpec[] = [
  { from: 0, seq: 1000, flags: SYN },
  { from: 1, seq: 5000, ack: 1001, flags: SYN | ACK },
  { from: 0, seq: 1001, ack: 5001 },
];

function lines(specs: SegmentSpec[], handshake = true): string[] {
  return transcript(run(framesOf(handshake ? [...HANDSHAKE, ...specs] : specs)));
}

test("request and response, in order", () => {
  assert.deepEqual(
    lines([
      { from: 0, seq: 1001, ack: 5001, data: "question" },
      { from: 1, seq: 5001, ack: 1009, data: "answer" },
      { from: 0, seq: 1009, ack: 5007, flags: FIN | ACK },
      { from: 1, seq: 5007, ack: 1010, flags: FIN | ACK },
      { from: 0, seq: 1010, ack: 5008 },
    ]),
    ["open 0", "0>question", "1>answer", "close fin"],
  );
});

test("segments out of order are put in order", () => {
  assert.deepEqual(
    lines([
      { from: 0, seq: 1004, ack: 5001, data: "def" },
      { from: 0, seq: 1007, ack: 5001, data: "ghi" },
      { from: 0, seq: 1001, ack: 5001, data: "abc" },
    ]),
    ["open 0", "0>abcdefghi", "close end"],
  );
});

test("a response captured before its request comes after it", () => {
  assert.deepEqual(
    lines([
      { from: 1, seq: 5001, ack: 1009, data: "answer" },
      { from: 0, seq: 1001, ack: 5001, data: "question" },
    ]),
    ["open 0", "0>question", "1>answer", "close end"],
  );
});

test("a conversation joined in the middle waits one frame for what came before", () => {
  const question: SegmentSpec = { from: 0, seq: 700, ack: 900, data: "question" };
  const answer: SegmentSpec = { from: 1, seq: 900, ack: 708, data: "answer" };
  const text = ["1>question", "0>answer"];
  assert.deepEqual(lines([question, answer], false), ["open 0", "0>question", "1>answer", "close end"]);
  assert.deepEqual(lines([answer, question], false), ["open 0", ...text, "close end"]);
});

test("retransmission with other boundaries gives every byte once", () => {
  assert.deepEqual(
    lines([
      { from: 0, seq: 1001, ack: 5001, data: "abcd" },
      { from: 0, seq: 1001, ack: 5001, data: "abcdefgh" },
      { from: 0, seq: 1003, ack: 5001, data: "cd" },
      { from: 0, seq: 1007, ack: 5001, data: "ghij" },
    ]),
    ["open 0", "0>abcdefghij", "close end"],
  );
});

test("of bytes that differ the first win, and it is noted once", () => {
  assert.deepEqual(
    lines([
      { from: 0, seq: 1001, ack: 5001, data: "abcd" },
      { from: 0, seq: 1003, ack: 5001, data: "XXef" },
      { from: 0, seq: 1003, ack: 5001, data: "YYef" },
    ]),
    ["open 0", "0>abcd", "note tcp-overlap-conflict", "0>ef", "close end"],
  );
  // The same among segments that wait.
  assert.deepEqual(
    lines([
      { from: 0, seq: 1003, ack: 5001, data: "cdef" },
      { from: 0, seq: 1001, ack: 5001, data: "abXXXXgh" },
    ]),
    ["open 0", "note tcp-overlap-conflict", "0>abcdefgh", "close end"],
  );
});

test("sequence numbers wrap", () => {
  const start = 0xfffffffe;
  assert.deepEqual(
    lines(
      [
        { from: 0, seq: start - 1, flags: SYN },
        { from: 1, seq: 0xffffffff, ack: start, flags: SYN | ACK },
        { from: 0, seq: start, ack: 0, data: "abcd" },
        { from: 0, seq: 6, ack: 0, data: "ij" },
        { from: 0, seq: 2, ack: 0, data: "efgh" },
        { from: 1, seq: 0, ack: 8, data: "ok" },
      ],
      false,
    ),
    ["open 0", "0>abcdefghij", "1>ok", "close end"],
  );
});

test("keep-alives give nothing and overwrite nothing", () => {
  assert.deepEqual(
    lines([
      { from: 0, seq: 1001, ack: 5001, data: "abc" },
      { from: 1, seq: 5001, ack: 1004 },
      { from: 0, seq: 1003, ack: 5001, data: "\0" },
      { from: 0, seq: 1003, ack: 5001 },
      { from: 1, seq: 5000, ack: 1004, data: "\0" },
      { from: 1, seq: 5001, ack: 1004, data: "xyz" },
    ]),
    ["open 0", "0>abc", "1>xyz", "close end"],
  );
});

test("a keep-alive into a hole is not the data that is missing", () => {
  assert.deepEqual(
    lines([
      { from: 1, seq: 5001, ack: 1004 },
      { from: 0, seq: 1003, ack: 5001, data: "\0" },
      { from: 0, seq: 1001, ack: 5001, data: "abc" },
    ]),
    ["open 0", "0>abc", "close end"],
  );
});

test("a zero-window probe's byte comes once", () => {
  assert.deepEqual(
    lines([
      { from: 0, seq: 1001, ack: 5001, data: "abc" },
      { from: 0, seq: 1004, ack: 5001, data: "d" },
      { from: 1, seq: 5001, ack: 1004 },
      { from: 0, seq: 1004, ack: 5001, data: "def" },
    ]),
    ["open 0", "0>abcdef", "close end"],
  );
});

test("data on the SYN, and on the FIN", () => {
  assert.deepEqual(
    lines(
      [
        { from: 0, seq: 1000, flags: SYN, data: "early" },
        { from: 1, seq: 5000, ack: 1006, flags: SYN | ACK },
        { from: 0, seq: 1006, ack: 5001, flags: FIN | ACK, data: "last" },
        { from: 1, seq: 5001, ack: 1011, flags: FIN | ACK, data: "words" },
      ],
      false,
    ),
    ["open 0", "0>earlylast", "1>words", "close fin"],
  );
});

test("a lost segment is reported with its size once the receiver has it and nobody else will", () => {
  const specs: SegmentSpec[] = [
    { from: 0, seq: 1001, ack: 5001, data: "abc" },
    { from: 0, seq: 1104, ack: 5001, data: "def" },
    { from: 1, seq: 5001, ack: 1107, data: "ok" },
  ];
  assert.deepEqual(lines(specs), ["open 0", "0>abc", "0?100 lost", "0>def", "1>ok", "close end"]);
  // Not held until the end: later traffic brings it out.
  const assembler = new StreamAssembler();
  const later = Array.from({ length: 40 }, (): SegmentSpec => ({ from: 1, seq: 5003, ack: 1107 }));
  const came = framesOf([...HANDSHAKE, ...specs, ...later]).flatMap((frame) => keep(assembler.push(frame)));
  assert.deepEqual(transcript(came), ["open 0", "0>abc", "0?100 lost", "0>def", "1>ok"]);
});

test("without traffic the clock decides", () => {
  const assembler = new StreamAssembler();
  const specs: SegmentSpec[] = [
    { from: 0, seq: 1104, ack: 5001, data: "def" },
    { from: 1, seq: 5001, ack: 1107 },
  ];
  for (const frame of framesOf([...HANDSHAKE, ...specs])) assembler.push(frame);
  assert.deepEqual(transcript(assembler.tick(0.5)), []);
  assert.deepEqual(transcript(assembler.tick(2)), ["0?103 lost", "0>def"]);
});

test("a hole that the receiver has too is waited for, for long", () => {
  const more: SegmentSpec[] = [{ from: 0, seq: 1001, ack: 5001, data: "abc" }];
  for (let i = 0; i < 200; i++) {
    more.push({ from: 0, seq: 1007 + i, ack: 5001, data: "x" }, { from: 1, seq: 5001, ack: 1004 });
  }
  more.push({ from: 0, seq: 1004, ack: 5001, data: "def" });
  assert.deepEqual(lines(more), ["open 0", `0>abcdef${"x".repeat(200)}`, "close end"]);
});

test("a whole message that was lost is reported before what acknowledges it", () => {
  const specs: SegmentSpec[] = [
    { from: 0, seq: 1001, ack: 5001, data: "one" },
    { from: 0, seq: 1004, ack: 5051, data: "two" },
    { from: 1, seq: 5051, ack: 1007, data: "2" },
  ];
  assert.deepEqual(lines(specs), ["open 0", "0>one", "1?50 lost", "0>two", "1>2", "close end"]);
});

test("bytes acknowledged at the end and never captured are reported", () => {
  assert.deepEqual(
    lines([
      { from: 0, seq: 1001, ack: 5001, data: "one" },
      { from: 0, seq: 1004, ack: 5201 },
    ]),
    ["open 0", "0>one", "1?200 lost", "close end"],
  );
});

test("one side of a conversation alone", () => {
  const one: SegmentSpec[] = [{ from: 0, seq: 1000, flags: SYN }];
  let seq = 1001;
  for (let i = 0; i < 20; i++) {
    one.push({ from: 0, seq, ack: 5001 + i * 100, data: `message ${i};` });
    seq += `message ${i};`.length;
  }
  const items = run(framesOf(one));
  assert.equal(items.filter((item) => item.kind === "gap").length, 0);
  assert.match(bytesOf(items, 0), /^message 0;.*message 19;$/);
  // Nothing waits longer than a few segments.
  assert.ok(run(framesOf(one)).filter((item) => item.kind === "data").length >= 19);
});

test("the snap length leaves a gap of what was cut off", () => {
  assert.deepEqual(
    lines([
      { from: 0, seq: 1001, ack: 5001, data: "abcdefghij", snap: 44 },
      { from: 0, seq: 1011, ack: 5001, data: "klm" },
    ]),
    ["open 0", "note snaplen", "0>abcd", "0?6 snaplen", "0>klm", "close end"],
  );
  // Cut off inside the TCP header.
  assert.deepEqual(lines([{ from: 0, seq: 1001, ack: 5001, data: "abcdefghij", snap: 38 }]), [
    "open 0",
    "note snaplen",
    "0?10 snaplen",
    "close end",
  ]);
});

test("what the snap length cut off is filled by a whole copy that comes in time", () => {
  assert.deepEqual(
    lines([
      { from: 0, seq: 1004, ack: 5001, data: "defghij", snap: 42 },
      { from: 0, seq: 1004, ack: 5001, data: "defghij" },
      { from: 0, seq: 1001, ack: 5001, data: "abc" },
    ]),
    ["open 0", "note snaplen", "0>abcdefghij", "close end"],
  );
});

test("a segment far away is not believed, two that follow one another are", () => {
  assert.deepEqual(
    lines([
      { from: 0, seq: 1001, ack: 5001, data: "abc" },
      { from: 0, seq: 0x70000000, ack: 5001, data: "nonsense" },
      { from: 0, seq: 1004, ack: 5001, data: "def" },
    ]),
    ["open 0", "0>abcdef", "close end"],
  );
  const jump = lines([
    { from: 0, seq: 1001, ack: 5001, data: "abc" },
    { from: 0, seq: 0x70000000, ack: 5001, data: "far" },
    { from: 0, seq: 0x70000003, ack: 5001, data: "away" },
  ]);
  assert.deepEqual(jump, [
    "open 0",
    "0>abc",
    "note tcp-sequence-jump",
    `0?${0x70000003 - 1004} lost`,
    "0>away",
    "close end",
  ]);
});

test("two segments that acknowledge one another do not wait for ever", () => {
  assert.deepEqual(
    lines([
      { from: 1, seq: 5001, ack: 1004, data: "xyz" },
      // Sent again after the answer, with the newer acknowledgment.
      { from: 0, seq: 1001, ack: 5004, data: "abc" },
    ]),
    ["open 0", "1>xyz", "0>abc", "close end"],
  );
});

test("a reset ends a conversation, and what was captured late still counts", () => {
  assert.deepEqual(
    lines([
      { from: 0, seq: 1004, ack: 5001, flags: RST | ACK },
      { from: 0, seq: 1001, ack: 5001, data: "abc" },
    ]),
    ["open 0", "0>abc", "close end"],
  );
  const frames: SegmentSpec[] = [{ from: 0, seq: 1001, ack: 5001, flags: RST | ACK }];
  for (let i = 0; i < 70; i++) frames.push({ from: 0, seq: 1, flags: SYN, port: 50_000 + i });
  assert.equal(lines(frames).indexOf("close reset") > 0, true);
});
