/**
 * Transactions of SMB 1 on a named pipe: data that come in several messages are put in order by their displacement ([MS-CIFS]
 * 2.2.4.33, 2.2.4.34). What is in its place is handed on at once, so that only what comes too early is held.
 */
import type { PipeUse, TransactionPart } from "../../../dissectors/smb/smb1-transaction.js";
import type { Out } from "../../rpc/output.js";
import type { SmbConnection } from "./connection.js";
import type { SmbMessage } from "./message.js";
import type { Pipe, Pipes } from "./pipes.js";

/** Messages of one side that are held until those before them come. */
const MAX_HELD = 64;

interface Held {
  message: SmbMessage;
  mid: number;
  part: TransactionPart;
}

/** What is held outlives the message that it came in. */
function copyOf(message: SmbMessage): SmbMessage {
  return { ...message, bytes: message.bytes.slice(), runs: [...message.runs] };
}

/** One side of a transaction. */
class Side {
  readonly #from: 0 | 1;
  readonly #owner: Transaction;
  /** Bytes handed on. */
  #next = 0;
  #total = 0;
  #held: Held[] = [];
  #heldBytes = 0;

  constructor(from: 0 | 1, owner: Transaction) {
    this.#from = from;
    this.#owner = owner;
  }

  /** All that was announced is handed on. */
  get whole(): boolean {
    return this.#next >= this.#total;
  }

  take(message: SmbMessage, mid: number, part: TransactionPart, out: Out): void {
    // A later message may announce less than the first one did.
    this.#total = part.TotalDataCount;
    if (part.DataDisplacement > this.#next) {
      this.#hold(message, mid, part, out);
      return;
    }
    this.#hand(message, mid, part, out);
    this.#release(out);
  }

  /** Nothing more comes: what is held goes out behind the gap before it. */
  end(out: Out): void {
    this.#held.sort((a, b) => a.part.DataDisplacement - b.part.DataDisplacement);
    for (const { message, mid, part } of this.#held) {
      this.#miss(message, mid, part.DataDisplacement - this.#next, out);
      this.#hand(message, mid, part, out);
    }
    this.#drop(this.#held.length);
  }

  #hand(
    message: SmbMessage,
    mid: number,
    { DataDisplacement, DataCount, DataOffset }: TransactionPart,
    out: Out,
  ): void {
    const again = this.#next - DataDisplacement;
    if (again >= DataCount) return;
    const part = { start: DataOffset + again, length: DataCount - again };
    this.#next = DataDisplacement + DataCount;
    this.#owner.hand(this.#from, message, mid, part, out);
  }

  #miss(message: SmbMessage, mid: number, size: number, out: Out): void {
    if (size <= 0) return;
    this.#next += size;
    this.#owner.hand(this.#from, message, mid, { start: message.bytes.length, length: size }, out);
  }

  #hold(message: SmbMessage, mid: number, part: TransactionPart, out: Out): void {
    if (this.#held.length >= MAX_HELD) {
      const text = `more than ${MAX_HELD} messages of one SMB transaction come before those that they follow: they are taken as they are`;
      this.#owner.noteOnce("smb-transaction-limit", text, message, out);
      this.end(out);
    }
    if (part.DataDisplacement <= this.#next) {
      this.#hand(message, mid, part, out);
      return;
    }
    this.#held.push({ message: copyOf(message), mid, part });
    this.#heldBytes += message.bytes.length;
    this.#owner.charge(message.bytes.length);
  }

  /** What was held and is in its place now. */
  #release(out: Out): void {
    if (this.#held.length === 0) return;
    this.#held.sort((a, b) => a.part.DataDisplacement - b.part.DataDisplacement);
    let ready = 0;
    while (ready < this.#held.length && this.#held[ready]!.part.DataDisplacement <= this.#next) {
      const { message, mid, part } = this.#held[ready++]!;
      this.#hand(message, mid, part, out);
    }
    this.#drop(ready);
  }

  #drop(count: number): void {
    if (count === 0) return;
    this.#held.splice(0, count);
    const left = this.#held.reduce((sum, { message }) => sum + message.bytes.length, 0);
    this.#owner.charge(left - this.#heldBytes);
    this.#heldBytes = left;
  }
}

export class Transaction {
  readonly use: PipeUse;
  readonly pipe: Pipe;
  readonly #connection: SmbConnection;
  readonly #pipes: Pipes;
  readonly #request: Side;
  readonly #response: Side;

  constructor(use: PipeUse, pipe: Pipe, client: 0 | 1, connection: SmbConnection, pipes: Pipes) {
    this.use = use;
    this.pipe = pipe;
    this.#connection = connection;
    this.#pipes = pipes;
    this.#request = new Side(client, this);
    this.#response = new Side(client === 0 ? 1 : 0, this);
  }

  /** A part of the request. */
  asked(message: SmbMessage, mid: number, part: TransactionPart, out: Out): void {
    if (this.use.request) this.#request.take(message, mid, part, out);
  }

  /** A part of the answer; true where it was the last. */
  answered(message: SmbMessage, mid: number, part: TransactionPart, out: Out): boolean {
    if (!this.use.response) return true;
    this.#response.take(message, mid, part, out);
    return this.#response.whole;
  }

  /** It is over, whole or not. */
  end(out: Out): void {
    this.#request.end(out);
    this.#response.end(out);
  }

  /** Bytes of the pipe in their order. */
  hand(
    from: 0 | 1,
    message: SmbMessage,
    mid: number,
    part: { start: number; length: number },
    out: Out,
  ): void {
    this.#pipes.data(this.pipe, from, message, mid, part, out);
  }

  charge(bytes: number): void {
    this.#connection.account.charge(bytes);
  }

  noteOnce(code: string, message: string, { runs }: SmbMessage, out: Out): void {
    this.#connection.noteOnce({ severity: "warning", code, message }, runs[0]!, out);
  }
}
