/** Looking into decoded parameter values, whose shapes are the IDL's. */
import type { Value } from "../events.js";

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
export function* objectsIn(value: Value | undefined): IterableIterator<Values> {
  const waiting: { value: Value; depth: number }[] = value === undefined ? [] : [{ value, depth: 0 }];
  for (let visited = 0; visited < MAX_VISITED; visited++) {
    const next = waiting.shift();
    if (next === undefined) return;
    if (next.value === null || typeof next.value !== "object") continue;
    const inner = Array.isArray(next.value) ? next.value : Object.values(next.value);
    if (!Array.isArray(next.value)) yield next.value;
    if (next.depth >= MAX_DEPTH) continue;
    for (const v of inner) {
      if (v !== null && typeof v === "object" && waiting.length < MAX_VISITED) {
        waiting.push({ value: v, depth: next.depth + 1 });
      }
    }
  }
}

/** A UUID that is not all zeros. */
export function uuid(value: Value | undefined): string | null {
  const t = text(value);
  return t !== null && /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(t) && !/^[0-]+$/.test(t) ? t : null;
}
