/** The options of -w, of commands that read captures which were made before. */

import type { Command } from "commander";
import { CommandError } from "./failure.js";

export interface WriteOptions {
  write?: string;
  decrypt?: boolean;
  keepSecrets?: boolean;
}

export function addWriteOptions(command: Command): Command {
  return command
    .option(
      "-w, --write <file>",
      "write the conversations of what is shown as pcapng, with a comment on each frame that closes a call",
    )
    .option("--decrypt", "with -w: write stubs in the clear that a key opened")
    .option(
      "--keep-secrets",
      "with -w: keep the secrets blocks of pcapng (TLS keys), which are left out otherwise",
    );
}

/** Throws CommandError where an option has nothing to do. */
export function refuseWithoutFile({ write, decrypt, keepSecrets }: WriteOptions): void {
  if (write !== undefined) return;
  if (decrypt === true) throw new CommandError("--decrypt needs a file to write: -w FILE");
  if (keepSecrets === true) throw new CommandError("--keep-secrets needs a file to write: -w FILE");
}
