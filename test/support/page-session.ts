/** A page's session over captures that ship, with the worker's session behind it as it is behind the messages. */
import { join } from "node:path";
import { Session } from "../../src/page/session.js";
import type { Engine } from "../../src/view/model.js";
import { Session as Worker } from "../../src/worker/session.js";
import { CAPTURES } from "./golden.js";
import { fileNamed } from "./session.js";

export function engineHere(): Engine {
  const worker = new Worker();
  return {
    can: { open: true, filter: true, findIn: ["list", "tree", "bytes"], anyTree: true },
    open: (what, news) => worker.open(what, news),
    show: (row, full) => worker.show(row, full),
    frame: (frame) => worker.frame(frame),
    filter: (expression) => worker.filter(expression),
    find: (query, found) => worker.find(query, found),
    object: (id) => worker.object(id),
    json: (row) => worker.json(row),
    cancel: () => worker.cancel(),
    close: () => worker.close(),
  };
}

/** A session with a capture that ships, read to its end. */
export async function sessionOf(name: string, passwords: readonly string[] = []): Promise<Session> {
  const session = new Session(engineHere());
  await session.open({ inputs: [fileNamed(join(CAPTURES, name))], passwords });
  return session;
}
