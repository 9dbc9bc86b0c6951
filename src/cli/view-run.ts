/** What `raiscope view FILE...` does: the page in a browser with the captures, or in a file with them inside. */
import { readFileSync, statSync } from "node:fs";
import { basename } from "node:path";
import { gzipSync } from "node:zlib";
import type { InputError } from "../capture/formats.js";
import type { Secret } from "../rpc/security/secrets.js";
import type { Given, GivenKeys } from "../view/given.js";
import { CommandError, complain, EXIT, notice, systemReason, warn } from "./failure.js";
import { FileWriter } from "./file-writer.js";
import { idlTexts, interfacesFor, type LogsAs, report, withCaptures } from "./inputs.js";
import { type CommonOptions, hasKeys, helperNames, type KeyOptions } from "./options.js";
import { openFile } from "./outputs.js";
import { named, refuseSame, standing } from "./same-file.js";
import { readGivenKeys } from "./secrets.js";
import { print } from "./stdout.js";
import { Stop } from "./stop.js";
import { openBrowser } from "./view-browser.js";
import { pageWith, shippedPage } from "./view-page.js";
import { ViewServer } from "./view-server.js";

export interface ViewOptions extends KeyOptions, CommonOptions {
  readFile?: string[];
  output?: string;
  port?: number;
  browser: boolean;
}

/** Captures in a page that is written to a file, all together: browsers hold such a page in memory several times. */
const MAX_INSIDE = 64 * 1024 * 1024;

const NO_LOGS: LogsAs = { refused: "the page shows captures" };

/** Inputs that were found to be captures, and whether all were. */
interface Checked {
  names: readonly string[];
  refused: readonly InputError[];
}

export async function view(files: readonly string[], options: ViewOptions): Promise<number> {
  const page = shippedPage();
  const { output, idl = [] } = options;
  if (output !== undefined && hasKeys(options)) {
    throw new CommandError(
      "passwords and keys are not written into a page",
      "give them to the page once it is open, or leave out -o",
      "usage",
    );
  }
  for (const file of files) refuseStreams(file);
  const outputs = output === undefined ? [] : named("-o", [output]);
  refuseSame(outputs, [...named("input", files), ...helperNames(options)]);
  const { names, refused } = await check(files, options);
  refuseSame(outputs, named("input", names));
  // What is wrong with them is said here; the page reads them again.
  interfacesFor(options);
  const given: Given = { inputs: [], idl: idl.length === 0 ? undefined : idlTexts(idl) };
  const status =
    output === undefined
      ? await serve(page, names, given, options)
      : await write(page, names, given, output, options);
  return status === EXIT.ok && refused.length > 0 ? EXIT.damaged : status;
}

/** The page reads its captures again and again. Throws CommandError. */
function refuseStreams(file: string): void {
  const info = file === "-" ? null : standing(file);
  if (file !== "-" && (info === null || info.isFile() || info.isDirectory())) return;
  const what = file === "-" ? "standard input" : file;
  throw new CommandError(
    `${what}: the page reads captures more than once, which a stream does not allow`,
    "write it to a file first",
  );
}

/** Refuses what is no capture, in the words of every command. Throws CommandError where nothing can be shown. */
async function check(files: readonly string[], options: ViewOptions): Promise<Checked> {
  if (files.length === 0) return { names: [], refused: [] };
  return withCaptures(files, null, NO_LOGS, async (inputs) => {
    for (const note of inputs.takeNotes()) report(note, options, complain);
    return { names: [...inputs.names], refused: inputs.refused };
  });
}

/** Answers the exit status: that of a signal, or 0 where the page was closed. */
async function serve(
  page: string,
  names: readonly string[],
  given: Given,
  options: ViewOptions,
): Promise<number> {
  const keys = await keysFor(options);
  const all: Given = {
    ...given,
    inputs: names.map((name, index) => ({ name, url: `files/${index}` })),
    keys: keys === null ? undefined : "keys",
    alive: "alive",
    gone: "gone",
  };
  const server = new ViewServer({
    page: pageWith(page, all, true),
    files: names,
    keys: keys === null ? null : JSON.stringify(keys),
  });
  const stop = new Stop().listen();
  try {
    await server.listen(options.port ?? 0);
    await print(`${server.url}\n`);
    if (options.browser) await startBrowser(server, options);
    await stop.during(server.left);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).syscall !== "listen") throw error;
    throw new CommandError(`port ${options.port ?? 0} of this machine: ${portReason(error)}`);
  } finally {
    await server.close();
  }
  return stop.status ?? EXIT.ok;
}

