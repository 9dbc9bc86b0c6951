/** The command line of `raiscope invitation`. */

import { type Command, InvalidArgumentError } from "commander";
import type { Finish } from "../finish.js";
import type { InvitationOptions } from "../invitation.js";
import { addRedact } from "../options.js";
import { addReportOptions, INVITATION_FORMATS } from "../report-options.js";

const EXAMPLES = `
Prompts for a password, without echo, where one would reveal more and none was given. Encrypted calls of captures are
decrypted with the passwords, --nt-hash, --keytab, --session-key and --secrets, as by "raiscope analyze".

Examples:
  raiscope invitation Invitation.msrcincident
  raiscope invitation --password 48BJQ853X3B4 -T ndjson *.msrcincident
  raiscope invitation Invitation.msrcincident --capture gateway.pcapng

Exit status: 0 everything was read, 1 usage or nothing could be opened, 2 a file is damaged, not an invitation, or was
not decrypted by the password.`;

const collect = (value: string, before: string[] | undefined): string[] => [...(before ?? []), value];

export function registerInvitation(program: Command, finish: Finish): void {
  const command = program
    .command("invitation")
    .summary("read Remote Assistance invitation files and connection strings")
    .description(
      "Reads invitation files (.msrcincident) of both types, and files that hold a bare connection string: who invites, " +
        "until when, where the novice listens, what is encrypted, and every rule of [MS-RAI] that is broken.",
    )
    .argument("[file...]", "invitation files, or - for standard input")
    .option(
      "--password <password>",
      "of the invitation, repeatable; decrypts LHTICKET or encrypts the PassStub",
      collect,
    )
    .option("--now <time>", "check expiry against this time: RFC 3339, or seconds since 1970", parseTime);
  addRedact(addReportOptions(command, INVITATION_FORMATS))
    .option(
      "--capture <file...>",
      "report whether these captures show the ticket being issued or a connection to a listener",
    )
    .option("--nt-hash <hex>", "for captures: an NT hash tried for every user, repeatable", collect)
    .option("--keytab <file>", "for captures: Kerberos keys, repeatable", collect)
    .option("--session-key <hex>", "for captures: an exported session key, repeatable", collect)
    .option("--secrets <file>", "for captures: a JSON file of secrets, repeatable", collect)
    .addHelpText("after", EXAMPLES)
    .action(async (files: string[], options: InvitationOptions) => {
      const { invitationCommand } = await import("../invitation.js");
      finish(await invitationCommand(files, options));
    });
}

/** [RFC 3339] (time and zone may be left out: midnight, UTC) or seconds since 1970. Throws InvalidArgumentError. */
export function parseTime(text: string): number {
  if (/^@?\d{1,12}(\.\d+)?$/.test(text)) return Number(text.replace("@", ""));
  const parts =
    /^(\d{4}-\d{2}-\d{2})(?:[Tt ](\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?)([Zz]|[+-]\d{2}:\d{2})?)?$/.exec(text);
  const [, day = "", time = "00:00", zone = "Z"] = parts ?? [];
  const milliseconds = Date.parse(`${day}T${time}${zone.toUpperCase()}`);
  if (Number.isNaN(milliseconds)) {
    throw new InvalidArgumentError("Give a time such as 2014-06-30T12:00:00Z, or seconds since 1970.");
  }
  return milliseconds / 1000;
}
