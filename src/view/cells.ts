/** The cells of a row that are made of its numbers. */
import type { RowBatch } from "./model.js";

/** `09:15:00.001387`, in UTC, of the row at a place in a batch. */
export function timeCell({ seconds, nanos, digits }: RowBatch, at: number): string {
  const ofDay = ((seconds[at]! % 86_400) + 86_400) % 86_400;
  const two = (n: number): string => String(Math.floor(n)).padStart(2, "0");
  const fraction = String(nanos[at]!).padStart(9, "0").slice(0, digits[at]!);
  return `${two(ofDay / 3600)}:${two((ofDay / 60) % 60)}:${two(ofDay % 60)}.${fraction}`;
}

/** `6→7`: the frames of a call that has one on each side. */
export function framesCell({ frame, answer }: RowBatch, at: number): string {
  return `${frame[at]!}→${answer[at]!}`;
}
