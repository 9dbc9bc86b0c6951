/** Every field of SMB's messages: the captures of the project have no byte without a name. */
import assert from "node:assert/strict";
import test from "node:test";
import { readFrameFields } from "../../../dissectors/ip/frame-fields.js";
import { beginsSessionPacket, readSessionPacket } from "../../../dissectors/smb/fields.js";
import { WireError } from "../../../dissectors/wire/errors.js";
import type { Reader } from "../../../dissectors/wire/reader.js";
import { Frame } from "../../../src/capture/frame.js";
import { openInputs } from "../../../src/capture/node/open.js";
import { readHandshakeToken } from "../../../src/explain/token.js";
import { CAPTURES } from "../../support/golden.js";
import { insideOf, leavesOf, linesOf, tracedOf, uncovered } from "../../support/traced.js";

function session(r: Reader): void {
  while (beginsSessionPacket(r)) readSessionPacket(r, readHandshakeToken);
}

/** The payloads of TCP that begin with a whole session packet. */
async function packetsOf(name: string): Promise<Uint8Array[]> {
  const source = await openInputs([`${CAPTURES}/${name}`]);
  const frame = new Frame();
  const found: Uint8Array[] = [];
  while (await source.next(frame)) {
    const bytes = frame.data.slice(frame.start, frame.end);
    tracedOf(bytes, (r) => {
      const payload = readFrameFields(r, frame.linkType);
      if (payload?.protocol !== "tcp") return;
      const data = bytes.slice(payload.start, payload.end);
      tracedOf(data, (inner) => {
        if (beginsSessionPacket(inner)) found.push(data);
      });
    });
  }
  await source.close();
  return found;
}

for (const name of ["pipes.pcapng", "pipes-encrypted.pcapng"]) {
  test(`${name}: no byte of a session packet is without a name, and none is undecoded`, async () => {
    const packets = await packetsOf(name);
    assert.ok(packets.length > 10);
    for (const bytes of packets) {
      let end = 0;
      const root = tracedOf(bytes, (r) => {
        session(r);
        end = r.offset;
      });
      assert.deepEqual(uncovered(root, 0, end), []);
      const names = leavesOf(root).map((leaf) => leaf.name);
      assert.ok(!names.includes("undecoded"), names.join());
    }
  });
}

test("names of a message of SMB 2 and of one of SMB 1", async () => {
  const lines = (await packetsOf("pipes.pcapng")).map((bytes) =>
    linesOf(tracedOf(bytes, session)).join("\n"),
  );
  const all = lines.join("\n");
  for (const wanted of [
    /SMB2 CREATE Request/,
    /DesiredAccess \d+\+4/,
    /Name \d+\+\d+ \w+/,
    /FileId \d+\+16/,
    /Command \d+\+2 SESSION_SETUP/,
    /negTokenInit/,
    /NtLmAuthenticate/,
  ])
    assert.match(all, wanted);
});

test("damaged and cut messages: nothing lies outside", async () => {
  for (const bytes of await packetsOf("pipes.pcapng")) {
    for (let at = 4; at < bytes.length; at += 7) {
      const copy = bytes.slice();
      copy[at] = copy[at]! ^ 0xff;
      const root = tracedOf(copy, (r) => {
        try {
          session(r);
        } catch (fault) {
          if (!(fault instanceof WireError)) throw fault;
        }
      });
      assert.ok(insideOf(root, copy.length));
    }
  }
});
