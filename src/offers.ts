/**
 * Offers: what the calls of one Remote Assistance initiation say together, over all its connections. Made from records and
 * from the coming and going of TCP conversations; nothing is parsed here.
 */
import type { AssociationRecord, CallRecord, OfferRecord } from "./events.js";
import type { InterfaceTable } from "./interfaces.js";
import type { Flow } from "./reassembly/flow.js";
import type { ObjectTable } from "./rpc/objects.js";
import type { Instant } from "./time.js";

export class OfferBook {
  readonly #table: InterfaceTable;
  readonly #objects: ObjectTable;

  constructor(table: InterfaceTable, objects: ObjectTable) {
    this.#table = table;
    this.#objects = objects;
  }

  /** A call left, in order of output. Answers the offers that are known to be over. */
  call(_record: CallRecord): OfferRecord[] {
    return [];
  }

  association(_record: AssociationRecord): void {}

  /** A TCP conversation was met. */
  conversationOpened(_flow: Flow, _at: Instant): void {}

  /** The first octets of a conversation, for recognising what is spoken on a listener. */
  conversationData(_flow: Flow, _direction: 0 | 1, _bytes: Uint8Array, _offset: number): void {}

  conversationClosed(_flow: Flow, _at: Instant): void {}

  /** The capture ended: every offer that is still open. */
  finish(): OfferRecord[] {
    void this.#table;
    void this.#objects;
    return [];
  }
}
