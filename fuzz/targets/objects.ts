/** The decoders of what travels inside values: CIM objects and arrays of them, IWbemContext, definitions of tasks, beginnings of OIDs. */

import { PrefixTable } from "../../dissectors/drsr/prefix-table.js";
import { readTask } from "../../dissectors/tsch/task-xml.js";
import { Reader } from "../../dissectors/wire/reader.js";
import { utf8 } from "../../dissectors/wire/text.js";
import { readWbemContext } from "../../dissectors/wmio/context.js";
import { readEncodingUnit } from "../../dissectors/wmio/object.js";
import { readObjectArray } from "../../dissectors/wmio/object-array.js";
import { cimValue } from "../../dissectors/wmio/show.js";
import {
  type ClassSpec,
  encodingUnit,
  instanceNoClass,
  type ObjectSpec,
  objectArray,
  objectBlock,
} from "../../test/lab/wmio.js";
import { checkFinite, decode, OracleError } from "../oracles.js";
import type { Target } from "../target.js";

const STARTUP: ClassSpec = {
  name: "Win32_ProcessStartup",
  properties: [
    { name: "ShowWindow", type: "uint16" },
    { name: "EnvironmentVariables", type: "string", array: true },
    { name: "Priority", type: "real64", default: 0.5 },
  ],
};

const PARAMETERS: ClassSpec = {
  name: "__PARAMETERS",
  qualifiers: [{ name: "abstract", type: "boolean", value: true }],
  properties: [
    {
      name: "CommandLine",
      type: "string",
      qualifiers: [{ name: "CIMTYPE", type: "string", value: "string" }],
    },
    { name: "Startup", type: "object" },
    { name: "Many", type: "object", array: true },
    { name: "Hash", type: "uint8", array: true, default: [1, 2, 3] },
    { name: "Big", type: "sint64", inherited: true },
  ],
};

const startup: ObjectSpec = {
  class: STARTUP,
  values: { ShowWindow: 0, EnvironmentVariables: ["A=Ж", "key"] },
};
const call: ObjectSpec = {
  server: "WS-2004",
  namespace: "root\\cimv2",
  class: PARAMETERS,
  values: { CommandLine: "cmd.exe /c ver", Startup: startup, Many: [startup, startup] },
  propertyQualifiers: { Hash: [{ name: "x", type: "sint8", array: true, value: [-1] }] },
};
const type: ObjectSpec = {
  class: {
    name: "Win32_Process",
    derivation: ["CIM_Process", "CIM_LogicalElement"],
    properties: PARAMETERS.properties!,
    methods: [{ name: "Create", input: PARAMETERS, output: STARTUP }, { name: "None" }],
  },
  superclass: { name: "CIM_Process", properties: PARAMETERS.properties! },
};

/** More than this for a byte of input is no text of it. */
const MOST_SHOWN = 200;

export const cimObjects: Target = {
  name: "cim-objects",
  seeds: async () => [
    encodingUnit(call),
    encodingUnit(startup, 20),
    encodingUnit(type),
    objectArray([
      { type: 2, classId: "00".repeat(16), block: objectBlock(call) },
      { type: 3, classId: "00".repeat(16), block: instanceNoClass(call) },
      { type: 1, block: objectBlock(type) },
    ]),
    Uint8Array.from([
      1,
      0,
      0,
      0,
      ...new Array(16).fill(7),
      1,
      0,
      0,
      0,
      1,
      0,
      0,
      0,
      65,
      0,
      0,
      0,
      0,
      0,
      3,
      0,
      ...new Array(8).fill(1),
    ]),
  ],
  run(input) {
    for (const bound of ["captured", "ulCntData"]) {
      const reader = (): Reader => new Reader(input, true, 0, input.length, bound);
      const unit = decode(() => readEncodingUnit(reader()));
      const array = decode(() => readObjectArray(reader()));
      for (const object of [unit, ...(array?.objects ?? [])]) {
        if (object === null) continue;
        const shown = cimValue(object);
        checkFinite(shown);
        if (JSON.stringify(shown).length > MOST_SHOWN * (input.length + 4096)) {
          throw new OracleError("more is shown than the bytes hold");
        }
      }
      checkFinite([...readWbemContext(reader()).values.values()]);
    }
  },
};

const TASK =
  '<?xml version="1.0"?><Task xmlns="x"><!-- a --><Triggers><BootTrigger/><LogonTrigger><UserId>A\\B</UserId></LogonTrigger>' +
  "</Triggers><Actions><Exec><Command>cmd.exe</Command><Arguments>1 &gt; &#x41; <![CDATA[<]]></Arguments></Exec></Actions></Task>";

export const tasks: Target = {
  name: "tasks",
  seeds: async () => [Buffer.from(TASK), Buffer.from("2a864886f7140104", "hex")],
  run(input) {
    checkFinite(readTask(utf8(input)));
    const table = new PrefixTable(new Map([[1, input]]));
    for (const low of [0, 90, 0x3fff, 0x8000, 0xffff]) {
      if ((table.oid(0x10000 + low)?.length ?? 0) > 400) throw new OracleError("an OID without end");
    }
  },
};
