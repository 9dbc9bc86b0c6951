/** The command line of `raiscope idl`. */

import type { Command } from "commander";
import type { Finish } from "../finish.js";

const EXAMPLES = `
With --redact, raiscope hides what the IDL marks [secret] (or [flag(NDR_SECRET)], as Samba writes it): on a parameter, a
field, an arm of a union or a typedef; on a method, what it returns.

Errors are reported as file:line:column; only the declaration with the error is skipped.
Exit status: 0 every file is right, 1 a file cannot be read or has errors.

Examples:
  raiscope idl check my.idl
  raiscope idl check my.idl base.idl              imports are looked up among the files given and those shipped
  raiscope capture.pcapng --idl my.idl            decode with it`;

export function registerIdl(program: Command, finish: Finish): void {
  const idl = program.command("idl").description("Works with interface descriptions.");
  idl
    .command("check")
    .summary("read IDL and show the interfaces and methods it defines, or where it is wrong")
    .description("Reads IDL and shows the interfaces and methods that it defines, or where it is wrong.")
    .argument("<file...>", "IDL files")
    .option("-q, --quiet", "show only the errors")
    .addHelpText("after", EXAMPLES)
    .action(async (files: string[], options: { quiet?: boolean }) => {
      const { checkIdl } = await import("../idl.js");
      finish(await checkIdl(files, options));
    });
}
