/**
 * Writes the committed captures and their manifests: `tsx test/lab/make.ts [DIRECTORY] [NAME...]`. The same bytes on
 * every run.
 */

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { make, type Recipe } from "./recipe.js";
import { DATAGRAMS } from "./recipes/datagrams.js";
import { FAILURES } from "./recipes/failures.js";
import { INVOKE } from "./recipes/invoke.js";
import { PEERS } from "./recipes/peers.js";
import { PIPES } from "./recipes/pipes.js";
import { TRANSPORT } from "./recipes/transport.js";
import { VISTA } from "./recipes/vista.js";
import { WMI } from "./recipes/wmi.js";
import { XP } from "./recipes/xp.js";

export const RECIPES: Recipe[] = [
  ...VISTA,
  ...XP,
  ...FAILURES,
  ...INVOKE,
  ...TRANSPORT,
  ...PEERS,
  ...PIPES,
  ...DATAGRAMS,
  ...WMI,
];

export const manifestName = (capture: string): string =>
  `${capture.replace(/\.pcap(ng)?$/, "")}.expected.ndjson`;

function main(directory = "captures", ...names: string[]): void {
  mkdirSync(directory, { recursive: true });
  for (const recipe of RECIPES) {
    if (names.length > 0 && !names.includes(recipe.name)) continue;
    const { capture, expected } = make(recipe);
    writeFileSync(join(directory, recipe.name), capture);
    writeFileSync(join(directory, manifestName(recipe.name)), expected);
    process.stdout.write(`${recipe.name} ${capture.length}\n`);
  }
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  main(...process.argv.slice(2));
}
