/** What the library delivers is JSON: no value of a record, however deep, is undefined or a number that JSON has not. */
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { parseInvitation } from "../../../dissectors/rai/invitation.js";
import { Analyzer, type AnalyzerOptions } from "../../../src/analyzer.js";
import { Frame } from "../../../src/capture/frame.js";
import { openInputs } from "../../../src/capture/node/open.js";
import type { EventKind } from "../../../src/events.js";
import { invitationRecord } from "../../../src/invitation/record.js";
import { machineNodes } from "../../../src/record/machines.js";
import { KeyRing } from "../../../src/rpc/security/keyring.js";
import { StatsCounter } from "../../../src/stats.js";
import { TYPE_1, type2 } from "../../support/invitation/novice.js";
import { CAPTURES, captureNames } from "../../support/offers/frames.js";
import { sharedDir } from "../../support/shared.js";

/** Throws with the path of the first value that JSON has not. */
function assertJson(value: unknown, path: string): void {
  switch (typeof value) {
    case "string":
    case "boolean":
      return;
    case "number":
      assert.ok(Number.isFinite(value), `${path} is ${value}`);
      return;
    case "object":
      if (value === null) return;
      assert.ok(
        Array.isArray(value) || Object.getPrototypeOf(value) === Object.prototype,
        `${path}: no plain object`,
      );
      if (Array.isArray(value)) for (let i = 0; i < value.length; i++) assertJson(value[i], `${path}[${i}]`);
      else
        for (const key of Object.keys(value))
          assertJson((value as { [k: string]: unknown })[key], `${path}.${key}`);
      return;
    default:
      assert.fail(`${path} is ${typeof value}`);
  }
}

const OPTIONS: readonly AnalyzerOptions[] = [
  {},
  { keys: KeyRing.from({ passwords: ["Help4Desk!", "wrong"] }), files: ["a.pcap", "b.pcap"] },
  { live: true, orderWindow: 4 },
  { wanted: new Set<EventKind>(["call"]), maxMemory: 1 << 20 },
];

async function walk(path: string, options: AnalyzerOptions): Promise<number> {
  const source = await openInputs([path]);
  const analyzer = new Analyzer(options);
  const stats = new StatsCounter();
  const frame = new Frame();
  let records = 0;
  const take = (events: ReturnType<Analyzer["push"]>): void => {
    for (const event of events) {
      assertJson(event, `${path} ${event.type}`);
      if (event.type === "call") stats.add(event);
      records++;
    }
  };
  for (let i = 0; ; i++) {
    const more = source.next(frame);
    if (!(typeof more === "boolean" ? more : await more)) break;
    take(analyzer.push(frame));
    if (options.live && i % 50 === 0) take(analyzer.tick(frame.seconds + 0.5, true));
  }
  await source.close();
  take([...analyzer.finish(source)]);
  assertJson(stats.result(), `${path} stats`);
  assertJson(machineNodes(analyzer), `${path} objects`);
  return records;
}

for (const [i, options] of OPTIONS.entries()) {
  test(`records of the project's captures, options ${i + 1} of ${OPTIONS.length}`, async () => {
    for (const name of captureNames()) assert.ok((await walk(new URL(name, CAPTURES).pathname, options)) > 0);
  });
}

const shared = sharedDir();
test("records of real captures", { skip: shared === null && "no ../shared" }, async () => {
  const folders = ["captures", "faults"].map((folder) => join(shared!, folder));
  for (const folder of folders) {
    for (const name of readdirSync(folder)) {
      if (!/\.(pcap|pcapng|cap)(\.gz)?$/.test(name) || /flood|partial|held-back/.test(name)) continue;
      const options = OPTIONS[name.length % OPTIONS.length]!;
      await walk(join(folder, name), options).catch((error: Error) => {
        if (error.name !== "NotACapture") throw error;
      });
    }
  }
});

test("records of invitations", () => {
  const texts = [
    "",
    "65538,1,10.0.0.7:1,*,x,*,*,y",
    "<E/>",
    "<UPLOADINFO/>",
    "\0\0",
    invitation(TYPE_1),
    invitation(type2("x")),
  ];
  for (const text of texts) {
    for (const passwords of [[], ["x"], ["y"]]) {
      const record = invitationRecord("name", parseInvitation(Buffer.from(text), passwords), 1_700_000_000);
      assertJson(record, `invitation ${text.slice(0, 20)}`);
    }
  }
});

function invitation(attributes: { [name: string]: string }): string {
  const list = Object.entries(attributes).map(
    ([name, value]) => `${name}="${value.replace(/[&<"]/g, (c) => `&#${c.charCodeAt(0)};`)}"`,
  );
  return `<UPLOADINFO TYPE="Escalated"><UPLOADDATA ${list.join(" ")}/></UPLOADINFO>`;
}
