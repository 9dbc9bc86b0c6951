/** Every IPID that a stub of the captures names stands in the object tree, under the interface that the stub says. */

import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { Analyzer } from "../../../src/analyzer.js";
import { Frame } from "../../../src/capture/frame.js";
import { openInputs } from "../../../src/capture/node/open.js";
import type { CallRecord, Value } from "../../../src/events.js";
import { shippedInterfaces } from "../../../src/interfaces.js";
import { objectDot, objectMermaid, objectTree } from "../../../src/output/objects-view.js";
import { machineNodes } from "../../../src/record/machines.js";
import { ObjectTable } from "../../../src/run/objects.js";
import { sharedDir } from "../../support/shared.js";

const folder = join(sharedDir() ?? "", "captures");
const FILES = [
  "empire_dcom_shellwindows_WORKSTATION5_2020-09-18130751.cap",
  "empire_dcom_shellwindows_WORKSTATION6_2020-09-18130751.cap",
  "covenant_dcom_registerxll_2020-09-18145959.cap",
];

async function read(file: string): Promise<{ analyzer: Analyzer; calls: CallRecord[] }> {
  const source = await openInputs([join(folder, file)]);
  const analyzer = new Analyzer();
  const frame = new Frame();
  const calls: CallRecord[] = [];
  const keep = (events: ReturnType<Analyzer["push"]>): void => {
    for (const event of events) if (event.type === "call") calls.push(event);
  };
  while (await source.next(frame)) keep(analyzer.push(frame));
  await source.close();
  keep([...analyzer.finish()]);
  return { analyzer, calls };
}

type Members = { [name: string]: Value };

/** IPID and IID of every interface pointer inside. */
function pointers(value: Value, found: Map<string, string>): void {
  if (value === null || typeof value !== "object") return;
  const { ipid, iid } = value as Members;
  if (typeof ipid === "string" && typeof iid === "string") found.set(ipid, iid);
  for (const inner of Object.values(value)) pointers(inner, found);
}

/** What IRemUnknown::RemQueryInterface gave out for which IID. */
function queried({ method, request, response }: CallRecord, found: Map<string, string>): void {
  if (method !== "RemQueryInterface") return;
  const iids = (request?.iids ?? []) as string[];
  for (const [index, result] of ((response?.ppQIResults ?? []) as Members[]).entries()) {
    const ipid = (result.std as Members | undefined)?.ipid;
    if (result.hResult === "0x00000000" && typeof ipid === "string") found.set(ipid, iids[index]!);
  }
}

for (const file of FILES) {
  test(file, { skip: !existsSync(join(folder, file)) && "no ../shared" }, async () => {
    const { analyzer, calls } = await read(file);
    const stubs = new Map<string, string>();
    for (const call of calls) {
      pointers(call.request, stubs);
      pointers(call.response, stubs);
      queried(call, stubs);
    }
    assert.ok(stubs.size >= 3);
    const machines = machineNodes(analyzer);
    const reported = new Map<string, string | null>();
    for (const { exporters } of machines) {
      for (const { objects } of exporters) {
        for (const { interfaces } of objects) for (const { ipid, iid } of interfaces) reported.set(ipid, iid);
      }
    }
    for (const [ipid, iid] of stubs) assert.equal(reported.get(ipid), iid, ipid);
    // An IPID that is called is known as well.
    for (const { object, interface: of } of calls) {
      if (object !== null && reported.has(object) && of.inferred !== true)
        assert.equal(reported.get(object), of.uuid, object);
    }
    for (const view of [objectTree, objectMermaid, objectDot]) {
      const text = view(machines);
      for (const ipid of stubs.keys()) assert.ok(text.includes(ipid));
    }
  });
}

test("labels cannot break out of Mermaid or DOT", () => {
  const hostile = [
    {
      machine: 'a"b\\c\x1b<img>;`#',
      exporters: [],
    },
  ];
  assert.equal(objectMermaid(hostile), 'graph LR\n  n0["a#34;b\\c\\x1b#60;img#62;;#96;#35;"]\n');
  assert.match(objectDot(hostile), /n0 \[label="a\\"b\\\\c\\\\x1b<img>;`#"\];/);
});

test("interfaces of one object stand together, objects of two exporters apart, those without an OID in one", () => {
  const objects = new ObjectTable();
  const learn = (ipid: string, oxid: string | null, oid: string | null, frame: number): void => {
    objects.learn(ipid, { iid: null, oid, oxid }, frame, 0);
  };
  learn("p4", "x1", "o1", 9);
  learn("p1", "x1", "o1", 1);
  learn("p2", "x2", "o1", 2);
  learn("p3", "x1", "o2", 3);
  learn("p5", null, null, 10);
  learn("p6", null, null, 11);
  const [machine] = machineNodes({ objects, table: shippedInterfaces() });
  assert.deepEqual(
    machine?.exporters.map((one) => [
      one.oxid,
      ...one.objects.map(({ oid, interfaces }) => [oid, ...interfaces.map(({ ipid }) => ipid)]),
    ]),
    [
      ["x1", ["o1", "p1", "p4"], ["o2", "p3"]],
      ["x2", ["o1", "p2"]],
      [null, [null, "p5", "p6"]],
    ],
  );
});

test("an object that datagrams carried a call to is in no TCP conversation of their number", () => {
  const objects = new ObjectTable();
  objects.learn("p", { iid: null, oid: "o", oxid: "x" }, 1, 7);
  objects.used("p", 2, null);
  const [machine] = machineNodes({ objects, table: shippedInterfaces() });
  const [one] = machine!.exporters[0]!.objects[0]!.interfaces;
  assert.deepEqual([one!.streams, one!.last_frame], [[7], 2]);
});
