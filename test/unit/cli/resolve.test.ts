/** Names beside addresses: only where they are asked for, only in text, and nothing waits for them for long. */
import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { Resolver } from "node:dns/promises";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { hostsOf, namesFrom } from "../../../src/cli/resolving.js";
import { ToldNames } from "../../../src/cli/told-names.js";
import type { Event } from "../../../src/events.js";
import { raiscope } from "../../support/cli/spawn.js";

const folder = mkdtempSync(join(tmpdir(), "raiscope-resolve-"));
after(() => rmSync(folder, { recursive: true, force: true }));
const capture = (name: string): string =>
  fileURLToPath(new URL(`../../../captures/${name}`, import.meta.url));
const PIPES = capture("pipes.pcapng");
const WMI = capture("wmi.pcapng");

const call = (client: string, server: string): Event =>
  ({ type: "call", client: { address: client }, server: { address: server } }) as unknown as Event;

describe("--resolve", { concurrency: 2 }, () => {
  test("shows names of a hosts file beside addresses in every text, and changes no record", async () => {
    const hosts = join(folder, "hosts");
    writeFileSync(
      hosts,
      "# names\n10.20.4.90\thelpdesk.example hd\n10.20.4.40 srv # x\n10.20.4.40 other\nnonsense\n",
    );
    const how = `hosts=${hosts}`;
    for (const view of [["-T", "table"], ["--all-calls"], ["--all-calls", "--ladder"]]) {
      const { stdout } = await raiscope([PIPES, ...view, "--resolve", how]);
      assert.match(stdout, /10\.20\.4\.90:\d+ \(helpdesk\.example\)/, view.join(" "));
      assert.match(stdout, /10\.20\.4\.40\S* \(srv\)/);
      const plain = (await raiscope([PIPES, ...view])).stdout;
      assert.doesNotMatch(plain, /helpdesk\.example|\(srv\)/);
    }
    const stats = (await raiscope(["stats", PIPES, "--resolve", how])).stdout;
    assert.match(stats, /10\.20\.4\.90:\d+ \(helpdesk\.example\) → 10\.20\.4\.40:445 \(srv\)/);
    const log = (await raiscope([PIPES, "-T", "ndjson", "--events", "all"])).stdout;
    const named = ["-T", "ndjson", "--events", "all", "--resolve", `capture,${how}`];
    assert.equal((await raiscope([PIPES, ...named])).stdout, log);
    // -n takes it back.
    assert.doesNotMatch((await raiscope([PIPES, "--resolve", how, "-n"])).stdout, /\(srv\)/);
  });

  test("shows what the capture tells, in what is held back and in objects", async () => {
    const { stdout } = await raiscope([WMI, "--resolve", "capture"]);
    assert.match(stdout, /10\.20\.4\.90:\d+ \([A-Za-z0-9.-]+\) → 10\.20\.4\.40:\d+ \([A-Za-z0-9.-]+\)/);
    assert.doesNotMatch((await raiscope([WMI])).stdout, /10\.20\.4\.40:\d+ \(/);
    const pipes = (await raiscope([PIPES, "--resolve", "capture"])).stdout;
    assert.match(pipes, /→ 10\.20\.4\.40:445 \([A-Za-z0-9.-]+\) \\/);
  });

  test("is refused where it says nothing, and where there is no file", async () => {
    for (const [how, said] of [
      ["yes", /Give capture, hosts=FILE or dns/],
      ["hosts=", /Give capture, hosts=FILE or dns/],
      [`hosts=${join(folder, "absent")}`, /absent: no such file/],
    ] as const) {
      const { status, stdout, stderr } = await raiscope([PIPES, "--resolve", how]);
      assert.deepEqual([status, stdout], [1, ""]);
      assert.match(stderr, said);
    }
  });
});

test("a hosts file is read as hosts(5) has it", () => {
  const text = "::1 localhost\r\n  2001:DB8:0::1\tsix  more\n\n#10.0.0.1 no\n10.0.0.2#no\n10.0.0.3 yes#no\n";
  assert.deepEqual(
    [...hostsOf(text)],
    [
      ["::1", "localhost"],
      ["2001:db8::1", "six"],
      ["10.0.0.3", "yes"],
    ],
  );
});

test("names that are told: one of DNS stands before a dialled one, and that before a short one; no address is a name", () => {
  const told = new ToldNames();
  const auth = { workstation: "WS", ntlm: null, kerberos: null };
  const association = (over: object): Event =>
    ({
      type: "association",
      client: { address: "10.0.0.1" },
      server: { address: "10.0.0.2" },
      auth: { ...auth, ...over },
      security_contexts: [],
    }) as unknown as Event;
  told.learn(association({ ntlm: { av_pairs: { MsvAvNbComputerName: "SRV" } } }));
  assert.deepEqual([told.nameOf("10.0.0.1"), told.nameOf("10.0.0.2")], ["WS", "SRV"]);
  told.learn(association({ kerberos: { service: "host/10.0.0.2", user_to_user: false } }));
  assert.equal(told.nameOf("10.0.0.2"), "SRV");
  told.learn(association({ kerberos: { service: "RPCSS/srv.example", user_to_user: false } }));
  assert.equal(told.nameOf("10.0.0.2"), "srv.example");
  told.learn(association({ ntlm: { av_pairs: { MsvAvDnsComputerName: "true.example" } } }));
  told.learn(association({ ntlm: { av_pairs: { MsvAvDnsComputerName: "late.example" } } }));
  assert.equal(told.nameOf("10.0.0.2"), "true.example");
});

/** Answers PTR questions of [RFC 1035] as `answer` says; what it does not answer is left open. */
async function dnsServer(
  answer: (name: string) => string | null,
): Promise<{ port: number; close: () => void }> {
  const socket = createSocket("udp4");
  socket.on("message", (query, from) => {
    const labels: string[] = [];
    let at = 12;
    for (let size = query[at]!; size > 0; size = query[at]!) {
      labels.push(query.toString("latin1", at + 1, at + 1 + size));
      at += size + 1;
    }
    const name = answer(labels.join("."));
    if (name === null) return;
    const encoded = Buffer.concat([
      ...name.split(".").map((label) => Buffer.concat([Buffer.from([label.length]), Buffer.from(label)])),
      Buffer.from([0]),
    ]);
    const head = Buffer.from(query.subarray(0, 12));
    head.writeUInt16BE(0x8180, 2);
    head.writeUInt16BE(1, 6);
    head.writeUInt32BE(0, 8);
    const record = Buffer.alloc(12);
    record.writeUInt16BE(0xc00c, 0);
    record.writeUInt16BE(12, 2);
    record.writeUInt16BE(1, 4);
    record.writeUInt32BE(60, 6);
    record.writeUInt16BE(encoded.length, 10);
    socket.send(Buffer.concat([head, query.subarray(12, at + 5), record, encoded]), from.port, from.address);
  });
  await new Promise<void>((resolve) => socket.bind(0, "127.0.0.1", resolve));
  return { port: (socket.address() as AddressInfo).port, close: () => socket.close() };
}

test("the resolver is asked once for an address, and a record waits for the answer", async () => {
  const asked: string[] = [];
  const server = await dnsServer((name) => {
    asked.push(name);
    return name.startsWith("1.") ? "one.example" : "two.example";
  });
  try {
    const names = namesFrom([{ how: "dns" }], () => {
      const resolver = new Resolver({ timeout: 2_000, tries: 1 });
      resolver.setServers([`127.0.0.1:${server.port}`]);
      return resolver;
    });
    await names.ready(call("10.0.0.1", "10.0.0.2"));
    assert.deepEqual(["10.0.0.1", "10.0.0.2", "10.0.0.3"].map(names.nameOf), [
      "one.example",
      "two.example",
      null,
    ]);
    assert.equal(names.ready(call("10.0.0.2", "10.0.0.1")), null);
    assert.deepEqual(asked.sort(), ["1.0.0.10.in-addr.arpa", "2.0.0.10.in-addr.arpa"]);
    names.close();
  } finally {
    server.close();
  }
});

test("a resolver that does not answer is given up, and few questions are open at a time", async () => {
  let open = 0;
  let most = 0;
  let cancelled = false;
  const waiting: (() => void)[] = [];
  const names = namesFrom([{ how: "dns" }], () => ({
    reverse: () =>
      new Promise<string[]>((_, reject) => {
        most = Math.max(most, ++open);
        waiting.push(() => {
          open--;
          reject(new Error("cancelled"));
        });
      }),
    cancel() {
      cancelled = true;
      for (const end of waiting.splice(0)) end();
    },
  }));
  for (let i = 0; i < 100; i++) void names.ready(call(`10.0.0.${i}`, `10.0.1.${i}`));
  const waited = names.settled();
  names.close();
  await waited;
  assert.ok(cancelled);
  assert.ok(most <= 16, `${most} open`);
  assert.equal(names.ready(call("10.9.9.9", "10.9.9.8")), null);
});
