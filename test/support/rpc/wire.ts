/** One TCP connection said segment by segment, captured from wherever a test likes, and what the analyzer makes of it. */
import { Analyzer, type AnalyzerOptions } from "../../../src/analyzer.js";
import type { Frame } from "../../../src/capture/frame.js";
import type { Event } from "../../../src/events.js";
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
import { ACK, FIN, framesOf, type SegmentSpec, SYN } from "../reassembly/packets.js";

export type Side = 0 | 1;

const WHOLE = PFC.FIRST_FRAG | PFC.LAST_FRAG;
const NOTHING = new Uint8Array(0);

export class Wire {
  readonly specs: SegmentSpec[] = [];
  readonly #sequence: [number, number] = [1000, 5000];
  readonly #serverPort: number | undefined;

  /** `serverPort`: 135 where none is named. */
  constructor(serverPort?: number) {
    this.#serverPort = serverPort;
  }

  /** The connection is opened under the eyes of the capture. */
  handshake(): this {
    const [a, b] = this.#sequence;
    this.specs.push({ from: 0, seq: a - 1, flags: SYN });
    this.specs.push({ from: 1, seq: b - 1, ack: a, flags: SYN | ACK });
    this.specs.push({ from: 0, seq: a, ack: b });
    return this;
  }

  /** `data` in segments of at most `size` bytes. */
  say(from: Side, data: Uint8Array, size = 1460): this {
    for (let at = 0; at < data.length; at += size) {
      const part = data.subarray(at, at + size);
      this.specs.push({
        from,
        seq: this.#sequence[from],
        ack: this.#sequence[from === 0 ? 1 : 0],
        data: part,
      });
      this.#sequence[from] += part.length;
    }
    return this;
  }

  /** `size` bytes are sent and not captured. */
  lose(from: Side, size: number): this {
    this.#sequence[from] += size;
    return this;
  }

  close(): this {
    for (const from of [0, 1] as const) {
      const ack = this.#sequence[from === 0 ? 1 : 0];
      this.specs.push({ from, seq: this.#sequence[from], ack, flags: FIN | ACK });
    }
    return this;
  }

  frames(): Frame[] {
    return framesOf(this.specs.map((spec) => ({ ...spec, serverPort: this.#serverPort })));
  }

  events(options: AnalyzerOptions = {}): Event[] {
    const analyzer = new Analyzer(options);
    const events = this.frames().flatMap((frame) => [...analyzer.push(frame)]);
    return [...events, ...analyzer.finish()];
  }
}

export interface Head {
  flags?: number;
  little?: boolean;
  contextId?: number;
  opnum?: number;
  object?: string | null;
  allocHint?: number;
}

function header(type: PduType, callId: number, { flags = WHOLE, little = true, object = null }: Head) {
  return { type, callId, little, flags: flags | (object === null ? 0 : PFC.OBJECT_UUID) };
}

export function request(callId: number, stub: Uint8Array = NOTHING, head: Head = {}): Uint8Array {
  const { little = true, contextId = 0, opnum = 4, object = null, allocHint = stub.length } = head;
  return pdu(
    header("request", callId, head),
    requestFixed(little, allocHint, contextId, opnum, object),
    stub,
    null,
  );
}

export function response(callId: number, stub: Uint8Array = NOTHING, head: Head = {}): Uint8Array {
  const { little = true, contextId = 0, allocHint = stub.length } = head;
  return pdu(
    header("response", callId, { ...head, object: null }),
    responseFixed(little, allocHint, contextId),
    stub,
    null,
  );
}

export function fault(callId: number, status: number, head: Head = {}): Uint8Array {
  const { little = true, contextId = 0 } = head;
  return pdu(
    header("fault", callId, { ...head, object: null }),
    faultFixed(little, contextId, status),
    NOTHING,
    null,
  );
}

export function bind(callId: number, uuid: string, head: Head = {}): Uint8Array {
  const { little = true, contextId = 0 } = head;
  const items = [{ id: contextId, abstract: { uuid, version: 1 }, transfer: [SYNTAX_NDR] }];
  return pdu(header("bind", callId, head), bindBody(little, 4280, 4280, 0, items), NOTHING, null);
}

export function bindAck(callId: number, head: Head = {}): Uint8Array {
  const { little = true } = head;
  const results = [{ result: 0, reason: 0, syntax: SYNTAX_NDR }];
  return pdu(
    header("bind_ack", callId, head),
    bindAckBody(little, 4280, 4280, 7, "135", results),
    NOTHING,
    null,
  );
}
