/** One connection that speaks an interface given as IDL, said PDU by PDU, and what the analyzer makes of it. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import type { Event } from "../../../src/events.js";
import { loadInterfaces } from "../../../src/interfaces.js";
import { Conversation, type Side } from "../../lab/conversation.js";
import { make, type Shape } from "../../lab/recipe.js";
import {
  bindAckBody,
  bindBody,
  faultFixed,
  type PduType,
  PFC,
  pdu,
  requestFixed,
  responseFixed,
  SYNTAX_NDR,
} from "../../lab/rpc.js";
import { analyze } from "../run.js";

export const UUID = "12345678-4321-abcd-ef00-0123456789ab";

export interface More {
  /** 2 where it is not given. */
  callId?: number;
  /** First and last fragment where they are not given. */
  flags?: number;
  contextId?: number;
  object?: string;
}

/** Who sends what; a fault's number is its status. */
export type Step = [from: Side, type: PduType, opnum: number, stub: Uint8Array, more?: More];

const WHOLE = PFC.FIRST_FRAG | PFC.LAST_FRAG;
const NOTHING = new Uint8Array(0);

/** The records of a connection that binds to version 1.0 of the interface UUID, and of what is said on it then. */
export async function talk(t: TestContext, idl: string, steps: readonly Step[]): Promise<Event[]> {
  const { table } = loadInterfaces([{ name: "talk.idl", text: idl }]);
  return analyze([capture(t, steps)], { interfaces: table });
}

/** The path of a capture of such a connection. */
export function capture(t: TestContext, steps: readonly Step[]): string {
  const said = new Conversation("talk", "2024-05-14T08:00:00Z");
  const connection = said.connect({ address: "10.0.0.1", port: 50000 }, { address: "10.0.0.2", port: 135 });
  const header = { flags: WHOLE, callId: 1, little: true };
  const items = [{ id: 0, abstract: { uuid: UUID, version: 1 }, transfer: [SYNTAX_NDR] }];
  const bind = bindBody(true, 4280, 4280, 0, items);
  const ack = bindAckBody(true, 4280, 4280, 7, "135", [{ result: 0, reason: 0, syntax: SYNTAX_NDR }]);
  said.say(connection, "client", pdu({ ...header, type: "bind" }, bind, NOTHING, null));
  said.say(connection, "server", pdu({ ...header, type: "bind_ack" }, ack, NOTHING, null));
  for (const [from, type, opnum, stub, more = {}] of steps) {
    const { callId = 2, contextId = 0, object = null } = more;
    const flags = (more.flags ?? WHOLE) | (object === null ? 0 : PFC.OBJECT_UUID);
    const fixed =
      type === "request"
        ? requestFixed(true, stub.length, contextId, opnum, object)
        : type === "fault"
          ? faultFixed(true, contextId, opnum)
          : responseFixed(true, stub.length, contextId);
    said.say(connection, from, pdu({ type, flags, callId, little: true }, fixed, stub, null));
  }
  const shape: Shape = { talk: said, file: { format: "pcap", nanoseconds: true } };
  const made = make({ name: "talk.pcap", about: "", make: () => shape });
  const folder = mkdtempSync(join(tmpdir(), "raiscope-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const path = join(folder, "talk.pcap");
  writeFileSync(path, made.capture);
  return path;
}
