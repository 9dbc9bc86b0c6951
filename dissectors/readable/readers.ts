/**
 * All that reads meanings. The first reader that knows a place is the one that reads it, so what knows one field goes before
 * what knows a type.
 *
 * To add a reader: write `Reader` (place.ts), a function from a place (interface, method or structure, field, type) to what reads
 * the values there, in a file of its own that cites the specification, and put it into this list. A table of flags or numbers
 * needs no reader: it is a row of `interfaces/`, by the interface's UUID and the name of the field.
 */
import { cimObjects } from "./cim.js";
import { byInterface } from "./interfaces/table.js";
import type { Reader } from "./place.js";
import { replication } from "./replication.js";
import { taskDefinitions } from "./task.js";
import { byType } from "./types.js";

export const READERS: readonly Reader[] = [cimObjects, replication, taskDefinitions, byInterface, byType];
