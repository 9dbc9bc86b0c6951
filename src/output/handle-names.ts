/**
 * What the calls of one conversation say of what later ones only name by a number: objects of automation by the
 * members that led to them, and open handles by what was opened. `ExecuteShellCommand` on an OID becomes
 * `Document.ActiveView.ExecuteShellCommand`, and `RStartServiceW` on a handle is of the service that was opened as it.
 */

import { NIL_GUID } from "../../dissectors/wire/guid.js";
import { SAMR, WINREG } from "../../dissectors/wire/interface-uuids.js";
import type { CallRecord, Value } from "../events.js";
import { Oldest } from "../oldest.js";

/** Names of one conversation that are remembered, the latest ones, and characters of one; others are shown without a name. */
const KNOWN_NAMES = 512;
const MAX_CHARACTERS = 200;
const NAME_WEIGHT = 120;

/** [MS-RRP] 3.1.5: the predefined keys by the opnums that open them; all others are opened below them. */
const PREDEFINED: { readonly [opnum: number]: string } = {
  0: "HKCR",
  1: "HKCU",
  2: "HKLM",
  3: "HKPD",
  4: "HKU",
  27: "HKCC",
};
/** [MS-SAMR] 3.1.5.11.2: names and the relative identifiers that stand for them when accounts are opened. */
const LOOKUP_NAMES = 17;

export class HandleNames {
  readonly #known = new Map<string, string>();
  readonly #oldest = new Oldest(this.#known);

  /** The members that led to the object of this call, parted by points; "" where nothing is known. */
  wayTo(call: CallRecord): string {
    return this.#known.get(objectOf(call)) ?? "";
  }

  /** What was opened as the handle that this call goes to; null where nothing is known. */
  openedAs({ request }: CallRecord): string | null {
    for (const value of Object.values(request ?? {})) {
      const handle = handleOf(value);
      if (handle !== null) return this.#known.get(handle) ?? null;
    }
    return null;
  }

  /** The account of a domain by its relative identifier. */
  account(rid: number): string | null {
    return this.#known.get(`rid ${rid}`) ?? null;
  }

  /**
   * Learns from a call and its answer; `name` is what the call was about, where it opens something. Answers how much more
   * memory that takes.
   */
  learn(call: CallRecord, name: string | null): number {
    const { dispatch, interface: of, opnum, request, response } = call;
    if (response === null) return 0;
    if (dispatch !== null) return this.#object(call);
    if (of.uuid === SAMR && opnum === LOOKUP_NAMES) return this.#accounts(call);
    const predefined = of.uuid === WINREG && opnum !== null ? PREDEFINED[opnum] : undefined;
    const opened = predefined ?? name;
    if (opened === null) return 0;
    const parent = of.uuid === WINREG && predefined === undefined ? this.openedAs(call) : null;
    let added = 0;
    for (const [parameter, value] of Object.entries(response)) {
      const handle = handleOf(value);
      // A handle that goes both ways is closed or changed, not opened.
      if (handle === null || request?.[parameter] !== undefined) continue;
      added += this.#keep(handle, parent === null ? opened : `${parent}\\${opened}`);
    }
    return added;
  }

  #object(call: CallRecord): number {
    const { member } = call.dispatch!;
    const handed = inside(call.response?.pVarResult);
    const key = isMembers(handed) ? (handed.oid ?? handed.ipid) : null;
    if (member === null || typeof key !== "string") return 0;
    const before = this.wayTo(call);
    return this.#keep(key, before === "" ? member : `${before}.${member}`);
  }

  #accounts({ request, response, readable }: CallRecord): number {
    const names = request?.Names;
    const found = response?.RelativeIds;
    if (!Array.isArray(names) || !isMembers(found) || !Array.isArray(found.Element)) return 0;
    let added = 0;
    for (const [index, rid] of found.Element.entries()) {
      const name = readable?.request[`Names[${index}]`];
      if (typeof rid === "number" && typeof name === "string") added += this.#keep(`rid ${rid}`, name);
    }
    return added;
  }

  #keep(key: string, text: string): number {
    if (this.#known.has(key) || text.length > MAX_CHARACTERS) return 0;
    let freed = 0;
    if (this.#known.size >= KNOWN_NAMES) {
      const oldest = this.#oldest.next()!;
      freed = weightOf(oldest, this.#known.get(oldest)!);
      this.#known.delete(oldest);
    }
    this.#known.set(key, text);
    return weightOf(key, text) - freed;
  }
}

function weightOf(key: string, text: string): number {
  return NAME_WEIGHT + 2 * (key.length + text.length);
}

function objectOf({ target, object }: CallRecord): string {
  return target?.oid ?? object ?? "";
}

/** The UUID of a context handle that is open. */
function handleOf(value: Value | undefined): string | null {
  if (!isMembers(value) || typeof value.attributes !== "number" || typeof value.uuid !== "string")
    return null;
  return value.uuid === NIL_GUID ? null : value.uuid;
}

/** What a VARIANT holds; other values are what they are. */
export function inside(value: Value | undefined): Value | undefined {
  return isMembers(value) && typeof value.vt === "string" && "value" in value ? value.value : value;
}

export function isMembers(value: Value | undefined): value is { [name: string]: Value } {
  return value !== null && value !== undefined && typeof value === "object" && !Array.isArray(value);
}
