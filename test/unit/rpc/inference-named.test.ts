/** Which interfaces an unnamed call is tried as: those that its two machines named, and no others, whatever else was read. */
import assert from "node:assert/strict";
import test from "node:test";
import { shippedInterfaces } from "../../../src/interfaces.js";
import { MAX_NAMED } from "../../../src/run/inference.js";
import { IID, orpcThat, orpcThis } from "../../lab/dcom.js";
import { eptMap } from "../../lab/epm.js";
import { remQueryInterface } from "../../lab/exporter.js";
import { LITTLE, Ndr } from "../../lab/ndr.js";
import { bstr } from "../../lab/oaut.js";
import { bind, bindAck, request, response, Wire } from "../../support/rpc/wire.js";
import { calls, ofKind } from "../../support/run.js";

const WINREG = "338cd001-2244-31f1-aaaa-900038001003";
const SERVICES = "9556dc99-828c-11cf-a37e-00aa003240c7";
const CID = "14fdb91d-86c0-4256-a120-105c7f349dc6";
const IPID = "00008c00-b208-c945-a8d7-769a0ccef7f5";

/** [MS-RRP] 3.1.5.15: BaseRegOpenKey, opnum 15. */
function openKey(wire: Wire, callId: number): Wire {
  const key = "SOFTWARE\\Classes";
  const asked = new Ndr(LITTLE).bytes(new Uint8Array(20));
  asked.param(() => {
    const size = 2 * (key.length + 1);
    asked
      .u16(size)
      .u16(size)
      .pointer(() => asked.wideString(key));
  });
  asked.align(4).u32(0).u32(0x20019);
  const answered = new Ndr(LITTLE).bytes(new Uint8Array(20).fill(7)).u32(0);
  return wire
    .say(0, request(callId, asked.done(), { contextId: 1, opnum: 15 }))
    .say(1, response(callId, answered.done(), { contextId: 1 }));
}

/** Another connection of the same two machines. */
function beside(wire: Wire, other: Wire): Wire {
  const both = new Wire();
  both.specs.push(...other.specs.map((s) => ({ ...s, port: 40_001 })), ...wire.specs);
  return both;
}

const named = (wire: Wire, opnum: number): (string | null)[] =>
  calls(wire.events())
    .filter((c) => c.opnum === opnum)
    .map((c) => `${c.interface.name}.${c.method}`);

const bound = (uuid: string): Wire => new Wire().say(0, bind(1, uuid)).say(1, bindAck(1)).close();

test("an interface that one machine bound on another connection is found by what its calls hold", () => {
  const alone = openKey(new Wire(), 2).close();
  assert.deepEqual(named(alone, 15), ["null.null"]);
  assert.deepEqual(named(beside(alone, bound(WINREG)), 15), ["winreg.BaseRegOpenKey"]);
  assert.deepEqual(named(beside(alone, bound(SERVICES)), 15), ["null.null"]);
});

test("what was read for others changes nothing", () => {
  const table = shippedInterfaces();
  const tried = (): number => table.candidates(15, []).length;
  const before = tried();
  const winreg = table.find(WINREG)!;
  assert.equal(winreg.methods[15]?.params.length, 5);
  for (const iface of table.catalogued().slice(0, 100)) void iface.methods[15]?.params;
  // Classes that scripts drive are read at once where a user's file is.
  assert.equal(table.find("85cb6900-4d95-11cf-960c-0080c7f4ee85")?.name, "IShellWindows");
  assert.equal(tried(), before);
  assert.deepEqual(
    table
      .candidates(15, [WINREG, "11111111-2222-3333-4444-555555555555"])
      .slice(before)
      .map(({ iface, method }) => `${iface.name}.${method.name}`),
    ["winreg.BaseRegOpenKey"],
  );
  assert.deepEqual(named(openKey(new Wire(), 2).close(), 15), ["null.null"]);
});

