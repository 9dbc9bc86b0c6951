/** Limits of the whole run beside that on memory: each is reported once, when it was reached. */
import { MAX_ITERATIONS } from "../dissectors/kerberos/limits.js";
import { MAX_ADDRESSES, MAX_NAMES } from "./offers/connections/machine-names.js";
import {
  MAX_LEARNED_KEY_GUESSES,
  MAX_LEARNED_KEYS,
  MAX_LEARNED_PASSWORD,
  MAX_LEARNED_PASSWORDS,
  MAX_PENDING,
  MAX_ROUNDS,
  MAX_SALT,
  MAX_SALTS,
  MAX_SESSION_KEY_GUESSES,
  type ReachedKeyLimits,
} from "./rpc/security/key-limits.js";
import { MAX_CIM_CLASSES } from "./run/cim-classes.js";
import { MAX_NAMED, MAX_PAIRS } from "./run/inference.js";
import {
  MAX_OBJECT_INTERFACES,
  MAX_OBJECT_STREAMS,
  MAX_OBJECTS,
  MAX_SECURITY_BINDINGS,
} from "./run/objects.js";
import type { RunState } from "./run/run-state.js";

interface Limit {
  code: string;
  message: string;
  reached(): boolean;
}

export interface Limited {
  run: RunState;
  streams: { readonly historyFull: boolean; readonly numbersFull: boolean };
  /** Null where calls are asked for out of order. */
  queue: { readonly overtaken: number } | null;
  /** Null where offers are not put together. */
  offers: { readonly namesFull: boolean } | null;
  /** Null where no secrets were given. */
  keys: {
    readonly limited: Readonly<ReachedKeyLimits>;
  } | null;
}

export class Limits {
  /** Those that were not reported yet. */
  #left: readonly Limit[];

  constructor({ run, streams, queue, offers, keys }: Limited) {
    this.#left = [
      {
        code: "order-limit",
        message: "calls are reported before an earlier one that has no response yet: too many wait for it",
        reached: () => queue !== null && queue.overtaken > 0,
      },
      {
        code: "objects-limit",
        message: `more than ${MAX_OBJECTS} object references, objects or exporters: the least recently used are evicted`,
        reached: () => run.objects.forgotten > 0,
      },
      {
        code: "names-limit",
        message:
          "more names or types of automation objects were given out than are kept, or longer ones: members may be shown without their names",
        reached: () => run.names.full,
      },
      {
        code: "inference-limit",
        message: `more than ${MAX_PAIRS} pairs of machines asked for Remote Assistance or named interfaces, or more than ${MAX_NAMED} interfaces by one pair: not all are kept`,
        reached: () => run.inference.full,
      },
      {
        code: "announcements-limit",
        message: "more endpoints were announced than are kept: the oldest are evicted",
        reached: () => run.announcements.full,
      },
      {
        code: "cim-classes-limit",
        message: `more than ${MAX_CIM_CLASSES} CIM classes of WMI's answers: instances of the oldest are not decoded`,
        reached: () => run.cimClasses.full,
      },
      {
        code: "datagram-numbers-limit",
        message:
          "more UDP conversations than are kept: numbers of those that begin later may differ from Wireshark's",
        reached: () => streams.numbersFull,
      },
      {
        code: "history-limit",
        message: "more conversations are open than can be checked for conflicting retransmissions",
        reached: () => streams.historyFull,
      },
      {
        code: "objects-limit",
        message: `more than ${MAX_OBJECT_INTERFACES} interfaces of one object, ${MAX_OBJECT_STREAMS} conversations of one interface, or ${MAX_SECURITY_BINDINGS} security bindings of one exporter: further ones are not kept`,
        reached: () => run.objects.cut,
      },
    ];
    if (offers !== null) {
      this.#left = this.#left.concat({
        code: "machine-names-limit",
        message: `more than ${MAX_NAMES} names of machines, or ${MAX_ADDRESSES} addresses of one name: not all are kept, and a connection to a novice may not be recognised by its name`,
        reached: () => offers.namesFull,
      });
    }
    if (keys !== null) this.#left = this.#left.concat(ofKeys(keys));
  }

  /** Limits that were reached since the last call of this method. */
  take(): readonly Limit[] {
    if (!this.#left.some((limit) => limit.reached())) return NONE;
    const reached = this.#left.filter((limit) => limit.reached());
    this.#left = this.#left.filter((limit) => !reached.includes(limit));
    return reached;
  }
}

/** Limits on what is learned of Kerberos, and tried. */
function ofKeys(keys: NonNullable<Limited["keys"]>): Limit[] {
  return [
    {
      code: "keys-limit",
      message: `more than ${MAX_SALTS} salts, or one of more than ${MAX_SALT} characters: passwords are not tried with the others`,
      reached: () => keys.limited.salts,
    },
    {
      code: "keys-limit",
      message: `deriving keys from passwords would take more rounds than allowed (${MAX_ROUNDS} in all, ${MAX_ITERATIONS} for one key): passwords are not tried with every salt`,
      reached: () => keys.limited.rounds,
    },
    {
      code: "keys-limit",
      message: `more Kerberos exchanges than are kept (${MAX_LEARNED_KEYS} session keys, ${MAX_PENDING} requests without an answer): the keys of the oldest are evicted`,
      reached: () => keys.limited.keys,
    },
    {
      code: "keys-limit",
      message: `not all session keys were tried on a context that stayed encrypted: of those given the first ${MAX_SESSION_KEY_GUESSES} are tried on an NTLM context whose handshake proves none, of those learned the latest ${MAX_LEARNED_KEY_GUESSES} where nothing says which is meant`,
      reached: () => keys.limited.guesses,
    },
    {
      code: "keys-limit",
      message: `more than ${MAX_LEARNED_PASSWORDS} new passwords were learned, or one of more than ${MAX_LEARNED_PASSWORD} characters: no keys are made of the others`,
      reached: () => keys.limited.passwords,
    },
    {
      code: "keys-limit",
      message:
        "not all requests of an LDAP or HTTP connection were searched for Kerberos tokens: they are too many or too long, or their answers are, and credentials that they forward may be missed",
      reached: () => keys.limited.tokens,
    },
  ];
}

const NONE: readonly Limit[] = [];
