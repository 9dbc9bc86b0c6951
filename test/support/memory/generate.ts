/** Writes a shape to standard output: `tsx test/support/memory/generate.ts SHAPE N | raiscope -`. */
import { once } from "node:events";
import { capture, SHAPES } from "./shapes.js";

const [shape = "", n = "1"] = process.argv.slice(2);
if (!(shape in SHAPES)) throw new Error(`shapes: ${Object.keys(SHAPES).join(", ")}`);
for (const piece of capture(shape, Number(n))) {
  if (!process.stdout.write(piece)) await once(process.stdout, "drain");
}
