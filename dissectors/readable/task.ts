/**
 * [MS-TSCH] 2.5: task definitions, which travel as XML, by what they run, when, and as whom.
 *
 * Not handled: settings but Enabled and Hidden; the binary jobs of 2.4.
 */

import type { Value } from "../ndr/decoded.js";
import { readTask, type TaskAction } from "../tsch/task-xml.js";
import { ITASKSCHEDULERSERVICE } from "../wire/interface-uuids.js";
import type { Read, Reader } from "./place.js";

/** Settings that are shown where they are not what a task has by itself. */
const SETTINGS: readonly [name: string, usual: string][] = [
  ["Enabled", "true"],
  ["Hidden", "false"],
];

const DEFINITION: Read = (value, { incomplete }) => {
  if (typeof value !== "string") return null;
  const task = readTask(value);
  if (task === null) return null;
  const shown: { [name: string]: Value } = {};
  const unusual = SETTINGS.flatMap(([name, usual]) => {
    const set = task.settings[name];
    return set === undefined || set === usual ? [] : [[name, set] as const];
  });
  const sections = {
    Principal: task.principal,
    RegistrationInfo: task.registration,
    Settings: Object.fromEntries(unusual),
  };
  shown.Actions = task.actions.map(part);
  shown.Triggers = task.triggers.map(part);
  for (const [name, fields] of Object.entries(sections)) {
    if (Object.keys(fields).length > 0) shown[name] = fields;
  }
  if (task.incomplete) {
    shown.incomplete = "the definition breaks off, or has more than is kept of one";
    incomplete?.(shown.incomplete);
  }
  return shown;
};

function part({ kind, fields }: TaskAction): Value {
  return { [kind]: fields };
}

/** The XML of SchRpcRegisterTask and SchRpcRetrieveTask. */
export const taskDefinitions: Reader = ({ interface: uuid, name }) =>
  uuid === ITASKSCHEDULERSERVICE && (name === "xml" || name === "pXml") ? DEFINITION : null;
