/** Ways in which a command ends without a result. Each is one clear line on standard error, never a stack. */

import type { Severity } from "../events.js";
import { diagnostics } from "./diagnostics.js";

/** Exit statuses of every command. */
export const EXIT = {
  ok: 0,
  /** Usage, or nothing could be opened. */
  failed: 1,
  /** Not everything was read: a capture is damaged or cut short, or one of several inputs cannot be used. */
  damaged: 2,
  /** All was read, and --fail-on was reached. */
  found: 3,
} as const;

/** A mistake in how the command was called, or an input or output that cannot be used. */
export class CommandError extends Error {
  readonly hint: string | readonly string[] | null;
  /** Of the diagnostic: kebab-case and stable. */
  readonly code: string;

  constructor(message: string, hint: string | readonly string[] | null = null, code = "command-failed") {
    super(message);
    this.name = "CommandError";
    this.hint = hint;
    this.code = code;
  }
}

/** What a diagnostic is, beside its words. */
export interface About {
  severity: Severity;
  code: string;
  hint?: string | readonly string[] | null;
  /** The words as a person reads them, where they are not the message alone. */
  shown?: string;
}

const FAILURE: About = { severity: "error", code: "command-failed" };

/** What the program has to say that is neither wrong nor a warning. */
export function notice(code: string): About {
  return { severity: "info", code };
}

/** Counters at the end of a run. */
export const SUMMARY = notice("summary");

/** Says something on standard error. */
export function complain(said: string, about: About = FAILURE): void {
  const { shown = said, ...rest } = about;
  process.stderr.write(diagnostics.text({ ...rest, message: said }, shown));
}

/** As `complain`, of what is a warning to a person as well. */
export function warn(message: string, code: string, say: typeof complain = complain): void {
  say(message, { severity: "warning", code, shown: `warning: ${message}` });
}

/** A file name as a message shows it: one that is empty would not be seen. */
export function nameOf(path: string): string {
  return path === "" ? "''" : path;
}

/** What a system call's failure means, in the user's words. */
export function systemReason(error: unknown): string {
  const code = (error as NodeJS.ErrnoException).code;
  switch (code) {
    case "ENOENT":
      return "no such file or directory";
    case "EACCES":
    case "EPERM":
      return "permission denied";
    case "EISDIR":
      return "is a directory";
    case "ENOSPC":
      return "no space left on device";
    default: {
      const message = error instanceof Error ? error.message : String(error);
      // Node's own text repeats the path behind the reason.
      return /^[A-Z0-9]+: ([^,]+), /.exec(message)?.[1] ?? message;
    }
  }
}
