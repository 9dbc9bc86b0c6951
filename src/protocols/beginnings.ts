/** What connections begin with, as far as offers care: how the listeners of Remote Assistance are spoken to. */
import {
  CLIENT_BYTES,
  mayBegin,
  type Recognised,
  recognise,
  SERVER_BYTES,
} from "../../dissectors/rdp/recognise.js";
import type { FlowListener } from "./flows.js";

/** The first bytes of both sides, as far as they were looked at. */
interface Beginning {
  client: Uint8Array;
  server: Uint8Array;
  recognised: Recognised | null;
}

interface Connection {
  readonly stream: number;
}

export class Beginnings implements FlowListener {
  /** By stream; null where nothing more is looked at. */
  readonly #all = new Map<number, Beginning | null>();
  readonly #tell: (stream: number, recognised: Recognised | null) => void;

  /** `tell` hears what a connection speaks, each time that more is known of it. */
  constructor(tell: (stream: number, recognised: Recognised | null) => void) {
    this.#tell = tell;
  }

  /** The next bytes of a connection. True while further ones could say more. */
  data({ stream }: Connection, direction: 0 | 1, bytes: Uint8Array, offset: number): boolean {
    let beginning = this.#all.get(stream);
    if (beginning === null) return false;
    if (beginning === undefined) {
      beginning = { client: NOTHING, server: NOTHING, recognised: null };
      this.#all.set(stream, beginning);
    }
    const known = direction === 0 ? beginning.client : beginning.server;
    const limit = direction === 0 ? CLIENT_BYTES : SERVER_BYTES;
    if (offset !== known.length) {
      this.#all.set(stream, null);
      return false;
    }
    const length = Math.min(limit, known.length + bytes.length);
    // Borrowed: most need no second look.
    const first = known.length === 0 ? bytes.subarray(0, length) : joined(known, bytes, length);
    if (direction === 0) beginning.client = first;
    else beginning.server = first;
    const before = beginning.recognised;
    const recognised = recognise(beginning.client, beginning.server);
    beginning.recognised = recognised;
    if (recognised !== null || before !== null) this.#tell(stream, recognised);
    const open = recognised?.open ?? mayBegin(beginning.client);
    // What begins like nothing that is known here is not waited for.
    if (length < limit && open) {
      if (direction === 0) beginning.client = first.slice();
      else beginning.server = first.slice();
      return true;
    }
    this.#all.set(stream, null);
    return false;
  }

  /** Nobody looks at it any more. */
  forget({ stream }: Connection): void {
    this.#all.delete(stream);
  }
}

const NOTHING = new Uint8Array(0);

function joined(known: Uint8Array, more: Uint8Array, length: number): Uint8Array {
  const all = new Uint8Array(length);
  all.set(known);
  all.set(more.subarray(0, length - known.length), known.length);
  return all;
}
