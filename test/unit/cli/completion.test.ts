/** Completion as the shells themselves do it, and the manual page as roff reads it: both follow from the option tables. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { type CommandRow, optionTables } from "../../../src/cli/option-tables.js";
import { makeProgram } from "../../../src/cli/program.js";
import { FORMATS } from "../../../src/output/formats.js";
import { raiscope } from "../../support/cli/spawn.js";

const folder = mkdtempSync(join(tmpdir(), "raiscope-completion-"));
after(() => rmSync(folder, { recursive: true, force: true }));
const SHELLS = ["bash", "zsh", "fish"] as const;
type Shell = (typeof SHELLS)[number];
const script = (shell: Shell): string => join(folder, `raiscope.${shell}`);
const missing = (program: string): string | false =>
  spawnSync(program, ["--version"]).error === undefined ? false : `${program} is not installed`;

/** What a shell offers for the last word of a line. */
const complete: { readonly [shell in Shell]: (words: readonly string[]) => string[] } = {
  bash(words) {
    const program = `source "$1"; shift
      COMP_WORDS=(raiscope "$@"); COMP_CWORD=$#
      _raiscope raiscope "\${COMP_WORDS[COMP_CWORD]}" "\${COMP_WORDS[COMP_CWORD-1]}"
      printf '%s\\n' "\${COMPREPLY[@]}"`;
    return lines(run("bash", ["--norc", "-c", program, "bash", script("bash"), ...words]));
  },
  fish(words) {
    const program = `source $argv[1]; complete -C "raiscope $argv[2..]"`;
    const line = words.join(" ");
    const said = run("fish", [
      "--no-config",
      "-c",
      program.replace("$argv[2..]", "$argv[2]"),
      script("fish"),
      line,
    ]);
    return lines(said).map((one) => one.split("\t")[0]!);
  },
  zsh(words) {
    // A terminal of its own, in which the tabulator is pressed.
    const program = `zmodload zsh/zpty
      zpty z zsh -f -i
      zpty -w z "PS1=; PROMPT_EOL_MARK=; unsetopt zle_bracketed_paste; autoload -U compinit; compinit -u -D; source $1"
      zpty -w z "zstyle ':completion:*' list-prompt ''; zstyle ':completion:*' menu no; setopt list_ambiguous; LISTMAX=10000; COLUMNS=300; LINES=500; cd $2"
      zpty -w z 'print READY-$((40+2))'
      while zpty -r z line; do [[ $line == *READY-42* ]] && break; done
      zpty -w -n z "raiscope $3"$'\\t\\t'
      sleep 1
      zpty -w z $'\\003'
      zpty -w z 'print ENDED-$((40+2))'
      while zpty -r z line; do [[ $line == *ENDED-42* ]] && break; print -r -- "$line"; done`;
    const said = run("zsh", ["-f", "-c", program, "zsh", script("zsh"), folder, words.join(" ")]);
    return lines(said.replace(/\u001b\[[0-9;?]*[A-Za-z]|[\r\u0007]/g, "\n")).flatMap((line) =>
      line.trim().split(/\s+/),
    );
  },
};

function run(program: string, args: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync(program, args, {
    encoding: "utf8",
    cwd: folder,
    timeout: 60_000,
  });
  assert.equal(status, 0, stderr);
  return stdout;
}

function lines(text: string): string[] {
  return text.split("\n").filter((line) => line !== "");
}

const rows = optionTables(makeProgram(() => {}));
const rowOf = (name: string): CommandRow => rows.find((row) => row.name === name)!;

before(async () => {
  for (const shell of SHELLS) {
    const { status, stdout, stderr } = await raiscope(["completion", shell]);
    assert.deepEqual([status, stderr], [0, ""]);
    writeFileSync(script(shell), stdout);
  }
  writeFileSync(join(folder, "my capture.pcap"), "");
  writeFileSync(join(folder, "other.idl"), "");
  mkdirSync(join(folder, "deep"));
});

for (const shell of SHELLS) {
  describe(`completion of ${shell}`, { skip: missing(shell) }, () => {
    const offered = (...words: string[]): string[] => complete[shell](words);
    const has = (found: readonly string[], ...wanted: string[]): void => {
      for (const one of wanted) assert.ok(found.includes(one), `${one} is not among ${found.join(" ")}`);
    };

    test("commands, and the files of the default one", () => {
      const first = offered("");
      has(first, ...rowOf("").commands);
      assert.ok(
        first.some((word) => word.startsWith("other.idl")),
        first.join(" "),
      );
      has(offered("st"), "stats");
      has(offered("idl", ""), "check");
    });

    test("every option of every command, by its long and its short name", () => {
      for (const row of rows.filter(({ name, commands }) => name !== "" && commands.length === 0)) {
        // Each command is a start of a shell, and a second in zsh.
        if (shell === "zsh" && !["stats", "idl check"].includes(row.name)) continue;
        const words = row.name.split(" ");
        has(offered(...words, "--"), ...row.options.map(({ long }) => long));
        const short = row.options.flatMap((option) => (option.short === null ? [] : [option.short]));
        // zsh lists them behind the long ones, as wide as its terminal is.
        if (short.length > 0 && shell !== "zsh") has(offered(...words, "-"), ...short);
      }
      // Without a command they are those of analyze.
      has(offered("other.idl", "--lad"), "--ladder");
      has(offered("--lad"), "--ladder");
    });

    test("the words that an option takes", () => {
      const formats = FORMATS.map(({ name }) => name);
      has(offered("analyze", "-T", ""), ...formats);
      has(offered("-T", "ndj"), "ndjson");
      has(offered("stats", "--format", ""), "table", "json");
      has(offered("-t", ""), "ad", "a", "r", "d", "e", "u");
      has(offered("completion", ""), ...SHELLS);
      assert.ok(offered("--keytab", "oth").some((word) => word.startsWith("other.idl")));
      assert.ok(offered("stats", "oth").some((word) => word.startsWith("other.idl")));
    });
  });
}

test("another shell is refused, or none", async () => {
  assert.equal((await raiscope(["completion", "tcsh"])).status, 1);
  assert.equal((await raiscope(["completion"])).status, 1);
});

test("the manual page ships, has every command and option, and roff has nothing to say against it", {
  skip: missing("groff"),
}, () => {
  const root = fileURLToPath(new URL("../../../", import.meta.url));
  const { man, files } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  assert.equal(man, "dist/man/raiscope.1");
  assert.ok(files.includes("dist/man"));
  const shown = spawnSync("groff", ["-man", "-Tutf8", "-ww", "-P-c", "-rLL=400n", join(root, man)], {
    encoding: "utf8",
  });
  assert.deepEqual([shown.status, shown.stderr], [0, ""]);
  const text = shown.stdout.replace(/.\u0008/g, "");
  for (const row of rows.filter(({ commands }) => commands.length === 0)) {
    for (const { long, short } of row.options) {
      assert.ok(short === null || [" ", ","].some((end) => text.includes(short + end)), short ?? "");
      assert.ok(text.includes(long), `${row.name} ${long}`);
    }
    const usage = row.name === "analyze" ? "raiscope [analyze]" : `raiscope ${row.name}`;
    assert.ok(text.includes(usage), usage);
  }
  for (const title of ["NAME", "SYNOPSIS", "ENVIRONMENT", "FILES", "EXIT STATUS"]) {
    assert.match(text, new RegExp(`^${title}$`, "m"));
  }
});
