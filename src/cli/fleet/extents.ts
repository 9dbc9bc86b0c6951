/** How much a window owns, and how far its overlap goes, as they are typed: `10m`, `3files`, `512M`. */

import { InvalidArgumentError } from "commander";
import type { Extent } from "../../fleet/window.js";
import { parseSize } from "../options.js";

const SECONDS: { readonly [unit: string]: number } = { s: 1, m: 60, min: 60, h: 3_600, d: 86_400 };

/** `m` is minutes, `M` mebibytes. Throws InvalidArgumentError. */
export function parseExtent(text: string): Extent {
  const [, digits = "", unit = ""] = /^(\d+)\s*([a-z]*)$/i.exec(text.trim()) ?? [];
  const amount = Number(digits);
  if (digits === "" || !Number.isSafeInteger(amount)) throw wrong();
  if (/^files?$/i.test(unit)) return { unit: "files", amount };
  const seconds = SECONDS[unit];
  if (seconds !== undefined) return { unit: "seconds", amount: amount * seconds };
  if (amount === 0) return { unit: "seconds", amount: 0 };
  if (/^[kMGT](i?B)?$/i.test(unit)) return { unit: "bytes", amount: parseSize(text) };
  throw wrong();
}

/** As `parseExtent`, of what must not be nothing. Throws InvalidArgumentError. */
export function parseWindow(text: string): Extent {
  const extent = parseExtent(text);
  if (extent.amount === 0) throw new InvalidArgumentError("A window owns one file at least.");
  return extent;
}

function wrong(): InvalidArgumentError {
  return new InvalidArgumentError("Give a time (600s, 10m, 1h), files (3files) or a size (512M, 2G).");
}
