/** Checks records against the published schema, and that no record has a key which the schema does not name. */

import { readFileSync } from "node:fs";
import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";

type Schema = { [key: string]: unknown };

export const SCHEMA_FILE = new URL("../../../src/output/raiscope.schema.json", import.meta.url);

let compiled: { open: ValidateFunction; closed: ValidateFunction } | null = null;

function validators(): { open: ValidateFunction; closed: ValidateFunction } {
  if (compiled === null) {
    const schema = JSON.parse(readFileSync(SCHEMA_FILE, "utf8")) as Schema;
    const compile = (of: Schema): ValidateFunction =>
      new Ajv2020({ allErrors: true, strict: false }).compile(of);
    compiled = { open: compile(schema), closed: compile(closed(schema, true)) };
  }
  return compiled;
}

/** The same schema with every described object closed: undocumented keys become errors. */
function closed(schema: Schema, root = false): Schema {
  const copy: Schema = {};
  for (const [key, value] of Object.entries(schema)) {
    if (Array.isArray(value)) {
      copy[key] = value.map((one) => (typeof one === "object" && one !== null ? closed(one as Schema) : one));
    } else if (typeof value === "object" && value !== null) {
      copy[key] = closed(value as Schema);
    } else {
      copy[key] = value;
    }
  }
  // The root only distinguishes the records by `type`; a map of anything has its own additionalProperties.
  if (!root && copy.type === "object" && copy.properties !== undefined) copy.additionalProperties ??= false;
  return copy;
}

/** What is wrong with a record; empty when nothing is. */
export function validateRecord(record: unknown): string[] {
  const { open, closed } = validators();
  const kind = (record as { type?: unknown } | null)?.type;
  for (const validate of [open, closed]) {
    if (validate(record)) continue;
    const errors = (validate.errors ?? [])
      // A `oneOf` of kinds complains for each kind that it is not this one.
      .filter(
        ({ schemaPath }) =>
          typeof kind !== "string" ||
          schemaPath.includes(`/${kind}/`) ||
          !/defs\/(call|association|offer|note|summary|invitation)\//.test(schemaPath),
      )
      .map(
        ({ instancePath, message, params }) => `${instancePath || "/"} ${message} ${JSON.stringify(params)}`,
      );
    return errors.length === 0 ? ["matches no kind of record"] : errors;
  }
  return [];
}
