/** Ways in which a command ends without a result. Each is one clear line on standard error, never a stack. */

/** Exit statuses of every command. */
export const EXIT = {
  ok: 0,
  /** Usage, or nothing could be opened. */
  failed: 1,
  /** Not everything was read: a capture is damaged or cut short, or one of several inputs cannot be used. */
  damaged: 2,
} as const;

/** A mistake in how the command was called, or an input or output that cannot be used. */
export class CommandError extends Error {
  readonly hint: string | null;

  constructor(message: string, hint: string | null = null) {
    super(message);
    this.name = "CommandError";
    this.hint = hint;
  }
}

/** One line, nothing that could act on a terminal. Paths and file contents may hold anything. */
export function complain(text: string): void {
  const safe = text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu, (c) => {
    const code = c.codePointAt(0) ?? 0;
    return code < 0x100 ? `\\x${code.toString(16).padStart(2, "0")}` : `\\u{${code.toString(16)}}`;
  });
  process.stderr.write(`raiscope: ${safe}\n`);
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
