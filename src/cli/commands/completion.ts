/** The command line of `raiscope completion`. */

import { Argument, type Command } from "commander";
import type { Finish } from "../finish.js";
import { SHELLS, type Shell } from "../shells.js";
import { print } from "../stdout.js";

const EXAMPLES = `
Examples:
  source <(raiscope completion bash)                                          this shell, or in ~/.bashrc
  raiscope completion bash > ~/.local/share/bash-completion/completions/raiscope
  raiscope completion zsh > ~/.zfunc/_raiscope                                a folder of fpath
  raiscope completion fish > ~/.config/fish/completions/raiscope.fish`;

export function registerCompletion(program: Command, finish: Finish): void {
  program
    .command("completion")
    .summary("completion of commands, options and their values for a shell")
    .description("Prints what a shell needs to complete raiscope's commands, options and their values.")
    .addArgument(new Argument("<shell>", "the shell").choices(SHELLS))
    .addHelpText("after", EXAMPLES)
    .action(async (shell: Shell) => {
      const { completionFor } = await import("../completion.js");
      await print(completionFor(shell, program));
      finish(0);
    });
}
