/** [MS-TSCH] 2.5: task definitions, which travel as XML, by what they run, when, and as whom. */

import type { Value } from "../ndr/decoded.js";
import { readTask, type TaskAction } from "../tsch/task-xml.js";
import { ITASKSCHEDULERSERVICE } from "../wire/interface-uuids.js";
import type { Read, Reader } from "./place.js";

/** Settings that are shown where they are not what a task has by itself. */
const TOLD: readonly [name: string, usual: string][] = [
  ["Enabled", "true"],
  ["Hidden", "false"],
];

const DEFINITION: Read = (value, { incomplete }) => {
  if (typeof value !== "string") return null;
  const task = readTask(value);
  if (task === null) return null;
  const shown: { [name: string]: Value } = {};
  const { RegistrationInfo, Principal, Settings } = {
    RegistrationInfo: task.registration,
    Principal: task.principal,
    Settings: Object.fromEntries(
      TOLD.flatMap(([name, usual]) => {
        const set = task.settings[name];
        return set === undefined || set === usual ? [] : [[name, set]];
      }),
    ),
  };
  shown.Actions = task.actions.map(part);
  shown.Triggers = task.triggers.map(part);
  for (const [name, fields] of Object.entries({ Principal, RegistrationInfo, Settings })) {
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
