/**
 * A call in a few words, as a list of many shows it: what was called, and the values that say what it was about. A
 * late-bound call goes by the way that led to its object, `Document.ActiveView.ExecuteShellCommand "cmd.exe"`.
 */

import { ENDPOINT_MAPPER } from "../../dissectors/dcerpc/syntax-id.js";
import { IWBEMSERVICES } from "../../dissectors/wire/interface-uuids.js";
import type { CallRecord, Value } from "../events.js";
import { activationProperties } from "../facts/activation.js";
import { callName, counted, cutAt, invokedName } from "./format.js";
import { type HandleNames, inside, isMembers } from "./handle-names.js";
import { isActivation, type Ranking } from "./ranking.js";
import type { NameOf } from "./values.js";

/** Characters of one value that are shown, and of all values of a call. */
const SHOWN_VALUE = 160;
const SHOWN_VALUES = 240;
/** Values of one call that are shown where a table names them. */
const SHOWN_OF_TABLE = 2;
/** Elements and depth of values that are looked into for text. */
const LOOKED_AT = 24;
const LOOKED_DEEP = 5;
/** Parameters that name the server that is spoken to or an open handle, and say nothing of what is asked. */
const SAYS_NOTHING =
  /^(lp|lpsz|psz|pwsz|wsz|p)?(server|machine|system|computer|primary|logonserver|domaincontroller)(name|w)?$|^(pname|binding\w*|reserved\w*)$|handle$/i;
const HANDLE = /^p?h[A-Z]/;
/** [MS-SAMR]: parameters that are the relative identifier of an account. */
const RELATIVE_IDS = /^(?:User|Group|Alias)Id$|^RelativeId$/;
const HEX = /^[0-9a-f-]{12,}$/;

export interface Headline {
  name: string;
  /** The values that say what it is about, as text; "" where none do. */
  values: string;
  /** The first of them, where the call is about one thing; null elsewhere. */
  about?: string | null;
}

/** True for an Invoke whose answer is an object: a step on a way. */
export function isStep({ dispatch, response }: CallRecord): boolean {
  return dispatch !== null && dispatch.kind !== "propput" && isMembers(inside(response?.pVarResult));
}

export function headline(
  call: CallRecord,
  ranking: Ranking,
  known: HandleNames,
  names: NameOf,
  full: boolean,
): Headline {
  const { dispatch } = call;
  if (dispatch !== null) {
    const way = known.wayTo(call);
    const member = invokedName(dispatch);
    const space = member.lastIndexOf(" ") + 1;
    const owner = way !== "" ? way : dispatch.interface;
    const name =
      owner === null || dispatch.member === null
        ? callName(call)
        : `${member.slice(0, space)}${owner}.${member.slice(space)}`;
    return { name, values: list(Object.values(dispatch.arguments), full) };
  }
  const name = callName(call);
  // Of what a class factory makes the class stands before all calls.
  if (isActivation(call)) return { name, values: call.target === null ? (classOf(call, names) ?? "") : "" };
  if (call.request === null || ranking.rank === "routine") return { name, values: "" };
  const wmi = wmiText(call, full);
  if (wmi !== null) return { name, values: wmi };
  const asked = towerName(call, names);
  if (asked !== null) return { name, values: asked };
  const values = valuesOf(call, ranking, known);
  return { name, values: list(values, full), about: aboutOf(values) };
}

function aboutOf([first]: readonly Value[]): string | null {
  return typeof first === "string" ? first : typeof first === "number" ? String(first) : null;
}

/** The class that an activation asks for, or that the object of a class factory is of; null where it says none. */
export function classOf(call: CallRecord, names: NameOf): string | null {
  const clsid = activationProperties(call.request?.pActProperties)?.clsid ?? call.request?.Clsid ?? null;
  if (typeof clsid === "string") return names(clsid) ?? clsid;
  const { target } = call;
  return target?.class ?? (target?.clsid ? (names(target.clsid) ?? target.clsid) : null);
}

