/** Prints the manual page, for the build: `tsx scripts/manual.ts > raiscope.1`. */
import { manualPage } from "../src/cli/manual.js";
import { makeProgram } from "../src/cli/program.js";
import { version } from "../src/cli/version.js";

process.stdout.write(
  manualPage(
    makeProgram(() => {}),
    version(),
  ),
);
