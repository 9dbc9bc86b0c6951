/** Looking into decoded parameter values, whose shapes are the IDL's. */
import { NIL_GUID } from "../../../dissectors/wire/guid.js";
import type { Value } from "../../events.js";

export type Values = { [name: string]: Value };

/** Values looked at in one search, so that a huge answer costs no more than a small one. */
const MAX_VISITED = 4096;
const MAX_DEPTH = 32;

export function record(value: Value | undefined): Values | null {
  return value !== null && typeof value === "object" && !Array.isArray(value) ? value : null;
}

export function text(value: Value | undefined): string | null {
  return typeof value === "string" ? value : null;
}

/** A number, or a status that is shown as text. */
export function number(value: Value | undefined): number | null {
  if (typeof value === "number") return value;
  if (typeof value !== "string" || !/^(0x[0-9a-f]+|-?\d+)$/i.test(value)) return null;
  const n = Number(value);
  return Number.isFinite(n) ? n : null;
}

/** Every object inside `value`, the outer ones first. */
export function objectsIn(value: Value | undefined): Values[] {
  const found: Values[] = [];
  let level: Value[] = value === undefined ? [] : [value];
  for (let depth = 0, visited = 0; depth < MAX_DEPTH && level.length > 0; depth++) {
    const below: Value[] = [];
    for (const v of level) {
      if (v === null || typeof v !== "object" || ++visited > MAX_VISITED) continue;
      if (!Array.isArray(v)) found.push(v);
      for (const inner of Array.isArray(v) ? v : Object.values(v)) {
        if (inner !== null && typeof inner === "object" && below.length < MAX_VISITED) below.push(inner);
      }
    }
    level = below;
  }
  return found;
}

/** A UUID that is not all zeros. */
export function uuid(value: Value | undefined): string | null {
  if (typeof value !== "string" || value.length !== NIL_GUID.length || value === NIL_GUID) return null;
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(value) ? value : null;
}
