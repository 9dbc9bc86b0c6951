/** A Redis of a test's own, on loopback, with a folder of its own. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Why no test can have one, or false. */
export function withoutRedis(): string | false {
  return spawnSync("redis-server", ["--version"]).status === 0 ? false : "no redis-server";
}

export class RedisServer {
  readonly port: number;
  readonly #folder = mkdtempSync(join(tmpdir(), "raiscope-redis-"));
  #process: ChildProcess | null = null;

  private constructor(port: number) {
    this.port = port;
  }

  static async start(): Promise<RedisServer> {
    const server = new RedisServer(await freePort());
    await server.begin();
    return server;
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  /** As docs/fleet.md asks for it. */
  async begin(): Promise<void> {
    const settings = {
      port: this.port,
      bind: "127.0.0.1",
      dir: this.#folder,
      appendonly: "yes",
      "maxmemory-policy": "noeviction",
      save: "",
    };
    const words = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)]);
    this.#process = spawn("redis-server", words, { stdio: ["ignore", "pipe", "ignore"] });
    const ready = new Promise<void>((resolve, reject) => {
      let text = "";
      this.#process!.stdout!.setEncoding("utf8").on("data", (piece: string) => {
        text += piece;
        if (text.includes("Ready to accept connections")) resolve();
      });
      this.#process!.once("exit", () => reject(new Error(text)));
    });
    await ready;
  }

  /** Without a chance to write anything. */
  async kill(): Promise<void> {
    const process = this.#process;
    if (process === null) return;
    this.#process = null;
    const gone = new Promise((resolve) => process.once("close", resolve));
    process.kill("SIGKILL");
    await gone;
  }

  async end(): Promise<void> {
    await this.kill();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}
