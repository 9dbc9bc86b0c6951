/** Which words of a command line are secrets: they leave the list of processes, and no message repeats them. */

import { existsSync } from "node:fs";
import { nearest } from "../suggest.js";
import { CommandError } from "./failure.js";

/** Options whose value is a secret, in every command. */
const SECRET_OPTIONS = ["password", "nt-hash", "session-key"] as const;
/** How the names of such options begin in other programs. */
const OTHER_NAMES = /^(pass|pwd|pw$|secret$|hash)/;
const HIDDEN = "***";

/** The option's name without its dashes, also where it is misspelt; null where its value is no secret. */
export function secretOption(word: string): string | null {
  const name = /^--?([a-z][a-z-]*)/i.exec(word)?.[1]?.toLowerCase();
  if (name === undefined || name.length < 2) return null;
  const known = SECRET_OPTIONS.find((option) => name.startsWith(option));
  if (known !== undefined) return known;
  return nearest(name, SECRET_OPTIONS) ?? (OTHER_NAMES.test(name) ? name : null);
}

/** The words with every secret replaced; null where there is none. */
export function withoutSecrets(words: readonly string[]): string[] | null {
  const shown: string[] = [];
  let found = false;
  for (let i = 0; i < words.length; i++) {
    const word = words[i]!;
    if (word === "--") {
      shown.push(...words.slice(i));
      break;
    }
    if (secretOption(word) === null && !isInline(words[i - 1], word)) {
      shown.push(word);
      continue;
    }
    found = true;
    if (!word.startsWith("-")) shown.push(HIDDEN);
    else if (word.includes("=")) shown.push(`${word.slice(0, word.indexOf("="))}=${HIDDEN}`);
    else if (i + 1 < words.length) {
      shown.push(word, HIDDEN);
      i++;
    } else shown.push(word);
  }
  return found ? shown : null;
}

/** Secrets themselves where the name of their file is wanted. */
function isInline(option: string | undefined, word: string): boolean {
  return option === "--secrets" && /^\s*[[{]/.test(word);
}

/**
 * Takes secrets out of what `ps` and /proc show of this process, and out of what programs started by it inherit. The
 * line of another program that started this one, such as sudo or a shell, stays as it is.
 */
export function hideSecrets(process: NodeJS.Process): void {
  const words = withoutSecrets(process.argv.slice(2));
  if (words === null) return;
  process.title = ["raiscope", ...words].join(" ");
  // sudo repeats the whole command line in it.
  delete process.env.SUDO_COMMAND;
}

/** A name of a file, not a piece of a secret that holds blanks. */
export function looksLikeFile(word: string): boolean {
  return /[\\/]|\.(pcap|pcapng|ntar|cap|dmp|trc|gz|zst|zstd|json|ndjson|keytab|idl|txt|msrcincident)$/i.test(
    word,
  );
}

/**
 * Refuses a word behind a secret that is no file: it is most likely the rest of a secret that was not quoted, and what
 * reads it as a file would repeat it. `commands` are let through. Throws CommandError.
 */
export function refuseLooseWords(words: readonly string[], commands: readonly string[]): void {
  for (let i = 0; i < words.length; i++) {
    const given = /^--([a-z-]+)(=?)/.exec(words[i]!);
    const option = SECRET_OPTIONS.find((name) => name === given?.[1]);
    if (option === undefined) continue;
    const word = words[given![2] === "=" ? i + 1 : i + 2];
    if (word === undefined || word.startsWith("-") || looksLikeFile(word) || existsSync(word)) continue;
    if (nearest(word, commands) !== null) continue;
    throw new CommandError(
      `the argument after the value of --${option} is not a file; it is not repeated here, since it may be part of the secret`,
      "quote a secret that contains spaces, or put it in a file: --secrets FILE",
    );
  }
}
