/** Completion for bash, zsh and fish, made from the option tables. What is printed asks the program for nothing. */

import type { Command } from "commander";
import { type CommandRow, DEFAULT_COMMAND, type OptionRow, optionTables } from "./option-tables.js";
import type { Shell } from "./shells.js";

export function completionFor(shell: Shell, program: Command): string {
  const rows = optionTables(program);
  switch (shell) {
    case "bash":
      return bash(rows);
    case "zsh":
      return zsh(rows);
    case "fish":
      return fish(rows);
  }
}

/** A word of a shell. */
const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;
/** What a description says first: a menu has one line for it. */
const brief = (text: string): string => text.split(/[;:.(](?:\s|$)/)[0]!.trim();
const inner = (rows: readonly CommandRow[], of: CommandRow): CommandRow[] =>
  rows.filter(({ name }) => of.commands.some((word) => name === `${of.name} ${word}`.trim()));
const lastWord = (name: string): string => name.slice(name.lastIndexOf(" ") + 1);
const flagsOf = ({ short, long }: OptionRow): string[] => (short === null ? [long] : [short, long]);

/** Lists the network interfaces; the only thing that only the machine knows. */
const BASH_INTERFACES = "ls /sys/class/net 2>/dev/null; echo any";

function bash(rows: readonly CommandRow[]): string {
  const [program] = rows as [CommandRow];
  const names = rows.slice(1).map(({ name }) => name);
  /** `-T|--format)` with what completes it. */
  const values = (row: CommandRow): string =>
    row.options
      .filter(({ value }) => value !== null)
      .map((option) => `      ${quotedPattern(option)}) ${bashValue(option)}; return ;;`)
      .join("\n");
  const cases = rows
    .slice(1)
    .map((row) => {
      const words = [...row.commands, ...row.choices];
      const plain = words.length > 0 ? `COMPREPLY=($(compgen -W ${quoted(words.join(" "))} -- "$cur"))` : ":";
      return `    ${quoted(row.name)})
      case "$prev" in
${values(row)}
      esac
      options=${quoted(row.options.flatMap(flagsOf).join(" "))}
      plain() { ${row.takesFiles ? "_raiscope_files" : plain}; }
      ;;`;
    })
    .join("\n");
  return `# bash completion for raiscope; made by \`raiscope completion bash\`.
_raiscope_files() {
  local IFS=$'\\n'
  compopt -o filenames 2>/dev/null
  COMPREPLY=($(compgen -f -- "$cur"))
}
_raiscope_folders() {
  local IFS=$'\\n'
  compopt -o filenames 2>/dev/null
  COMPREPLY=($(compgen -d -- "$cur"))
}
_raiscope() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD-1]} command= word i options=
  COMPREPLY=()
  # --option=value comes in three words.
  if [[ $cur == = ]]; then cur=; elif [[ $prev == = ]]; then prev=\${COMP_WORDS[COMP_CWORD-2]}; fi
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=\${COMP_WORDS[i]}
    case "\${command:+$command }$word" in
      ${names.map(quoted).join("|")}) command="\${command:+$command }$word" ;;
      *) [[ -n $command || $word == -* ]] || break ;;
    esac
  done
  local named=$command
  [[ -n $command ]] || command=${DEFAULT_COMMAND}
  case "$command" in
${cases}
  esac
  if [[ $cur == -* ]]; then
    COMPREPLY=($(compgen -W "$options" -- "$cur"))
    return
  fi
  if [[ -z $named && $COMP_CWORD -eq 1 ]]; then
    compopt -o filenames 2>/dev/null
    local IFS=$'\\n'
    COMPREPLY=($(compgen -W ${quoted(program.commands.join("\n"))} -- "$cur") $(compgen -f -- "$cur"))
    return
  fi
  plain
}
complete -F _raiscope raiscope
`;
}

const quotedPattern = (option: OptionRow): string => flagsOf(option).join("|");

function bashValue({ kind, choices }: OptionRow): string {
  switch (kind) {
    case "file":
      return "_raiscope_files";
    case "folder":
      return "_raiscope_folders";
    case "choice":
      return `COMPREPLY=($(compgen -W ${quoted(choices.join(" "))} -- "$cur"))`;
    case "interface":
      return `COMPREPLY=($(compgen -W "$(${BASH_INTERFACES})" -- "$cur"))`;
    default:
      return ":";
  }
}

/** What stands in brackets or before a colon in a specification of zsh. */
const zshText = (text: string): string => text.replace(/[[\]\\:]/g, "\\$&");

function zshValue({ value, kind, choices }: OptionRow): string {
  if (value === null) return "";
  const action = {
    file: "_files",
    folder: "_files -/",
    choice: `(${choices.join(" ")})`,
    interface: "_net_interfaces",
    word: "",
  }[kind];
  return `:${zshText(value)}:${action}`;
}

function zshOption(option: OptionRow): string {
  const flags = flagsOf(option);
  const text = `[${zshText(brief(option.description))}]${zshValue(option)}`;
  // Most options may be repeated, and none is harmed by it.
  return flags
    .map((flag) => {
      const takes = option.value === null ? "" : flag.startsWith("--") ? "=" : "+";
      return `    ${quoted(`*${flag}${takes}${text}`)}`;
    })
    .join(" \\\n");
}

function zsh(rows: readonly CommandRow[]): string {
  const [program] = rows as [CommandRow];
  const functionOf = ({ name }: CommandRow): string => `_raiscope_${name.replaceAll(" ", "_")}`;
  const described = (of: CommandRow): string =>
    inner(rows, of)
      .map((row) => `    ${quoted(`${lastWord(row.name)}:${zshText(brief(row.summary))}`)}`)
      .join("\n");
  const functions = rows.slice(1).map((row) => {
    const options = row.options.map(zshOption).join(" \\\n");
    if (row.commands.length > 0) {
      return `${functionOf(row)}() {
  local -a commands=(
${described(row)}
  )
  if (( CURRENT == 2 )); then
    _describe command commands
    return
  fi
  shift words; (( CURRENT-- ))
  local inner=${functionOf(row)}_$words[1]
  (( $+functions[$inner] )) && $inner
}`;
    }
    const words = row.takesFiles
      ? "'*:file:_files'"
      : row.choices.length > 0
        ? quoted(`1:word:(${row.choices.join(" ")})`)
        : "";
    return `${functionOf(row)}() {
  _arguments -s -S \\
${options}${words === "" ? "" : ` \\\n    ${words}`}
}`;
  });
  return `#compdef raiscope
# zsh completion for raiscope; made by \`raiscope completion zsh\`.
${functions.join("\n")}
_raiscope() {
  local -a commands=(
${described(program)}
  )
  if (( CURRENT == 2 )) && [[ $words[2] != -* ]]; then
    _describe command commands
    _files
    return
  fi
  local inner=_raiscope_$words[2]
  if (( CURRENT > 2 && $+functions[$inner] )); then
    shift words; (( CURRENT-- ))
    $inner
    return
  fi
  _raiscope_${DEFAULT_COMMAND}
}
if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
  _raiscope "$@"
else
  compdef _raiscope raiscope
fi
`;
}

function fish(rows: readonly CommandRow[]): string {
  const [program] = rows as [CommandRow];
  const lines: string[] = [];
  const top = program.commands.join(" ");
  for (const row of inner(rows, program)) {
    const say = quoted(brief(row.summary));
    lines.push(`complete -c raiscope -n __raiscope_first -a ${row.name} -d ${say}`);
  }
  for (const row of rows.slice(1)) {
    const parts = row.name.split(" ");
    const seen = parts.map((part) => `__fish_seen_subcommand_from ${part}`).join("; and ");
    const without =
      row.commands.length > 0 ? `; and not __fish_seen_subcommand_from ${row.commands.join(" ")}` : "";
    const usual = row.name === DEFAULT_COMMAND ? `; or not __fish_seen_subcommand_from ${top}` : "";
    const when = `-n ${quoted(seen + without + usual)}`;
    for (const one of inner(rows, row)) {
      lines.push(`complete -c raiscope ${when} -f -a ${lastWord(one.name)} -d ${quoted(brief(one.summary))}`);
    }
    if (row.choices.length > 0)
      lines.push(`complete -c raiscope ${when} -f -a ${quoted(row.choices.join(" "))}`);
    for (const option of row.options) lines.push(`complete -c raiscope ${when} ${fishOption(option)}`);
  }
  return `# fish completion for raiscope; made by \`raiscope completion fish\`.
function __raiscope_first
    test (count (commandline -opc)) -eq 1
end
complete -c raiscope -e
${lines.join("\n")}
`;
}

function fishOption({ short, long, description, value, kind, choices }: OptionRow): string {
  const flags = `${short === null ? "" : `-s ${short.slice(1)} `}-l ${long.slice(2)}`;
  const say = `-d ${quoted(brief(description))}`;
  if (value === null) return `${flags} ${say}`;
  const takes = {
    file: "-r -F",
    folder: "-x -a '(__fish_complete_directories)'",
    choice: `-x -a ${quoted(choices.join(" "))}`,
    interface: "-x -a '(ls /sys/class/net 2>/dev/null; echo any)'",
    word: "-x",
  }[kind];
  return `${flags} ${takes} ${say}`;
}
