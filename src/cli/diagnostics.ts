/**
 * What is said on standard error: lines for a person, or JSON objects, one a line (--log-format json). Standard error is one
 * for the whole process, and so is the form of what goes there.
 */

import type { Severity } from "../events.js";

export const LOG_FORMATS = ["text", "json"] as const;
export type LogFormat = (typeof LOG_FORMATS)[number];

export const LOG_VARIABLE = "RAISCOPE_LOG_FORMAT";

/** One thing that is said. */
export interface Diagnostic {
  severity: Severity;
  /** kebab-case and stable: those of notes (docs/notes.md), and those of docs/command-line.md. */
  code: string;
  message: string;
  /** What to do about it; several lines show a place. */
  hint?: string | readonly string[] | null;
}

/** What could act on a terminal, or break the line. */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

class Diagnostics {
  format: LogFormat = "text";

  /** The line, or the object, of one diagnostic. `shown`: the message as a person reads it. */
  text({ severity, code, message, hint = null }: Diagnostic, shown = message): string {
    if (this.format === "text") {
      return [shown, ...linesOf(hint)].map((line) => `raiscope: ${printable(line)}\n`).join("");
    }
    const record = { ts: new Date().toISOString(), severity, code, message };
    const line = JSON.stringify(hint === null ? record : { ...record, hint: linesOf(hint).join("\n") });
    return `${line.replace(UNSAFE, (c) => [...utf16(c)].map((unit) => `\\u${unit}`).join(""))}\n`;
  }
}

/** Of this process. */
export const diagnostics = new Diagnostics();

function linesOf(hint: string | readonly string[] | null): readonly string[] {
  return typeof hint === "string" ? [hint] : (hint ?? []);
}

/** One line, nothing that could act on a terminal. Paths and file contents may hold anything. */
function printable(text: string): string {
  return text.replace(UNSAFE, (c) => {
    const code = c.codePointAt(0) ?? 0;
    return code < 0x100 ? `\\x${code.toString(16).padStart(2, "0")}` : `\\u{${code.toString(16)}}`;
  });
}

function* utf16(text: string): Generator<string> {
  for (let i = 0; i < text.length; i++) yield text.charCodeAt(i).toString(16).padStart(4, "0");
}

/**
 * The format that a command line asks for, before anything of it is understood: even what is wrong with it is said so.
 */
export function askedLogFormat(words: readonly string[], environment: NodeJS.ProcessEnv): LogFormat | null {
  let asked: string | undefined;
  for (const [index, word] of words.entries()) {
    if (word === "--") break;
    if (word === "--log-format") asked = words[index + 1];
    else if (word.startsWith("--log-format=")) asked = word.slice("--log-format=".length);
  }
  asked ??= environment[LOG_VARIABLE];
  return LOG_FORMATS.find((format) => format === asked) ?? null;
}
