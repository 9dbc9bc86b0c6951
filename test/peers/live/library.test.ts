/** The library captures live: what passes on the loopback interface comes as records, and the run ends when it is stopped. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, createServer } from "node:net";
import { test } from "node:test";
import { analyze } from "../../../src/analyze.js";
import type { FrameSource } from "../../../src/capture/frame.js";
import { CAP } from "../../../src/capture/live/cap.js";
import { captureLive } from "../../../src/capture-live.js";
import type { Event } from "../../../src/events.js";
import { cannotCapture } from "../../support/live/programs.js";

/** Frames of TCP's handshake. */
const HANDSHAKE = 3;

for (const engine of ["tcpdump", "cap"] as const) {
  const skip =
    engine === "cap"
      ? CAP.find() === null
        ? "cap is not installed"
        : cannotCapture()
      : cannotCapture(engine);
  test(`captureLive with ${engine}`, { skip }, async (t) => {
    const server = createServer((socket) => socket.end("x")).listen(0, "127.0.0.1");
    await once(server, "listening");
    t.after(() => server.close());
    const { port } = server.address() as { port: number };
    const source = await captureLive(["lo"], { engine, filter: `tcp port ${port}` });
    assert.deepEqual([source.engine, source.interfaces], [engine, ["lo"]]);
    connect(port, "127.0.0.1").resume();
    let frames = 0;
    const counted: FrameSource = {
      ...source,
      next: async (frame) => {
        const more = await source.next(frame);
        if (++frames === HANDSHAKE) source.stop();
        return more;
      },
    };
    let last: Event | undefined;
    for await (const event of analyze(counted, { live: true })) last = event;
    assert.ok(last?.type === "summary" && last.frames >= HANDSHAKE);
  });
}
