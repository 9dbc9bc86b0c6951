/** Asking for a password on a terminal without echo. */
import type { Readable, Writable } from "node:stream";

/** A terminal to ask on: `input` can be switched to raw mode. */
export interface Terminal {
  input: Readable & { isTTY?: boolean; setRawMode?(raw: boolean): unknown };
  output: Writable;
}

/**
 * Shows `prompt` and reads a line that is not echoed. Null where nothing was typed or the input ended; `interrupted`
 * where Ctrl-C was typed. The terminal is put back in every case.
 */
export function askPassword(terminal: Terminal, prompt: string): Promise<string | null | "interrupted"> {
  const { input, output } = terminal;
  return new Promise((resolve) => {
    const typed: string[] = [];
    const decoder = new TextDecoder();
    const done = (result: string | null | "interrupted"): void => {
      input.off("data", onData);
      input.off("end", onEnd);
      input.setRawMode?.(false);
      input.pause();
      output.write("\n");
      resolve(result);
    };
    const onEnd = (): void => done(null);
    const onData = (chunk: Uint8Array | string): void => {
      const text = typeof chunk === "string" ? chunk : decoder.decode(chunk, { stream: true });
      for (const character of text) {
        if (character === "\u0003") {
          done("interrupted");
          return;
        }
        if (character === "\r" || character === "\n" || character === "\u0004") {
          done(typed.length === 0 ? null : typed.join(""));
          return;
        }
        if (character === "\u007f" || character === "\b") typed.pop();
        else if (character === "\u0015") typed.length = 0;
        else if (character >= " ") typed.push(character);
      }
    };
    output.write(prompt);
    input.setRawMode?.(true);
    input.on("data", onData);
    input.on("end", onEnd);
    input.resume();
  });
}
