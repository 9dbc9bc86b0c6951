/** The manual page raiscope(1), made from the option tables. */

import type { Command } from "commander";
import { type CommandRow, DEFAULT_COMMAND, type OptionRow, optionTables } from "./option-tables.js";

/** Text as roff shows it: nothing in it is a request or an escape. */
function roff(text: string): string {
  const escaped = text.replaceAll("\\", "\\e").replaceAll("-", "\\-");
  return escaped.replace(/^([.'])/gm, "\\&$1");
}

const bold = (text: string): string => `\\fB${roff(text)}\\fR`;
const italic = (text: string): string => `\\fI${roff(text)}\\fR`;

function optionText({ short, long, description, value, choices, preset }: OptionRow): string {
  const takes = value === null ? "" : ` ${italic(value)}`;
  const flags = [...(short === null ? [] : [short]), long].map((flag) => `${bold(flag)}${takes}`).join(", ");
  const more = [
    ...(choices.length > 0 && !choices.every((one) => new RegExp(`\\b${one}\\b`).test(description))
      ? [`One of ${choices.join(", ")}.`]
      : []),
    ...(preset === null ? [] : [`Default: ${preset}.`]),
  ];
  return `.TP\n${flags}\n${roff([description, ...more].join(". ").replace(/\.\. /g, ". "))}`;
}

/** Help's text behind the options: paragraphs, and what is indented as it stands. */
function behind(text: string): string {
  const blocks = text.split(/\n{2,}/);
  return blocks
    .map((block) => {
      const lines = block.split("\n");
      const title = /^[A-Z][a-z]+:$/.test(lines[0]!) ? lines.shift()! : null;
      const head = title === null ? ".PP\n" : `.PP\n${bold(title)}\n`;
      if (lines.length > 0 && lines.every((line) => line.startsWith("  "))) {
        return `${head}.nf\n${lines.map(roff).join("\n")}\n.fi`;
      }
      return `${head}${roff(lines.join("\n"))}`;
    })
    .join("\n");
}

/** Requests that keep options from standing twice: those of the program are those of every command. */
function commandText(row: CommandRow, common: ReadonlySet<string>): string {
  const usage = row.name === DEFAULT_COMMAND ? `raiscope [${row.name}]` : `raiscope ${row.name}`;
  const options = row.options.filter(({ long }) => !common.has(long));
  return [
    `.SS ${roff(usage)}${options.length > 0 ? " [options]" : ""}${row.words === "" ? "" : ` ${roff(row.words)}`}`,
    roff(row.description),
    ...options.map(optionText),
    ...(row.after === "" ? [] : [behind(row.after)]),
  ].join("\n");
}

export function manualPage(program: Command, version: string): string {
  const [own, ...commands] = optionTables(program) as [CommandRow, ...CommandRow[]];
  const common = new Set(own.options.map(({ long }) => long));
  const shown = commands.filter(({ commands: inner }) => inner.length === 0);
  return `.\\" Made from the option tables of the program.
.TH RAISCOPE 1 "" "raiscope ${roff(version)}" "User Commands"
.SH NAME
raiscope \\- ${roff("show Remote Assistance initiation ([MS-RAI]) and every other DCE/RPC call in captured traffic")}
.SH SYNOPSIS
${shown.map(({ name, words }) => `.B raiscope ${roff(name)}\n[${italic("options")}] ${roff(words)}\n.br`).join("\n")}
.SH DESCRIPTION
${roff(own.description)}
${roff("Records go to standard output, everything else to standard error. A file without a command is analyzed.")}
.SH OPTIONS OF EVERY COMMAND
${own.options.map(optionText).join("\n")}
.SH COMMANDS
${shown.map((row) => commandText(row, common)).join("\n")}
.SH ENVIRONMENT
.TP
${bold("RAISCOPE_")}${italic("NAME")}
${roff("The value of an option that the command line does not give: RAISCOPE_MAX_MEMORY for --max-memory. An option without a value is switched by 1 or 0; lists of files are parted by colons.")}
.TP
${bold("RAISCOPE_CONFIG")}
${roff("The configuration file; RAISCOPE_NO_CONFIG=1 is --no-config.")}
.TP
${bold("NO_COLOR")}
${roff("Set to anything, it takes the colours from terminals.")}
.TP
${bold("TZ")}
${roff("The zone of -t a, -t ad and --local, and of times without one.")}
.SH FILES
.TP
${italic("$XDG_CONFIG_HOME/raiscope/config.toml")}, ${italic("~/.config/raiscope/config.toml")}
${roff("Defaults of options in TOML: keys are their long names, tables such as [stats] are for one command. The command line stands before the environment, and that before the file.")}
.SH EXIT STATUS
.TP
.B 0
Everything was read.
.TP
.B 1
${roff("Usage, or nothing could be opened or written.")}
.TP
.B 2
${roff("A capture is damaged or cut short, or one of several inputs cannot be read: what came before was printed.")}
.TP
.B 130, 143
Stopped by a signal, with everything written.
.SH SEE ALSO
.BR tshark (1),
.BR tcpdump (1)
`;
}
