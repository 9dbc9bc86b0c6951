/** The DCOM objects of real captures: every IPID is named as the stubs that handed it out say. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { Analyzer } from "../../../src/analyzer.js";
import { Frame } from "../../../src/capture/frame.js";
import { openInputs } from "../../../src/capture/node/open.js";
import type { InterfaceNode, MachineNode } from "../../../src/record/machines.js";
import { machineNodes } from "../../../src/record/machines.js";
import { sharedDir } from "../../support/shared.js";

/**
 * IPID, OID, OXID, interface and the frame that handed it out, read with tshark 4.0.17 (`-Y dcom -T fields -e dcom.ipid
 * -e dcom.oid -e dcom.oxid -e dcom.iid`) and, for RemQueryInterface, out of the request's list of IIDs.
 */
const STUBS: { [capture: string]: [string, string, string, string, number][] } = {
  "empire_dcom_shellwindows_WORKSTATION5_2020-09-18130751.cap": [
    ["0001d006-2008-034c-9571-907d2c0be9f6", "a3a25f6456834fba", "5142cb913aa5cfce", "IClassFactory", 153],
    ["00048022-2008-034c-d72a-4db323c8b009", "0949db1970b7dc45", "5142cb913aa5cfce", "IUnknown", 194],
    ["0001bc06-2008-034c-5a7c-25110cb76627", "0949db1970b7dc45", "5142cb913aa5cfce", "IDispatch", 204],
    ["00006c2d-2008-034c-96a9-e2f783a844d9", "a1f0e3e3a63b5678", "5142cb913aa5cfce", "ITypeInfo", 210],
    ["00054810-2008-15f8-22ae-da029d81bf98", "29656e5007715e09", "dd1bdac8861325b0", "IDispatch", 222],
    ["00060800-2008-15f8-cc19-67398e6489e6", "1d3cd0ff75f778fb", "dd1bdac8861325b0", "ITypeInfo", 236],
    ["00041429-2008-15f8-1073-7999fb3eb845", "5a54f1ebb2d7e2ac", "dd1bdac8861325b0", "IDispatch", 246],
    ["0005980f-2008-15f8-fd28-b077f8e2794c", "0b6a49dd4eb75ea4", "dd1bdac8861325b0", "ITypeInfo", 256],
    ["0005240d-2008-15f8-5040-966561e1264a", "86d7d9f685255495", "dd1bdac8861325b0", "IDispatch", 266],
    ["00050831-2008-15f8-e820-ad23c1ad7542", "d3a2ad50209fca1e", "dd1bdac8861325b0", "ITypeInfo", 276],
  ],
  "covenant_dcom_registerxll_2020-09-18145959.cap": [
    ["0000a008-0554-1c54-4964-a091e3765a52", "d3721548b79907b3", "d821a0bda22aa40c", "IClassFactory", 106],
    ["0000bc05-0554-1c54-002c-ac3ef9825f31", "866a76b041478983", "d821a0bda22aa40c", "IUnknown", 142],
    ["00009008-0554-1c54-52ca-7f3174ba5066", "866a76b041478983", "d821a0bda22aa40c", "IDispatch", 152],
  ],
};

async function objectsOf(path: string): Promise<MachineNode[]> {
  const source = await openInputs([path]);
  const analyzer = new Analyzer();
  const frame = new Frame();
  try {
    for (;;) {
      const more = source.next(frame);
      if (!(typeof more === "boolean" ? more : await more)) break;
      analyzer.push(frame);
    }
  } finally {
    await source.close();
  }
  analyzer.finish();
  return machineNodes(analyzer);
}

for (const [capture, stubs] of Object.entries(STUBS)) {
  test(`every IPID of ${capture}`, async (t) => {
    const shared = sharedDir();
    if (shared === null) {
      t.skip("no ../shared");
      return;
    }
    const machines = await objectsOf(join(shared, "captures", capture));
    const found = new Map<string, { node: InterfaceNode; oid: string | null; oxid: string | null }>();
    const remUnknowns = new Set<string | null>();
    for (const { exporters, machine } of machines) {
      assert.equal(machine, "172.18.39.6");
      for (const { oxid, objects, rem_unknown } of exporters) {
        remUnknowns.add(rem_unknown);
        for (const { oid, interfaces } of objects) {
          for (const node of interfaces) found.set(node.ipid, { node, oid, oxid });
        }
      }
    }
    for (const [ipid, oid, oxid, name, frame] of stubs) {
      const one = found.get(ipid);
      assert.ok(one !== undefined, ipid);
      assert.deepEqual(
        [one.oid, one.oxid, one.node.interface, one.node.first_frame],
        [oid, oxid, name, frame],
      );
      assert.ok(one.node.last_frame >= frame && one.node.streams.length > 0);
      found.delete(ipid);
    }
    // Nothing is left but the exporters' own IRemUnknown.
    for (const [ipid, { node }] of found) {
      assert.ok(remUnknowns.has(ipid), ipid);
      assert.equal(node.interface, "IRemUnknown2");
    }
  });
}

/** What was activated, as the names of the captures show. */
const CLASSES: { [capture: string]: string } = {
  "LM_dcom_mmc20.application_dcerpc.pcapng": "MMC20.Application",
  "covenant_dcom_registerxll_2020-09-18145959.cap": "Excel.Application",
  "empire_dcom_shellwindows_WORKSTATION5_2020-09-18130751.cap": "ShellWindows",
  "wmi-service-remote.pcap": "WbemLevel1Login",
};

for (const [capture, name] of Object.entries(CLASSES)) {
  test(`the class of ${capture}`, async (t) => {
    const shared = sharedDir();
    if (shared === null) {
      t.skip("no ../shared");
      return;
    }
    const machines = await objectsOf(join(shared, "captures", capture));
    const classes = machines.flatMap((m) => m.exporters.flatMap((e) => e.objects.map((o) => o.class)));
    assert.ok(classes.includes(name), classes.join(", "));
  });
}

test("an exporter's security bindings name the account that it runs as", async (t) => {
  const shared = sharedDir();
  if (shared === null) {
    t.skip("no ../shared");
    return;
  }
  const capture = "empire_dcom_shellwindows_WORKSTATION5_2020-09-18130751.cap";
  const machines = await objectsOf(join(shared, "captures", capture));
  const exporter = machines.flatMap((m) => m.exporters).find((e) => e.oxid === "5142cb913aa5cfce")!;
  // As tshark reads frame 153: dcom.dualstringarray.security_authn_svc and security_princ_name.
  assert.deepEqual(
    exporter.security.map(({ authn_service, principal }) => [authn_service, principal]),
    [
      ["RPC_C_AUTHN_WINNT", "THESHIRE\\sbeavers"],
      ["RPC_C_AUTHN_NEGO_EXTENDER", "THESHIRE\\sbeavers"],
      ["RPC_C_AUTHN_GSS_KERBEROS", "THESHIRE\\sbeavers"],
      ["RPC_C_AUTHN_GSS_NEGOTIATE", "THESHIRE\\sbeavers"],
      ["0x0016", "THESHIRE\\sbeavers"],
      ["RPC_C_AUTHN_PKU2U", "THESHIRE\\sbeavers"],
    ],
  );
});
