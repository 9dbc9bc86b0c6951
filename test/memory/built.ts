/** The built program, where it is there and as new as its sources. */
import { existsSync, readdirSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
export const BUILT = `${ROOT}dist/bin/main.js`;

/** When a folder's newest file was changed. */
function changed(folder: string): number {
  return Math.max(
    ...readdirSync(ROOT + folder, { recursive: true, encoding: "utf8" }).map(
      (name) => statSync(`${ROOT}${folder}/${name}`).mtimeMs,
    ),
  );
}

/** Why the built program cannot be tried, or false. */
export function cannotRun(): string | false {
  if (!existsSync(BUILT)) return "it was not built (npm run build)";
  const built = statSync(BUILT).mtimeMs;
  return (
    Math.max(changed("src"), changed("dissectors")) > built && "it is older than the sources (npm run build)"
  );
}
