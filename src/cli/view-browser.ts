/** Opens an address in the browser of whoever runs the program. */
import { spawn } from "node:child_process";

/** By platform; no shell reads the address. */
const OPENERS: { readonly [platform: string]: readonly [string, ...string[]] } = {
  darwin: ["open"],
  win32: ["rundll32", "url.dll,FileProtocolHandler"],
};
const OTHERWISE = ["xdg-open"] as const;

/** Resolves with what went wrong, or null once the program that opens it is under way. */
export function openBrowser(url: string): Promise<string | null> {
  const [program, ...args] = OPENERS[process.platform] ?? OTHERWISE;
  return new Promise((resolve) => {
    const child = spawn(program, [...args, url], { stdio: "ignore", detached: true, shell: false });
    child.once("error", (error) => resolve(`${program}: ${error.message}`));
    child.once("exit", (status) => {
      if (status !== 0 && status !== null) resolve(`${program} ended with ${status}`);
      else resolve(null);
    });
    child.once("spawn", () => {
      child.unref();
      // A browser that this starts may stay in front as long as it runs.
      setTimeout(() => resolve(null), 2_000).unref();
    });
  });
}
