/** Every option that makes no sense is refused: one clear line, what to do where that is not plain, and status 1. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { LiveError } from "../../../../src/capture/live/engine.js";
import { checkFilter, defaultFilters } from "../../../../src/capture/live/filter.js";
import {
  accountOf,
  defaultUser,
  isRoot,
  mayWriteIn,
  PrivilegeError,
} from "../../../../src/capture/live/privilege.js";
import { findProgram } from "../../../../src/capture/live/program.js";
import { fileConditions } from "../../../../src/cli/live-options.js";
import { runProgram } from "../../../../src/cli/program.js";
import { folder } from "../../../support/live/programs.js";

/** Runs a command line in this process; answers its status and what it said on standard error. */
async function refused(...args: string[]): Promise<string[]> {
  const write = process.stderr.write;
  let said = "";
  process.stderr.write = ((text: string) => {
    said += text;
    return true;
  }) as typeof process.stderr.write;
  try {
    assert.equal(await runProgram(["node", "raiscope", ...args]), 1);
  } finally {
    process.stderr.write = write;
  }
  return said.trim().split("\n");
}

const CASES: [args: string[], line: RegExp][] = [
  [[], /^raiscope: no interface was named: -i INTERFACE$/],
  [["-i", "nosuch0"], /^raiscope: nosuch0: no such interface$/],
  [["-i", ""], /^raiscope: an interface without a name$/],
  [["-i", "lo", "-i", "lo"], /^raiscope: lo: given twice$/],
  [["lo"], /too many arguments/],
  [["-i", "lo", "-s", "999999"], /'999999' is invalid\. Give a number up to 262144\./],
  [["-i", "lo", "-s", "-1"], /'-s, --snaplen <bytes>'|invalid/],
  [["-i", "lo", "-B", "5G"], /Give a size below 2G/],
  [["-i", "lo", "-B", "much"], /Give a size such as/],
  [["-i", "lo", "--engine", "pf_ring"], /Allowed choices are auto, tcpdump, dumpcap, cap/],
  [["-i", "lo", "--keep", "some"], /Allowed choices are all, rai/],
  [["-i", "lo", "-a", "duration:soon"], /Give one of duration:N, packets:N, filesize:N, files:N/],
  [["-i", "lo", "-a", "packets:0"], /is invalid/],
  [["-i", "lo", "-a", "packets:1.5"], /is invalid/],
  [["-i", "lo", "-a", "interval:5"], /is invalid/],
  [["-i", "lo", "-b", "size:5"], /Give one of filesize:N, duration:N, interval:N, packets:N, files:N/],
  [["-i", "lo", "-b", "files:3"], /^raiscope: --ring-buffer needs a file to write: -w FILE$/],
  [
    ["-i", "lo", "-w", "x.pcapng", "-b", "files:3"],
    /^raiscope: --ring-buffer files:N alone never begins a second file$/,
  ],
  [["-i", "lo", "-w", "-", "-b", "filesize:3"], /not standard output/],
  [
    ["-i", "lo", "-w", "-"],
    /^raiscope: -w - writes the capture to standard output: send the records elsewhere/,
  ],
  [["-i", "lo", "-a", "filesize:3"], /^raiscope: --autostop filesize needs a file to write/],
  [["-i", "lo", "-w", "x.pcapng", "-a", "files:3"], /^raiscope: --autostop files needs several files/],
  [["-i", "lo", "--keep", "rai"], /^raiscope: --keep rai needs a file to write/],
  [["-i", "lo", "--user", "a:b"], /Give the name or number of a user/],
  [["-i", "lo", "-T", "xml"], /Allowed choices/],
];

for (const [args, line] of CASES) {
  test(`sniff ${args.join(" ")}`, async () => {
    const said = await refused("sniff", ...args);
    assert.match(said[0]!, line);
    assert.ok(said.length <= 2, said.join(" / "));
    assert.ok(!said.some((text) => /\bat .*\.[jt]s:\d+/.test(text)), "no stack");
  });
}

test("a user that is not there, and one that only root could become", async () => {
  if (isRoot())
    assert.match(
      (await refused("sniff", "-i", "lo", "--user", "no-such-user"))[0]!,
      /^raiscope: --user: no-such-user: no such user$/,
    );
  else
    assert.match(
      (await refused("sniff", "-i", "lo", "--user", "root"))[0]!,
      /only root can become another user/,
    );
});

test("a bad filter is reported before anything is opened", {
  skip: findProgram("tcpdump") === null && "tcpdump is not installed",
}, async () => {
  const said = await refused("sniff", "-i", "lo", "-f", "tcp and and", "-w", "/nonexistent/x.pcapng");
  assert.deepEqual(said.length, 2);
  assert.equal(said[0], 'raiscope: bad capture filter "tcp and and": syntax error');
  assert.match(said[1]!, /man pcap-filter/);
  for (const filter of ["port nosuchservice", "host", "tcp port 99999", "(tcp"]) {
    await assert.rejects(
      checkFilter(filter),
      (error) => error instanceof LiveError && error.fault === "filter",
      filter,
    );
  }
  for (const filter of [
    ...defaultFilters(true),
    ...defaultFilters(false),
    "",
    "host 10.0.0.5 and tcp",
    "vlan 5",
  ]) {
    await checkFilter(filter);
  }
});

test("extcap: verbs that are not there", async () => {
  assert.match(
    (await refused("extcap", "--extcap-dlts"))[0]!,
    /unknown interface \(none was named\): there is only raiscope/,
  );
  assert.match(
    (await refused("extcap", "--extcap-interface", "eth0", "--extcap-dlts"))[0]!,
    /unknown interface \(eth0\)/,
  );
  assert.match(
    (await refused("extcap", "--extcap-interface", "raiscope", "--capture"))[0]!,
    /--capture needs --fifo/,
  );
  assert.match(
    (await refused("extcap", "--extcap-interface", "raiscope"))[0]!,
    /give one of --extcap-interfaces/,
  );
});

test("conditions of a ring and of the end, as in dumpcap", () => {
  const at = (name: string, value: number) => ({ name, value });
  assert.deepEqual(fileConditions({ autostop: [at("duration", 2.5), at("packets", 7)] }), {
    ring: null,
    stop: { seconds: 2.5, packets: 7, filesize: null, files: null },
  });
  const both = fileConditions({
    write: "x",
    ringBuffer: [at("duration", 60), at("files", 3)],
    autostop: [at("filesize", 100), at("files", 9)],
  });
  assert.deepEqual(both.ring, { filesize: 100, duration: 60, interval: 0, packets: 0, files: 3 });
  assert.deepEqual(both.stop, { seconds: null, packets: null, filesize: null, files: 9 });
});

test("who root becomes", (t) => {
  assert.equal(defaultUser({}), "nobody");
  assert.equal(defaultUser({ SUDO_USER: "" }), "nobody");
  assert.equal(defaultUser({ SUDO_USER: "root" }), "nobody");
  assert.equal(defaultUser({ SUDO_USER: "helga" }), "helga");
  assert.equal(accountOf("root").uid, 0);
  assert.equal(accountOf("0").name, "root");
  assert.throws(() => accountOf("no-such-user"), PrivilegeError);
  if (!isRoot()) return;
  const nobody = accountOf("nobody");
  assert.equal(mayWriteIn(folder(t, 0o700), nobody), false);
  assert.equal(mayWriteIn(folder(t, 0o777), nobody), true);
  assert.equal(process.geteuid?.(), 0);
});
