/**
 * Gives the page and the captures to a browser on this machine, and to nobody else: on a loopback address, below a path that
 * cannot be guessed, to requests that name the address itself (a page of the web that has its own name lead here is
 * refused), for reading only.
 */
import { randomBytes, timingSafeEqual } from "node:crypto";
import { createReadStream } from "node:fs";
import { open } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { ViewPage } from "./view-page.js";

const ADDRESS = "127.0.0.1";
const TOKEN_BYTES = 24;

/** A page that was left may come back, when it is loaded again. */
const GRACE_MS = 3_000;
/** A page in the background says a word a minute. */
const SILENCE_MS = 150_000;
const LOOK_EVERY_MS = 1_000;
/** Pages that are remembered. */
const MAX_PAGES = 64;

const HEADERS = {
  "Cache-Control": "no-store",
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Resource-Policy": "same-origin",
  "Referrer-Policy": "no-referrer",
  "X-Content-Type-Options": "nosniff",
  "X-Frame-Options": "DENY",
};
/** Of all that is no page. */
const NOTHING = "default-src 'none'; frame-ancestors 'none'; sandbox";

export interface Served {
  page: ViewPage;
  /** Captures, by their places. */
  files: readonly string[];
  /** JSON. */
  keys: string | null;
}

export class ViewServer {
  /** For people and browsers. */
  url = "";
  /** Settles when no page is left that was there. */
  readonly left: Promise<void>;
  readonly #server: Server;
  readonly #served: Served;
  readonly #token = randomBytes(TOKEN_BYTES).toString("base64url");
  /** A way in that works once, since programs that open browsers show their arguments to everybody on the machine. */
  #once: string | null = null;
  #host = "";
  /** When each page was heard last. */
  readonly #pages = new Map<string, number>();
  #leftAt: number | null = null;
  #timer: NodeJS.Timeout | null = null;

  constructor(served: Served) {
    this.#served = served;
    this.#server = createServer({ maxHeaderSize: 16_384 }, (request, response) => {
      this.#answer(request, response).catch(() => response.destroy());
    });
    this.left = new Promise((resolve) => {
      this.#timer = setInterval(() => {
        if (this.#isLeft(performance.now())) resolve();
      }, LOOK_EVERY_MS);
    });
  }

  /** Rejects where the port cannot be had; 0 is any. */
  async listen(port: number): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once("error", reject);
      this.#server.listen(port, ADDRESS, resolve);
    });
    this.#host = `${ADDRESS}:${(this.#server.address() as AddressInfo).port}`;
    this.url = `http://${this.#host}/${this.#token}/`;
  }

  /** An address that leads to the page once. */
  entrance(): string {
    this.#once = randomBytes(TOKEN_BYTES).toString("base64url");
    return `http://${this.#host}/${this.#once}`;
  }

  async close(): Promise<void> {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method, headers } = request;
    if (headers.host !== this.#host) return refuse(response, 421, "This address has another name.");
    if (method !== "GET" && method !== "HEAD") {
      response.setHeader("Allow", "GET, HEAD");
      return refuse(response, 405, "Here is nothing but to be read.");
    }
    const [path = ""] = (request.url ?? "").split("?", 1);
    const [first = "", ...rest] = path.slice(1).split("/");
    if (this.#once !== null && same(first, this.#once) && rest.length === 0) {
      if (method === "GET") this.#once = null;
      return this.#lead(response);
    }
    if (!same(first, this.#token)) return refuse(response, 404, "Nothing is here.");
    if (rest.length === 0) return this.#lead(response);
    const what = rest.join("/");
    // What the page asks for, no other page may.
    const from = headers["sec-fetch-site"];
    if (what !== "" && from !== undefined && from !== "same-origin" && from !== "none") {
      return refuse(response, 403, "This is for the page of raiscope view.");
    }
    await this.#give(what, method === "HEAD", response);
  }

  #lead(response: ServerResponse): void {
    response.writeHead(303, { ...HEADERS, "Content-Security-Policy": NOTHING, Location: this.url }).end();
  }

  async #give(what: string, headOnly: boolean, response: ServerResponse): Promise<void> {
    const { page, keys, files } = this.#served;
    const [kind, name = ""] = what.split("/");
    if (what === "") {
      const policy = `${page.policy}; frame-ancestors 'none'`;
      return give(response, "text/html; charset=utf-8", page.html, headOnly, policy);
    }
    if (what === "keys" && keys !== null) return give(response, "application/json", keys, headOnly);
    if (kind === "alive" || kind === "gone") {
      this.#heard(name, kind === "alive");
      response.writeHead(204, HEADERS).end();
      return;
    }
    const file = kind === "files" && /^\d{1,6}$/.test(name) ? files[Number(name)] : undefined;
    if (file === undefined) return refuse(response, 404, "Nothing is here.");
    await giveFile(response, file, headOnly);
  }

  #heard(page: string, isThere: boolean): void {
    if (!/^[\w-]{1,40}$/.test(page)) return;
    this.#pages.delete(page);
    if (isThere && this.#pages.size < MAX_PAGES) this.#pages.set(page, performance.now());
    this.#leftAt = this.#pages.size > 0 ? null : (this.#leftAt ?? performance.now());
  }

  #isLeft(now: number): boolean {
    for (const [page, heard] of this.#pages) {
      if (now - heard < SILENCE_MS) continue;
      this.#pages.delete(page);
      if (this.#pages.size === 0) this.#leftAt = now;
    }
    return this.#leftAt !== null && now - this.#leftAt > GRACE_MS;
  }
}

function same(given: string, secret: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(secret)];
  return a.length === b.length && timingSafeEqual(a, b);
}

function refuse(response: ServerResponse, status: number, why: string): void {
  response
    .writeHead(status, {
      ...HEADERS,
      "Content-Security-Policy": NOTHING,
      "Content-Type": "text/plain; charset=utf-8",
    })
    .end(`${why}\n`);
}

function give(
  response: ServerResponse,
  type: string,
  text: string,
  headOnly: boolean,
  policy: string = NOTHING,
): void {
  const bytes = Buffer.from(text);
  response.writeHead(200, {
    ...HEADERS,
    "Content-Security-Policy": policy,
    "Content-Type": type,
    "Content-Length": bytes.length,
  });
  response.end(headOnly ? undefined : bytes);
}

async function giveFile(response: ServerResponse, path: string, headOnly: boolean): Promise<void> {
  const file = await open(path).catch(() => null);
  if (file === null) return refuse(response, 410, "The file cannot be read any more.");
  const { size } = await file.stat();
  response.writeHead(200, {
    ...HEADERS,
    "Content-Security-Policy": NOTHING,
    "Content-Type": "application/octet-stream",
    "Content-Length": size,
  });
  if (headOnly || size === 0) {
    response.end();
    await file.close();
    return;
  }
  // What was said to come, should the file grow meanwhile.
  const stream = createReadStream(path, { fd: file, end: size - 1 });
  stream.on("error", () => response.destroy());
  response.on("close", () => stream.destroy());
  stream.pipe(response);
}
