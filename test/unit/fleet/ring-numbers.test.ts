/** Which files of a ring are missing, by the names that capture programs give. */
import assert from "node:assert/strict";
import test from "node:test";
import { missingNumbers } from "../../../src/fleet/ring-numbers.js";

const missing = (...paths: string[]): string[] => missingNumbers(paths).map(({ path }) => path);

test("dumpcap's and editcap's numbers, with the time behind them", () => {
  assert.deepEqual(
    missing(
      "/r/dc1_00009_20240603101000.pcapng",
      "/r/dc1_00010_20240603101500.pcapng",
      "/r/dc1_00012_20240603102500.pcapng",
      "/r/dc1_00013_20240603103000.pcapng",
    ),
    ["/r/dc1_00011_*.pcapng"],
  );
  assert.deepEqual(missing("/r/dc1_00009_20240603101000.pcapng", "/r/dc1_00010_20240603101500.pcapng"), []);
});

test("tcpdump's numbers, which have as many digits as they need", () => {
  assert.deepEqual(missing("/r/eth0.pcap8", "/r/eth0.pcap9", "/r/eth0.pcap11"), ["/r/eth0.pcap10"]);
  assert.deepEqual(missing("/r/eth0.pcap08", "/r/eth0.pcap09", "/r/eth0.pcap11"), ["/r/eth0.pcap10"]);
});

test("other rings, other folders, and numbers of something else are not compared", () => {
  assert.deepEqual(missing("/a/x_00001_20240603101000.pcap", "/b/x_00003_20240603101000.pcap"), []);
  assert.deepEqual(missing("/r/cve-2021-1675.pcap", "/r/cve-2021-44228.pcap"), []);
  assert.deepEqual(missing("/r/plain.pcap"), []);
});
