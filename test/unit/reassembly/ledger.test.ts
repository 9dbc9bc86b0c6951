/** States and histories of connections, as Zeek's description of conn.log has them. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { newTcpResult } from "../../../dissectors/tcp.js";
import { TcpLedger } from "../../../src/reassembly/ledger.js";
import { ACK, FIN, RST, SYN } from "../../support/reassembly/packets.js";

interface Segment {
  from: 0 | 1;
  flags: number;
  seq: number;
  ack?: number;
  length?: number;
  window?: number;
  seconds?: number;
}

/** Of segments between a client's port and a server's; those of the first are of the end 0. */
function ledgerOf(
  segments: readonly Segment[],
  ports: readonly [number, number] = [40_000, 50_000],
): TcpLedger {
  const [first] = segments;
  const from = ports[first!.from];
  const to = ports[first!.from === 0 ? 1 : 0];
  const ledger = new TcpLedger(first!.from, first!.flags, from, to, { seconds: 0, nanos: 0 });
  segments.forEach(({ from, flags, seq, ack = 0, length = 0, window = 100, seconds }, i) => {
    const sourcePort = ports[from];
    const destinationPort = ports[from === 0 ? 1 : 0];
    const tcp = {
      ...newTcpResult(),
      sourcePort,
      destinationPort,
      flags,
      sequence: seq,
      acknowledgment: ack,
      window,
    };
    ledger.began(from, tcp);
    ledger.segment(from, tcp, length, 40 + length, { seconds: seconds ?? 0, nanos: i * 1_000_000 });
  });
  return ledger;
}

const HANDSHAKE: readonly Segment[] = [
  { from: 0, flags: SYN, seq: 100 },
  { from: 1, flags: SYN | ACK, seq: 900, ack: 101 },
  { from: 0, flags: ACK, seq: 101, ack: 901 },
];
const TALK: readonly Segment[] = [
  ...HANDSHAKE,
  { from: 0, flags: ACK, seq: 101, ack: 901, length: 10 },
  { from: 1, flags: ACK, seq: 901, ack: 111, length: 20 },
];

test("a connection from its first SYN to its last FIN", () => {
  const ledger = ledgerOf([
    ...TALK,
    { from: 0, flags: FIN | ACK, seq: 111, ack: 921 },
    { from: 1, flags: FIN | ACK, seq: 921, ack: 112 },
    { from: 0, flags: ACK, seq: 112, ack: 922 },
  ]);
  assert.equal(ledger.history, "ShADdFf");
  assert.equal(ledger.state, "SF");
  assert.deepEqual(ledger.side(0), { bytes: 10, packets: 5, ip_bytes: 210 });
  assert.deepEqual(ledger.side(1), { bytes: 20, packets: 3, ip_bytes: 140 });
  // The last acknowledgment is counted, and no part of how long it was.
  assert.equal(ledger.duration, 6_000);
});

test("states by how far it came and who ended it", () => {
  const reset = (from: 0 | 1, seq: number): Segment => ({ from, flags: RST, seq });
  const fin = (from: 0 | 1, seq: number): Segment => ({ from, flags: FIN | ACK, seq, ack: 1 });
  const cases: [readonly Segment[], string, string][] = [
    [[HANDSHAKE[0]!], "S0", "S"],
    [[HANDSHAKE[0]!, { from: 1, flags: RST | ACK, seq: 0, ack: 101 }], "REJ", "Sr"],
    [[HANDSHAKE[0]!, reset(0, 101)], "RSTOS0", "SR"],
    [[HANDSHAKE[0]!, fin(0, 101)], "SH", "SF"],
    [HANDSHAKE, "S1", "ShA"],
    [[...TALK, reset(0, 111)], "RSTO", "ShADdR"],
    [[...TALK, reset(1, 921)], "RSTR", "ShADdr"],
    [[...TALK, fin(0, 111)], "S2", "ShADdF"],
    [[...TALK, fin(1, 921)], "S3", "ShADdf"],
    [TALK.slice(3), "OTH", "Dd"],
  ];
  for (const [segments, state, history] of cases) {
    const ledger = ledgerOf(segments);
    assert.deepEqual([ledger.state, ledger.history], [state, history]);
  }
});

test("what comes again is told the first, the tenth and the hundredth time", () => {
  const again = (times: number): string =>
    ledgerOf([...TALK, ...new Array<Segment>(times).fill(TALK[3]!)]).history;
  assert.equal(again(1), "ShADdT");
  assert.equal(again(9), "ShADdT");
  assert.equal(again(10), "ShADdTT");
  assert.equal(again(100), "ShADdTTT");
});

test("a window of nothing, and bytes that are missing", () => {
  const ledger = ledgerOf([...TALK, { from: 1, flags: ACK, seq: 921, ack: 111, window: 0 }]);
  ledger.gap(0, 500);
  ledger.gap(0, 20);
  assert.equal(ledger.history, "ShADdawG");
  assert.equal(ledger.missed, 520);
  const partial = ledgerOf(TALK.slice(3));
  partial.gap(0, 500);
  assert.deepEqual([partial.history, partial.missed], ["Dd", 0]);
});

test("in the middle, the end at a server's port did not begin; an answer to a SYN is no beginning either", () => {
  const met = ledgerOf([{ from: 1, flags: ACK, seq: 5, ack: 9, length: 3 }], [40_000, 445]);
  assert.deepEqual([met.client, met.history], [0, "^d"]);
  assert.equal(ledgerOf([{ from: 1, flags: ACK, seq: 5, ack: 9, length: 3 }]).client, 1);
  const answered = ledgerOf(HANDSHAKE.slice(1));
  assert.deepEqual([answered.client, answered.history], [0, "^hA"]);
});

test("what comes long after the end is another connection's", () => {
  const over = [
    ...TALK,
    { from: 0, flags: FIN | ACK, seq: 111, ack: 921 },
    { from: 1, flags: FIN | ACK, seq: 921, ack: 112 },
  ] as const;
  const late: Segment = { from: 0, flags: ACK, seq: 112, ack: 922, seconds: 60 };
  assert.equal(ledgerOf([...over, late]).side(0).packets, ledgerOf(over).side(0).packets);
  assert.equal(
    ledgerOf([...over, { ...late, seconds: 1 }]).side(0).packets,
    ledgerOf(over).side(0).packets + 1,
  );
});

test("sequence numbers go round", () => {
  const ledger = ledgerOf([
    { from: 0, flags: SYN, seq: -3 },
    { from: 1, flags: SYN | ACK, seq: 0x7fffffff | 0, ack: -2 },
    { from: 0, flags: ACK, seq: -2, ack: -0x80000000, length: 1000 },
    { from: 1, flags: ACK, seq: -0x80000000, ack: 998, length: 70_000 },
  ]);
  assert.deepEqual([ledger.side(0).bytes, ledger.side(1).bytes], [1000, 70_000]);
});