/**
 * [MS-WMI] 3.1.4.3.22 ExecMethod: `Win32_Process.Create "cmd.exe"`; 3.1.4.3.6 and 3.1.4.3.12, what a class or an object is
 * written as: `CommandLineEventConsumer "name", "cmd.exe"`. Null for other calls.
 */
function wmiText({ interface: of, request, readable }: CallRecord, full: boolean): string | null {
  if (of.uuid !== IWBEMSERVICES) return null;
  const meant = readable?.request ?? {};
  const method = request?.strMethodName;
  if (typeof method === "string") {
    const owner = typeof request?.strObjectPath === "string" ? `${bare(request.strObjectPath)}.` : "";
    return withValues(`${owner}${bare(method)}`, cimProperties(meant, "pInParams"), full);
  }
  const written = meant.pInst ?? meant.pObject;
  if (!isMembers(written) || typeof written.class !== "string") return null;
  return withValues(written.class, isMembers(written.properties) ? written.properties : {}, full);
}

function withValues(name: string, properties: { [property: string]: Value }, full: boolean): string {
  const values = Object.entries(properties).flatMap(([property, value]) =>
    value === null || isMembers(value) ? [] : [property === "hDefKey" ? hiveOf(value) : value],
  );
  const given = list(values, full);
  return given === "" ? name : `${name} ${given}`;
}

/** The trees of the registry by the numbers that StdRegProv takes for them. */
const HIVES: ReadonlyMap<Value, string> = new Map([
  [0x80000000, "HKCR"],
  [0x80000001, "HKCU"],
  [0x80000002, "HKLM"],
  [0x80000003, "HKU"],
  [0x80000005, "HKCC"],
]);

function hiveOf(value: Value): Value {
  return HIVES.get(value) ?? value;
}

/** The properties of a CIM object, as the readable side of a record has it: as a whole, or each by its path. */
function cimProperties(readable: { [path: string]: Value }, name: string): { [property: string]: Value } {
  const whole = readable[name];
  if (isMembers(whole)) return isMembers(whole.properties) ? whole.properties : whole;
  const found: { [property: string]: Value } = {};
  for (const [path, value] of Object.entries(readable)) {
    if (path.startsWith(`${name}.properties.`)) found[path.slice(name.length + 12)] = value;
  }
  return found;
}

/** The interface that the endpoint mapper is asked for; null for other calls. */
function towerName({ interface: of, request }: CallRecord, names: NameOf): string | null {
  if (of.uuid !== ENDPOINT_MAPPER) return null;
  const tower = request?.map_tower;
  if (!isMembers(tower)) return null;
  const asked = isMembers(tower.interface) ? tower.interface.uuid : tower.interface;
  return typeof asked === "string" ? (names(asked) ?? asked) : null;
}

/** The values that the table names, or the first text among the parameters of a call that changes something. */
function valuesOf(call: CallRecord, { about, rank }: Ranking, known: HandleNames): Value[] {
  const readable = call.readable?.request ?? {};
  const request = call.request!;
  const values: Value[] = [];
  const opened = rank === "acts" ? known.openedAs(call) : null;
  for (const path of about ?? []) {
    const value = meaningAt(readable, path) ?? at(request, path);
    const texts = Array.isArray(value) ? textsOf(value) : [];
    if (texts.length > 1) return opened === null ? [...values, ...texts] : [opened, ...values, ...texts];
    const plain = value === undefined || value === null ? null : plainOf(value);
    const text =
      typeof plain === "number" && RELATIVE_IDS.test(path) ? (known.account(plain) ?? plain) : plain;
    if (text !== null && text !== "" && !values.includes(text)) values.push(text);
    if (values.length === SHOWN_OF_TABLE) break;
  }
  if (opened !== null) return [opened, ...values];
  if (values.length > 0 || rank !== "acts") return values;
  for (const [name, value] of Object.entries(request)) {
    if (SAYS_NOTHING.test(name) || HANDLE.test(name)) continue;
    const text = firstText(readable[name] ?? value, 0, { left: LOOKED_AT });
    if (text !== null) return [text];
  }
  return [];
}

