/**
 * [MS-TSCH] 2.5 task definitions: what an incident responder asks of one, out of its XML: who made it, as whom it runs, when, and
 * what it runs. One pass over the text, linear in it; a definition that breaks off gives what stood before.
 *
 * Not handled: whether the text is well-formed or valid, namespaces, the details of triggers and settings.
 */

/** [MS-TSCH] 2.5.7: an action. Exec has a command; the others say their kind and what they name. */
export interface TaskAction {
  kind: string;
  /** The texts of its elements by their names: Command, Arguments, WorkingDirectory; ClassId, Data; … */
  fields: { [name: string]: string };
}

/** [MS-TSCH] 2.5.3: a trigger: its kind, and the texts of its own elements (StartBoundary, UserId, Subscription …). */
export type TaskTrigger = TaskAction;

export interface TaskDefinition {
  /** RegistrationInfo: Author, Date, Description, URI, … */
  registration: { [name: string]: string };
  /** The first principal: UserId, GroupId, LogonType, RunLevel. */
  principal: { [name: string]: string };
  triggers: TaskTrigger[];
  actions: TaskAction[];
  /** Settings that stand for themselves: Enabled, Hidden, Priority, … */
  settings: { [name: string]: string };
  /** More actions or triggers than are kept, or an element that was not ended. */
  incomplete: boolean;
}

/** Actions, and triggers, of one definition. The specification allows 32 and 48. */
const MAX_PARTS = 64;
/** Elements within elements; real ones have 8. */
const MAX_DEPTH = 32;
/** Elements of one part that are kept. */
const MAX_FIELDS = 64;

const ENTITIES: ReadonlyMap<string, string> = new Map([
  ["amp", "&"],
  ["lt", "<"],
  ["gt", ">"],
  ["quot", '"'],
  ["apos", "'"],
]);

const NAME = /[^\s/>]+/y;
const REFERENCE = /&(?:#(\d{1,7})|#x([0-9A-Fa-f]{1,6})|(\w{2,4}));/g;

/** What a task definition says, or null where the text is none. */
export function readTask(xml: string): TaskDefinition | null {
  const task: TaskDefinition = {
    registration: {},
    principal: {},
    triggers: [],
    actions: [],
    settings: {},
    incomplete: false,
  };
  const path: string[] = [];
  let begun = false;
  let text = "";
  let at = 0;
  while (at < xml.length) {
    const tag = xml.indexOf("<", at);
    if (tag < 0) break;
    text += unescaped(xml.slice(at, tag));
    if (xml.startsWith("<![CDATA[", tag)) {
      const end = endOf(xml, "]]>", tag);
      text += xml.slice(tag + 9, end - 3);
      at = end;
      continue;
    }
    if (xml.startsWith("<!--", tag)) {
      at = endOf(xml, "-->", tag);
      continue;
    }
    const end = xml.indexOf(">", tag) + 1;
    if (end === 0) {
      task.incomplete = true;
      break;
    }
    at = end;
    if (xml[tag + 1] === "?" || xml[tag + 1] === "!") continue;
    if (xml[tag + 1] === "/") {
      if (path.length > 0) leave(task, path, text);
      path.pop();
      text = "";
      continue;
    }
    NAME.lastIndex = tag + 1;
    const name = localName(NAME.exec(xml)?.[0] ?? "");
    if (!begun && name !== "Task") return null;
    begun = true;
    if (path.length >= MAX_DEPTH) {
      task.incomplete = true;
      return task;
    }
    path.push(name);
    enter(task, path);
    text = "";
    if (xml[end - 2] === "/") {
      leave(task, path, "");
      path.pop();
    }
  }
  if (!begun) return null;
  if (path.length > 0) task.incomplete = true;
  return task;
}

function endOf(xml: string, mark: string, from: number): number {
  const at = xml.indexOf(mark, from);
  return at < 0 ? xml.length : at + mark.length;
}

function localName(name: string): string {
  return name.slice(name.indexOf(":") + 1);
}

/** Actions and triggers begin with their elements, so that empty ones count as well. */
function enter(task: TaskDefinition, path: readonly string[]): void {
  if (path.length !== 3) return;
  const parts = path[1] === "Actions" ? task.actions : path[1] === "Triggers" ? task.triggers : null;
  if (parts === null) return;
  if (parts.length < MAX_PARTS) parts.push({ kind: path[2]!, fields: {} });
  else task.incomplete = true;
}

/** Takes the text of the element that ends, where it is one of those that are asked for. */
function leave(task: TaskDefinition, path: readonly string[], raw: string): void {
  const text = raw.trim();
  const into = placeOf(task, path);
  if (into === null || text === "") return;
  const name = path[path.length - 1]!;
  if (Object.hasOwn(into, name) || name === "__proto__") return;
  if (Object.keys(into).length >= MAX_FIELDS) task.incomplete = true;
  else into[name] = text;
}

function placeOf(task: TaskDefinition, path: readonly string[]): { [name: string]: string } | null {
  switch (path[1]) {
    case "RegistrationInfo":
      return path.length === 3 ? task.registration : null;
    case "Settings":
      return path.length === 3 ? task.settings : null;
    case "Principals":
      return path.length === 4 ? task.principal : null;
    case "Actions":
      return path.length === 4 ? (task.actions.at(-1)?.fields ?? null) : null;
    case "Triggers":
      return path.length === 4 ? (task.triggers.at(-1)?.fields ?? null) : null;
    default:
      return null;
  }
}

/** [XML 1.0] 4.6 and 4.1; what is no reference stays as it is. */
function unescaped(text: string): string {
  if (!text.includes("&")) return text;
  return text.replace(REFERENCE, (whole, decimal, digits, name) => {
    if (name !== undefined) return ENTITIES.get(name) ?? whole;
    const code = decimal === undefined ? Number.parseInt(digits, 16) : Number(decimal);
    const character = code > 0 && code <= 0x10ffff && (code < 0xd800 || code > 0xdfff);
    return character ? String.fromCodePoint(code) : whole;
  });
}
