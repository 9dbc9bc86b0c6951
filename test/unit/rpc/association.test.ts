/** What an association says of its connection. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import { Conversation, type Side } from "../../lab/conversation.js";
import { make, type Shape } from "../../lab/recipe.js";
import { bindAckBody, bindBody, type PduType, PFC, pdu, SYNTAX_NDR } from "../../lab/rpc.js";
import { UUID } from "../../support/rpc/talk.js";
import { analyze, ofKind } from "../../support/run.js";

/** Binds and alter_contexts, with the secondary address of those that answer. */
type Said = [from: Side, type: PduType, secondary?: string];

async function secondaryOf(t: TestContext, little: boolean, ...said: Said[]): Promise<string | null> {
  const talk = new Conversation("secondary", "2024-05-14T08:00:00Z");
  const connection = talk.connect({ address: "10.0.0.1", port: 50000 }, { address: "10.0.0.2", port: 135 });
  const items = [{ id: 0, abstract: { uuid: UUID, version: 1 }, transfer: [SYNTAX_NDR] }];
  const results = [{ result: 0, reason: 0, syntax: SYNTAX_NDR }];
  for (const [from, type, secondary = ""] of said) {
    const header = { type, flags: PFC.FIRST_FRAG | PFC.LAST_FRAG, callId: 1, little };
    const body =
      from === "client"
        ? bindBody(little, 4280, 4280, 0, items)
        : bindAckBody(little, 4280, 4280, 7, secondary, results);
    talk.say(connection, from, pdu(header, body, new Uint8Array(0), null));
  }
  const shape: Shape = { talk, file: { format: "pcap", nanoseconds: true } };
  const { capture } = make({ name: "secondary.pcap", about: "", make: () => shape });
  const folder = mkdtempSync(join(tmpdir(), "raiscope-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const path = join(folder, "secondary.pcap");
  writeFileSync(path, capture);
  return ofKind(await analyze([path]), "association")[0]!.secondary_address;
}

test("the secondary address is the bind_ack's, [C706] 12.6.4.4", async (t) => {
  for (const little of [true, false]) {
    for (const address of ["135", "\\PIPE\\lsass", "49664"]) {
      const said: Said[] = [
        ["client", "bind"],
        ["server", "bind_ack", address],
      ];
      assert.equal(await secondaryOf(t, little, ...said), address);
    }
  }
});

test("an alter_context_resp leaves it out, and one that names it is believed", async (t) => {
  const said: Said[] = [
    ["client", "bind"],
    ["server", "bind_ack", "135"],
    ["client", "alter_context"],
  ];
  assert.equal(await secondaryOf(t, true, ...said, ["server", "alter_context_resp"]), "135");
  assert.equal(
    await secondaryOf(t, true, ["client", "alter_context"], ["server", "alter_context_resp", "49664"]),
    "49664",
  );
});

test("empty where the bind_ack left it empty, null where no answer reported", async (t) => {
  assert.equal(await secondaryOf(t, true, ["client", "bind"], ["server", "bind_ack", ""]), "");
  assert.equal(await secondaryOf(t, true, ["client", "bind"]), null);
  assert.equal(
    await secondaryOf(t, true, ["client", "alter_context"], ["server", "alter_context_resp"]),
    null,
  );
});