/** What is in a list that is asked for at once: several names, or none. */
function textsOf(list: readonly Value[]): string[] {
  const texts = list.map((one) => firstText(one, 0, { left: LOOKED_AT }));
  return texts.filter((text) => text !== null);
}

/** What a path means, as the readable side of a record says; `*` as below. */
function meaningAt(readable: { [path: string]: Value }, path: string): Value | undefined {
  const star = path.indexOf("*");
  if (star < 0) return readable[path];
  const [before, behind] = [path.slice(0, star), path.slice(star + 1)];
  const found = Object.keys(readable).find(
    (it) =>
      it.startsWith(before) &&
      it.endsWith(behind) &&
      !it.slice(star, it.length - behind.length).includes("."),
  );
  return found === undefined ? undefined : readable[found];
}

/** The value at a path of members, `*` for the first member that is a structure; undefined where there is none. */
function at(values: { [name: string]: Value }, path: string): Value | undefined {
  let value: Value | undefined = values;
  for (const step of path.split(".")) {
    if (!isMembers(value)) return undefined;
    value = step === "*" ? Object.values(value).find(isMembers) : value[step];
  }
  return value;
}

/** A value as it can stand in a list: a number, or a text; null where it has neither. */
function plainOf(value: Value): string | number | null {
  if (typeof value === "string" || typeof value === "number") return value;
  if (isMembers(value) && typeof value.value === "number") {
    return typeof value.name === "string" ? value.name : value.value;
  }
  return firstText(value, 0, { left: LOOKED_AT });
}

/** The first text in a value that is not empty, no UUID and no handle. */
function firstText(value: Value | undefined, depth: number, budget: { left: number }): string | null {
  if (budget.left-- <= 0 || value === null || value === undefined) return null;
  if (typeof value === "string") return value === "" || HEX.test(value) ? null : value;
  if (typeof value !== "object" || depth >= LOOKED_DEEP) return null;
  for (const inner of Array.isArray(value) ? value.slice(0, LOOKED_AT) : Object.values(value)) {
    const text = firstText(inner, depth + 1, budget);
    if (text !== null) return text;
  }
  return null;
}

/** Values parted by commas, as many as fit; trailing ones that say nothing are left out. */
function list(values: readonly Value[], full: boolean): string {
  let count = values.length;
  while (count > 0 && short(values[count - 1]!, full) === "null") count--;
  let text = "";
  for (const [index, value] of values.slice(0, count).entries()) {
    const next = short(value, full);
    if (!full && index > 0 && text.length + next.length > SHOWN_VALUES) {
      return `${text}, … ${cutAt(count - index, "value")}`;
    }
    text += index === 0 ? next : `, ${next}`;
  }
  return text;
}

function short(value: Value, full: boolean): string {
  const it = inside(value);
  if (it === null || it === undefined) return "null";
  if (typeof it === "string") return quoted(it, full);
  if (typeof it !== "object") return String(it);
  const text = plainOf(it);
  if (text !== null) return typeof text === "string" ? quoted(text, full) : String(text);
  if (isMembers(it) && typeof it.ipid === "string")
    return typeof it.interface === "string" ? it.interface : "object";
  if (!Array.isArray(it)) return "{…}";
  return it.length === 0 ? "[]" : `[${counted(it.length, "value")}]`;
}

function quoted(wire: string, full: boolean): string {
  const text = bare(wire);
  if (full || text.length <= SHOWN_VALUE) return `"${text}"`;
  return `"${text.slice(0, SHOWN_VALUE)}…" (${cutAt(text.length - SHOWN_VALUE, "character")})`;
}

/** Without the zeroes behind it that some clients count as a part of a BSTR. */
function bare(text: string): string {
  return text.replace(/\0+$/, "");
}
