/** The command line of `raiscope view`. */

import { type Command, InvalidArgumentError } from "commander";
import type { Finish } from "../finish.js";
import { addCommonOptions, addKeyOptions } from "../options.js";
import { addFiles } from "../reading-options.js";
import type { ViewOptions } from "../view-run.js";

const MAX_PORT = 65_535;

const EXAMPLES = `
The page is one file and needs nothing beside it: it shows calls, offers, parameters and bytes, searches and filters them. Opened in a
browser, it reads the captures from raiscope, which listens on 127.0.0.1 alone, below an address that nobody can guess,
until the page is closed or Ctrl-C is pressed. Passwords and keys go the same way, and into no file. Without a file the
page is empty: captures are dropped on it.

With -o the page is written to a file with the captures inside, which can be opened anywhere without raiscope: whoever has
it has the captures. Nothing is redacted; raiscope FILE -w SMALLER.pcapng --redact makes a capture that may be given away.

Examples:
  raiscope view capture.pcapng
  raiscope view captures/ --password Help4Desk
  raiscope view --no-browser --port 8080 capture.pcapng     prints the address alone
  raiscope view capture.pcapng -o capture.html
  raiscope view                                             the empty page

Exit status: 0 the page was closed or written, 1 usage, nothing could be opened, or the page could not be written, 2 one of several inputs
cannot be read, 130 or 143 stopped by a signal.`;

export function registerView(program: Command, finish: Finish): void {
  const command: Command = program
    .command("view")
    .summary("look at captures in a browser")
    .description(
      "Opens captures in the browser, on a page that raiscope brings: nothing leaves this machine.",
    );
  addFiles(command)
    .option("-o, --output <file>", "write the page to a file, with the captures inside")
    .option("--port <number>", "the port to listen on (default: one that is free)", parsePort)
    .option("--no-browser", "open no browser: print the address alone");
  addCommonOptions(addKeyOptions(command))
    .addHelpText("after", EXAMPLES)
    .action(async (files: string[], options: ViewOptions) => {
      const { view } = await import("../view-run.js");
      finish(await view([...(options.readFile ?? []), ...files], options));
    });
}

/** Throws InvalidArgumentError. */
function parsePort(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (!(port >= 1 && port <= MAX_PORT)) {
    throw new InvalidArgumentError(`Give a port from 1 to ${MAX_PORT}.`);
  }
  return port;
}
