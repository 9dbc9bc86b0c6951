/** The command line of `raiscope sniff`. */

import type { Command } from "commander";
import { addFindingOptions } from "../finding-options.js";
import type { Finish } from "../finish.js";
import type { SniffOptions } from "../live.js";
import { addCaptureOptions, addKeepOptions } from "../live-options.js";
import { addCommonOptions, addKeyOptions, addRecordOptions } from "../options.js";
import { addRefusedOfLive, addSpelling } from "../reading-options.js";
import { addTreeOptions } from "../tree-options.js";

const EXAMPLES = `
Root is dropped as soon as the interface is open. Engines: tcpdump delivers frames once a second, dumpcap four times a
second, cap at once; cap has arrival time stamps only and does not report kernel drops.

SIGINT (Ctrl-C) and SIGTERM stop the capture and process what was captured so far, a second one stops at once; SIGUSR1
prints the counters; SIGHUP reopens the files of -o and -w.

Examples:
  sudo raiscope sniff -i eth0
  sudo raiscope sniff -i eth0 -i lo -f "host 10.0.0.5 and tcp" -T ndjson --events all
  sudo raiscope sniff -i any --password Help4Desk -o calls.ndjson -o offers.txt
  sudo raiscope sniff -i eth0 -w rai.pcapng --keep rai
  sudo raiscope sniff -i eth0 -w all.pcapng -b filesize:100000 -b files:24
  sudo raiscope sniff -i eth0 -a duration:3600
  ssh host tcpdump -U -w - tcp | raiscope -        from another machine, as it happens

Exit status: 0 ended by itself, 1 usage or nothing could be opened, 2 an interface was lost or a file could not be
written, 3 --fail-on was reached, 130 or 143 stopped by a signal.`;

export function registerSniff(program: Command, finish: Finish): void {
  const command = program
    .command("sniff")
    .summary("capture on interfaces and show the calls as they happen")
    .description("Captures on interfaces and shows the calls as they happen, as analyze does for files.");
  addCommonOptions(
    addKeyOptions(
      addTreeOptions(
        addFindingOptions(
          addRecordOptions(addKeepOptions(addCaptureOptions(addSpelling(addRefusedOfLive(command))))),
        ),
      ),
    ),
  )
    .addHelpText("after", EXAMPLES)
    .action(async (options: SniffOptions) => {
      const { sniff } = await import("../live.js");
      finish(await sniff(options));
    });
}
