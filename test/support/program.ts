/** The built program, which is what tests of the command line run: as it is installed, and started in a third of the time. */
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = resolve(fileURLToPath(new URL("../..", import.meta.url)));
const { bin } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as { bin: { raiscope: string } };

/** When the newest file of a folder was changed. */
function changed(folder: string): number {
  return Math.max(
    ...readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" }).map(
      (name) => statSync(join(ROOT, folder, name)).mtimeMs,
    ),
  );
}

function current(): string {
  const path = join(ROOT, bin.raiscope);
  if (!existsSync(path)) throw new Error(`${bin.raiscope} was not built: npm run build`);
  if (Math.max(changed("src"), changed("dissectors")) > statSync(path).mtimeMs) {
    throw new Error(`${bin.raiscope} is older than the sources: npm run build`);
  }
  return path;
}

/** Its path. Loading this file fails where it was not built from the sources that are there: nobody tests yesterday's. */
export const PROGRAM = current();