function portReason(error: unknown): string {
  return (error as NodeJS.ErrnoException).code === "EADDRINUSE"
    ? "another program has it"
    : systemReason(error);
}

async function startBrowser(server: ViewServer, { quiet }: ViewOptions): Promise<void> {
  const problem = await openBrowser(server.entrance());
  if (problem !== null) warn(`no browser could be opened (${problem}): open the address above`, "no-browser");
  else if (quiet !== true) {
    complain("the page opens in the browser; closing it, or Ctrl-C, ends raiscope", notice("page"));
  }
}

/** What the page is told over the loopback address alone; null where no key was given. Throws CommandError. */
async function keysFor(options: ViewOptions): Promise<GivenKeys | null> {
  const given = await readGivenKeys(options, options.quiet === true);
  if (given === null) return null;
  const { passwords, ntHashes, sessionKeys, keytabs = [], secrets = [] } = given;
  return {
    passwords,
    ntHashes,
    sessionKeys,
    keytabs: keytabs.map(({ name, bytes }) => ({ name, bytes: Buffer.from(bytes).toString("base64") })),
    secrets: secrets.length === 0 ? undefined : [{ name: "--secrets", text: secretsText(secrets) }],
  };
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

/** Secrets as a file has them. */
function secretsText(secrets: readonly Secret[]): string {
  return JSON.stringify(secrets.map(entryOf).filter((entry) => entry !== null));
}

function entryOf(secret: Secret): object | null {
  switch (secret.kind) {
    case "password": {
      const { user, domain, password } = secret;
      return { user, domain, password };
    }
    case "nt_hash": {
      const { user, domain, nt, lm } = secret;
      return { user, domain, nt_hash: lm === null ? hex(nt) : `${hex(lm)}:${hex(nt)}` };
    }
    case "session_key":
      return { session_key: hex(secret.key) };
    case "kerberos_key": {
      const { principal, realm, etype, key } = secret;
      return { principal, realm, etype, kerberos_key: hex(key) };
    }
    // Read by then.
    case "keytab":
      return null;
  }
}

/** Writes the page with the captures inside. Throws CommandError. */
async function write(
  page: string,
  names: readonly string[],
  given: Given,
  output: string,
  { quiet }: ViewOptions,
): Promise<number> {
  const size = names.reduce((sum, name) => sum + statSync(name).size, 0);
  if (size > MAX_INSIDE) {
    throw new CommandError(
      `captures of ${megabytes(size)} are too much for a page in one file: ${megabytes(MAX_INSIDE)} at most`,
      "leave out -o, or write what matters with raiscope FILE -w SMALLER.pcapng",
    );
  }
  const inputs = names.map((name) => ({
    name: basename(name),
    gzipped: gzipSync(readInput(name)).toString("base64"),
  }));
  const { html } = pageWith(page, { ...given, inputs }, false);
  if (quiet !== true) {
    const inside = names.length === 1 ? "a capture" : `${names.length} captures`;
    const said = `${output}: a page of ${megabytes(Buffer.byteLength(html))} with ${inside} of ${megabytes(size)} inside, everything readable`;
    complain(said, notice("page"));
  }
  const { stream, opened } = output === "-" ? { stream: process.stdout, opened: null } : openFile(output);
  const writer = new FileWriter(output === "-" ? "standard output" : output, stream, opened);
  writer.begin();
  writer.add(html);
  await writer.finish();
  return EXIT.ok;
}

function readInput(name: string): Buffer {
  try {
    return readFileSync(name);
  } catch (error) {
    throw new CommandError(`${name}: ${systemReason(error)}`);
  }
}

/** `3.4 MB`; below, `340 kB`. */
function megabytes(bytes: number): string {
  return bytes < 1_000_000 ? `${Math.ceil(bytes / 1000)} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`;
}
