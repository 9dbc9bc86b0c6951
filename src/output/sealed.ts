/**
 * What would decrypt the rest: the calls, and the messages of SMB sessions, that stayed encrypted, by whose key opens
 * them, as one line above a transcript. Accounts come from the handshakes, principals of services from the tickets.
 *
 * Not handled: keys of Netlogon and TLS, which are not taken.
 */

import type { AssociationRecord, CallRecord, KerberosRecord, NoteRecord, SecurityRecord } from "../events.js";
import { account, counted, cutAt } from "./format.js";
import { conversationKey } from "./transport.js";

/** Conversations whose calls are counted until it is known whose they are, and owners of keys that are told apart. */
const MAX_OPEN = 4_096;
const MAX_OWNERS = 256;
/** Owners that the line names. */
const SHOWN_OWNERS = 6;

/** What a handshake says of who has the key. */
type Who = Pick<SecurityRecord, "type" | "mechanism" | "user" | "domain" | "workstation"> & {
  kerberos?: KerberosRecord | null;
};

interface Count {
  calls: number;
  messages: number;
}

interface Owned extends Count {
  key: Key;
}

/** What opens something, in words that follow "give"; or that nothing does. */
interface Key {
  text: string;
  opens: boolean;
}

/** Calls of one security context, until its association is over. */
interface Open {
  who: Who;
  calls: number;
}

export class Sealed {
  /** By conversation, then by the number of the security context. */
  readonly #open = new Map<string, Map<number | null, Open>>();
  /** By what would open them, in words. */
  readonly #owners = new Map<string, Owned>();
  readonly #further: Count = { calls: 0, messages: 0 };
  readonly #all: Count = { calls: 0, messages: 0 };
  #calls = 0;
  #named = 0;

  call(call: CallRecord): void {
    this.#calls++;
    if (call.stub.request !== "encrypted" && call.stub.response !== "encrypted") return;
    this.#all.calls++;
    const key = conversationKey(call);
    let contexts = this.#open.get(key);
    if (contexts === undefined) {
      if (this.#open.size >= MAX_OPEN) this.#settle(this.#open.keys().next().value!, null);
      contexts = new Map();
      this.#open.set(key, contexts);
    }
    const { context_id: id } = call.auth;
    const known = contexts.get(id);
    if (known === undefined) contexts.set(id, { who: call.auth, calls: 1 });
    else {
      known.calls++;
      // Later calls may know more: the handshake goes on.
      known.who = call.auth;
    }
  }

  /** A conversation is over: what its handshakes said is known. */
  association(association: AssociationRecord): void {
    this.#settle(conversationKey(association), association);
  }

  note({ sealed }: NoteRecord): void {
    if (sealed === undefined) return;
    this.#all.messages += sealed.messages;
    const key = sealed.auth === null ? SESSION_KEY : keyOf(sealed.auth);
    this.#count(key, { calls: 0, messages: sealed.messages });
  }

  #settle(key: string, association: AssociationRecord | null): void {
    const contexts = this.#open.get(key);
    if (contexts === undefined) return;
    this.#open.delete(key);
    for (const [id, { who, calls }] of contexts) {
      const said = association?.security_contexts.find((one) => one.context_id === id);
      this.#count(keyOf(said ?? who), { calls, messages: 0 });
    }
  }

  #count(key: Key, more: Count): void {
    let count: Count | undefined = this.#owners.get(key.text);
    if (count === undefined) {
      if (this.#owners.size >= MAX_OWNERS) count = this.#further;
      else {
        const owned = { key, calls: 0, messages: 0 };
        this.#owners.set(key.text, owned);
        count = owned;
      }
    }
    count.calls += more.calls;
    count.messages += more.messages;
  }

  /** What is to be given, of all that was met since the last call of this, for a source that never ends. */
  takeNew(): string[] {
    const fresh = [...this.#owners.values()].slice(this.#named);
    this.#named = this.#owners.size;
    return fresh.map(({ key }) => (key.opens ? `to decrypt, give ${key.text}` : key.text));
  }

  /** The line; null where nothing is encrypted. `sofar`: more of the input follows. */
  line(sofar: boolean, full = false): string | null {
    if (!sofar) for (const key of [...this.#open.keys()]) this.#settle(key, null);
    const { calls, messages } = this.#all;
    if (calls + messages === 0) return null;
    const what = [
      ...(calls === 0
        ? []
        : [calls === this.#calls ? allOf(calls) : `${calls} of ${counted(this.#calls, "call")}`]),
      ...(messages === 0 ? [] : [counted(messages, "SMB message")]),
    ];
    const owners = [...this.#owners.values()].sort((a, b) => weight(b) - weight(a));
    const shown = owners.slice(0, full ? owners.length : SHOWN_OWNERS);
    const textOf = ({ key, ...count }: Owned): string =>
      owners.length === 1 && weight(count) === calls + messages
        ? key.text
        : `${key.text} (${countText(count)})`;
    const keys = shown.filter(({ key }) => key.opens).map(textOf);
    if (weight(this.#further) > 0) keys.push(`further keys (${countText(this.#further)})`);
    const none = shown.filter(({ key }) => !key.opens).map(textOf);
    const parts = [
      `Encrypted${sofar ? " so far" : ""}: ${what.join(" and ")}`,
      ...(keys.length === 0 ? [] : [`to decrypt, give ${keys.join("; ")}`]),
      ...none,
      ...(owners.length > shown.length ? [cutAt(owners.length - shown.length)] : []),
    ];
    return parts.join("; ");
  }
}

const allOf = (calls: number): string => (calls === 1 ? "the only call" : `all ${counted(calls, "call")}`);
const weight = ({ calls, messages }: Count): number => calls + messages;

function countText({ calls, messages }: Count): string {
  return [
    ...(calls === 0 ? [] : [counted(calls, "call")]),
    ...(messages === 0 ? [] : [counted(messages, "SMB message")]),
  ].join(", ");
}

const give = (text: string): Key => ({ text, opens: true });
const nothing = (text: string): Key => ({ text: `no key that raiscope takes opens ${text}`, opens: false });

const SESSION_KEY = give("the session key, since the handshake was not captured (--session-key)");

/** The key that opens what is sealed so, with the options that take it. */
function keyOf({ type, mechanism, user, domain, workstation, kerberos = null }: Who): Key {
  if (mechanism === "ntlmssp") {
    if (user === "") return give("any password, since the user is anonymous (--password)");
    const who = account(domain, user);
    return who === null ? SESSION_KEY : give(`the password or NT hash of ${who} (--password, --nt-hash)`);
  }
  if (mechanism?.startsWith("kerberos")) {
    if (kerberos === null || kerberos.service === null) return SESSION_KEY;
    const etype = kerberos.ticket_etype === null ? "" : `, ${kerberos.ticket_etype}`;
    const name = kerberos.realm === null ? kerberos.service : `${kerberos.service}@${kerberos.realm}`;
    return kerberos.user_to_user
      ? give(`the session key of the user-to-user ticket for ${name}${etype} (--session-key)`)
      : give(`the key of ${name}${etype} (--keytab)`);
  }
  if (type === "netlogon") {
    const machine = account(domain, workstation);
    return nothing(
      machine === null ? "a secure channel of Netlogon" : `the secure channel of ${machine} (Netlogon)`,
    );
  }
  return type === "schannel" ? nothing("TLS within the calls") : SESSION_KEY;
}
