/** The command line of `raiscope analyze`, the default command. */

import { Option } from "commander";
import type { AnalyzeOptions } from "../analyze.js";
import type { CommandLine } from "../command-line.js";
import { EXIT } from "../failure.js";
import { addFindingOptions } from "../finding-options.js";
import type { Finish } from "../finish.js";
import { jobsOption } from "../jobs/jobs-option.js";
import { addCommonOptions, addKeyOptions, addRecordOptions } from "../options.js";
import { addInputs, inputsOf } from "../reading-options.js";
import { addShard } from "../shard-options.js";
import { print } from "../stdout.js";
import { addTreeOptions } from "../tree-options.js";
import { addWriteOptions } from "../write-options.js";

const EXAMPLES = `
All filters must match (AND). Commas within a value mean OR: "--status error,fault --host 10.0.0.5" shows the failed
calls to and from that address. Filters select calls; --host also selects associations, offers and findings, --interface and
--only-rai also associations.

--redact reads files twice, so that a name is hidden from the first record on, whichever record reveals it. From a pipe
or an interface, what was shown before that cannot be taken back.

-t and --local say how text shows times, as in tshark; ndjson and json stay in UTC. --after TIME is inclusive, --before TIME
is not, and frames keep their numbers.

Examples:
  raiscope capture.pcapng                          the transcript
  raiscope capture.pcapng --ladder                 each offer as a sequence
  raiscope -T ndjson --events all captures/        every record of a directory of captures
  raiscope -T ndjson --only-rai big.pcap.gz | jq .rai.connection_string
  raiscope a.pcap -o calls.ndjson -o report.txt    two files at once
  tcpdump -U -w - tcp | raiscope -                 as it happens
  raiscope sealed.pcap --secrets secrets.json
  raiscope big.pcap --after "2024-06-03 10:15" --before 2024-06-03T08:20:00Z -t ad
  raiscope big.pcap --host 10.0.0.5 -w calls.pcapng --decrypt --password Secret1
  raiscope -nr capture.pcapng -c 1000              in tshark's shapes

Exit status: 0 everything was read, 1 usage, nothing could be opened or an output could not be written, 2 the capture is
damaged or cut short or one of several inputs cannot be read, 3 --fail-on was reached (2 goes before 3), 130 or 143 stopped by a signal.`;

export function registerAnalyze(program: CommandLine, finish: Finish): void {
  const command: CommandLine = program
    .command("analyze", { isDefault: true })
    .summary("read captures and show the calls, as transcript, table or JSON (the default command)")
    .description(
      "Reads captures (pcap or pcapng, plain, gzip or zstd), directories of captures, or - for standard input.",
    );
  addShard(
    addCommonOptions(
      addKeyOptions(addTreeOptions(addWriteOptions(addFindingOptions(addRecordOptions(addInputs(command)))))),
    ),
  )
    .addOption(jobsOption())
    .addOption(
      new Option(
        "-G, --glossary <what>",
        "fields: list every name that -e and -Y know, with type and meaning",
      ).choices(["fields"]),
    )
    .addHelpText("after", EXAMPLES)
    .action(async (files: string[], options: AnalyzeOptions & { glossary?: string }) => {
      if (options.glossary !== undefined) {
        const { glossary } = await import("../../fields/glossary.js");
        await print(glossary());
        finish(EXIT.ok);
        return;
      }
      const { analyze } = await import("../analyze.js");
      const inputs = inputsOf(command, files, options);
      finish(await analyze(inputs, options, (word) => command.commandMeant(word)));
    });
}
