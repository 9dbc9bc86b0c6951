/** The command line of `raiscope extcap`: Wireshark's verbs, which are all options. */

import type { Command } from "commander";
import type { ExtcapOptions } from "../extcap.js";
import type { Finish } from "../finish.js";

const EXAMPLES = `
Wireshark runs the programs of its extcap folder. "raiscope extcap --install" puts a small script there, and after that
an interface "raiscope" is in Wireshark's list: it captures on an interface of this machine and shows only the frames of
Remote Assistance offers, each frame that completes a call with a comment.

Examples:
  raiscope extcap --install
  raiscope extcap --install --folder ~/.config/wireshark/extcap
  raiscope extcap --extcap-interfaces`;

export function registerExtcap(program: Command, finish: Finish): void {
  program
    .command("extcap")
    .summary("an interface for Wireshark that shows Remote Assistance only")
    .description("Implements Wireshark's extcap interface, through which it captures with other programs.")
    .option("--install", "put a script for Wireshark into its extcap folder")
    .option(
      "--folder <folder>",
      "with --install: the folder (default: this user's extcap folder of Wireshark)",
    )
    .option("--extcap-interfaces", "list the interfaces")
    .option("--extcap-version [version]", "Wireshark's version")
    .option("--extcap-interface <interface>", "the interface meant")
    .option("--extcap-dlts", "list its link types")
    .option("--extcap-config", "list its options")
    .option("--extcap-reload-option <option>", "reload the values of an option")
    .option("--capture", "capture")
    .option("--fifo <pipe>", "the pipe to write to")
    .option("--extcap-capture-filter <bpf>", "a capture filter")
    .option("--extcap-control-in <pipe>", "not used")
    .option("--extcap-control-out <pipe>", "not used")
    .option("--device <interface>", "the interface of this machine to capture on")
    .option("--engine <engine>", "auto, tcpdump, dumpcap or cap", "auto")
    .option("--password <password>", "a password to decrypt calls with")
    .option("--secrets <file>", "a JSON file of secrets")
    .option("--immediate <yes>", "deliver every frame at once (true or false)")
    .option("--redact", "replace user names and secrets in comments by placeholders")
    // Later versions of Wireshark may say more than this one knows.
    .allowUnknownOption()
    .allowExcessArguments()
    .addHelpText("after", EXAMPLES)
    .action(async (options: ExtcapOptions) => {
      const { extcap } = await import("../extcap.js");
      finish(await extcap(options));
    });
}