test("the endpoint mapper's answer names an interface for both machines", () => {
  const { opnum, request: asked, response: answered } = eptMap(LITTLE, "IRASrv", 49664, "10.0.0.2");
  const guid = (uuid: string): Uint8Array => new Ndr(LITTLE).guid(uuid).done();
  const swap = (stub: Uint8Array): Uint8Array => {
    const at = Buffer.from(stub).indexOf(guid(IID.IRASrv));
    const copy = Uint8Array.from(stub);
    copy.set(guid(WINREG), at);
    return copy;
  };
  const mapper = new Wire()
    .say(0, bind(1, IID.ept))
    .say(1, bindAck(1))
    .say(0, request(2, swap(asked), { opnum }))
    .say(1, response(2, swap(answered!)))
    .close();
  assert.deepEqual(named(beside(openKey(new Wire(), 2).close(), mapper), 15), ["winreg.BaseRegOpenKey"]);
});

test("a reference to an object names its interface for other objects between the same machines", () => {
  const question = orpcThis(LITTLE, CID);
  for (const text of ["WQL", "SELECT * FROM Win32_Process"]) {
    question.param(() => {
      bstr(question, text);
    });
  }
  question.u32(0x30).u32(0);
  const answer = orpcThat(LITTLE).u32(0).u32(0x80041010);
  const query = (wire: Wire): Wire =>
    wire
      .say(0, request(9, question.done(), { contextId: 1, opnum: 20, object: IPID }))
      .say(1, response(9, answer.done(), { contextId: 1 }))
      .close();
  assert.deepEqual(named(query(new Wire()), 20), ["null.null"]);
  const asked = remQueryInterface(LITTLE, CID, "IRemUnknown2", "00009000-b208-c945-a8d7-769a0ccef7f6", [
    { iid: SERVICES, hresult: 0x80004002, ref: null },
    { iid: IID.IDispatch, hresult: 0x80004002, ref: null },
  ]);
  const from = (spoken: typeof asked): Wire =>
    new Wire()
      .say(0, bind(1, IID.IRemUnknown2))
      .say(1, bindAck(1))
      .say(
        0,
        request(2, spoken.request, { opnum: spoken.opnum, object: "00009000-b208-c945-a8d7-769a0ccef7f6" }),
      )
      .say(1, response(2, spoken.response!))
      .close();
  // What was refused is no interface that these machines use.
  assert.deepEqual(named(beside(query(new Wire()), from(asked)), 20), ["null.null"]);
  const given = remQueryInterface(LITTLE, CID, "IRemUnknown2", "00009000-b208-c945-a8d7-769a0ccef7f6", [
    {
      iid: SERVICES,
      hresult: 0,
      ref: {
        iid: SERVICES,
        flags: 0,
        publicRefs: 5,
        oxid: 1n,
        oid: 2n,
        ipid: "0000a000-b208-c945-a8d7-769a0ccef7f8",
        bindings: { strings: [], security: [] },
      },
    },
  ]);
  assert.deepEqual(named(beside(query(new Wire()), from(given)), 20), ["IWbemServices.ExecQuery"]);
});

test("what is named later is tried with the calls that come later", () => {
  const wire = openKey(new Wire(), 2);
  const before = wire.specs.length;
  openKey(wire, 3).close();
  const both = new Wire();
  const other = bound(WINREG).specs.map((s) => ({ ...s, port: 40_001 }));
  both.specs.push(...wire.specs.slice(0, before), ...other, ...wire.specs.slice(before));
  assert.deepEqual(named(both, 15), ["null.null", "winreg.BaseRegOpenKey"]);
});

test("two machines may name as many interfaces as they like: so many are tried, and it is said", () => {
  const wire = new Wire();
  for (let i = 0; i <= MAX_NAMED; i++) {
    wire.say(0, bind(i + 1, `${(i + 1).toString(16).padStart(8, "0")}-2244-31f1-aaaa-900038001003`));
  }
  const events = wire.close().events();
  assert.ok(ofKind(events, "note").some((n) => n.code === "inference-limit"));
});
