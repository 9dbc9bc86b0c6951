/** The command line of `raiscope show`. */

import { type Command, Option } from "commander";
import type { Finish } from "../finish.js";
import {
  addCommonOptions,
  addFilterOptions,
  addKeyOptions,
  addLimit,
  addRedact,
  parseCount,
} from "../options.js";
import { addInputs, inputsOf } from "../reading-options.js";
import type { ShowOptions } from "../show.js";
import { parseCall, parseId } from "../show-selection.js";
import { addTreeOptions } from "../tree-options.js";

const FORMATS = ["tree", "json", "pdml", "fields-ndjson"];

const EXAMPLES = `
Without -V and -x both are shown: every field with the offset of its bytes, then the bytes of each source: the frames, and
what was put together or decrypted from them. Letters tell the sources apart. Bytes of a stub that nothing describes are
shown as such; text and known UUIDs in them are marked as a guess.

A conversation is named as in the table (-T table), a call_id by the number that the client gave it. Where several calls go by
one name, they are listed, and #2 is the second of them.

Examples:
  raiscope show capture.pcapng --call 3:7
  raiscope show capture.pcapng --call 3:7#2 -V          the second call 7 of conversation 3, fields alone
  raiscope show capture.pcapng --frame 27 -x            the bytes of a frame, and what is decrypted of it
  raiscope show capture.pcapng --offer 1 --redact       all calls of an offer, without names and secrets
  raiscope show capture.pcapng --id 5f0c3a -T json      a record of the call log, by its id
  raiscope show capture.pcapng --all -T pdml | less     everything, as scripts read it from Wireshark

Exit status: 0 it was shown, 1 usage, nothing that was asked for was found, or an output could not be written, 2 the capture
is damaged or cut short, 130 or 143 stopped by a signal.`;

export function registerShow(program: Command, finish: Finish): void {
  const command: Command = program
    .command("show")
    .summary("a frame, call or offer field by field, with its bytes")
    .description(
      "Shows the fields of PDUs, by name and in the order of their bytes, and the bytes behind them.",
    );
  const selecting = addInputs(command)
    .option(
      "--frame <number>",
      "the frame with that number: its headers, and the PDUs that end in it",
      parseCount,
    )
    .option("--call <stream:call_id>", "a call by conversation and call_id", parseCall)
    .option("--offer <number>", "the calls of an offer, by its number in the transcript", parseCount)
    .option("--id <id>", "a record by its id in the call log, or the beginning of that", parseId)
    .option("--all", "every call and handshake that the filters let through")
    .addOption(
      new Option(
        "-T, --format <format>",
        "tree, json, pdml, or fields-ndjson: a line for each PDU with the places of its fields (default: tree)",
      ).choices(FORMATS),
    )
    .option("-o, --output <file>", "write to a file; format by suffix: .json .pdml .ndjson, else the tree")
    .option("--full", "values uncut");
  addCommonOptions(addKeyOptions(addRedact(addLimit(addFilterOptions(addTreeOptions(selecting))))))
    .addHelpText("after", EXAMPLES)
    .action(async (files: string[], options: ShowOptions) => {
      const { show } = await import("../show.js");
      finish(await show(inputsOf(command, files, options), options));
    });
}
