/** Finished calls out of stubs that the lab speaks, and a run to decode them by. */

import { NATIVES } from "../../../dissectors/natives/table.js";
import type { NdrContext } from "../../../dissectors/ndr/decode.js";
import { decodeCall } from "../../../src/call/decode-call.js";
import type { DecodedCall } from "../../../src/call/decoded-call.js";
import type { Fact } from "../../../src/facts/fact.js";
import { type Facts, factsOf } from "../../../src/facts/facts-of.js";
import { shippedInterfaces } from "../../../src/interfaces.js";
import type { FinishedCall, SideBytes } from "../../../src/rpc/finished-call.js";
import { NO_AUTH } from "../../../src/rpc/security/records.js";
import { RunState } from "../../../src/run/run-state.js";
import { IID, type Spoken } from "../../lab/dcom.js";

export const CLIENT = "192.0.2.10";
export const SERVER = "192.0.2.20";
/** IPID of an object that nothing names. */
export const CALLED = "00008c00-b208-c945-a8d7-769a0ccef7f5";

function side(stub: Uint8Array, frame: number): SideBytes {
  const at = { seconds: 1_600_000_000 + frame, nanos: 0, digits: 6 } as const;
  return {
    parts: [stub],
    size: stub.length,
    littleEndian: true,
    whole: true,
    sealed: false,
    decrypted: null,
    verified: null,
    frames: [frame],
    sequence: 1,
    message: null,
    first: at,
    last: at,
    contextId: 0,
    allocHint: stub.length,
    characters: "ascii",
    floats: "ieee",
    fragments: 1,
    pduBytes: 24,
    version: "5.0",
    bytes: stub.length,
  };
}

/** The lab's call as it is handed on: on the object `object`, its request in `frame`, its response in the next. */
export function finished(spoken: Spoken, object: string | null = null, frame = 1): FinishedCall {
  const uuid = IID[spoken.interface];
  return {
    id: frame,
    channel: {
      association: 0,
      stream: 0,
      transport: { protseq: "ncacn_ip_tcp", endpoint: "135", smb: null },
      client: { address: CLIENT, port: 49152 },
      server: { address: SERVER, port: 135 },
      file: null,
      communityId: null,
    },
    callId: frame,
    contextId: 0,
    opnum: spoken.opnum,
    activity: null,
    callback: false,
    object,
    drep: 0x10,
    claim: {
      uuid,
      version: "0.0",
      major: 0,
      transfer: "ndr",
      from: "context",
      acknowledged: true,
      refused: false,
    },
    request: side(spoken.request, frame),
    response: spoken.response === null ? null : side(spoken.response, frame + 1),
    fault: null,
    cancels: 0,
    auth: NO_AUTH,
    headerSigning: null,
    notes: [],
  };
}

export function newRun(): RunState {
  const table = shippedInterfaces();
  const context = (syntax: "ndr" | "ndr64"): NdrContext => ({
    syntax,
    natives: NATIVES,
    types: table.types,
    interfaceName: table.interfaceName,
  });
  return new RunState(table, { ndr: context("ndr"), ndr64: context("ndr64") });
}

export interface Reported extends Facts {
  decoded: DecodedCall;
}

/** What the call says to a run, which remembers it. */
export function report(run: RunState, call: FinishedCall): Reported {
  const decoded = decodeCall(call, run);
  const reported = factsOf(decoded, run.table);
  run.apply(decoded, reported.facts);
  return { ...reported, decoded };
}

/** What one call alone says. */
export function factsAlone(spoken: Spoken, object: string | null = null): readonly Fact[] {
  return report(newRun(), finished(spoken, object)).facts;
}
