/** The page's side of the worker: an engine whose answers come as messages. */
import type { Engine, FindQuery, Hit, RowBatch, RunNews } from "../view/model.js";
import { findInList } from "./find-in-list.js";
import { ENDED, type Matches, type Question, type Questions, type Reply, type Request } from "./messages.js";

interface Waiting {
  resolve(answer: unknown): void;
  reject(error: Error): void;
  news?: (news: RunNews) => void;
  found?: (hits: readonly Hit[]) => void;
}

/** The worker is made when something is opened. One that broke is not asked again: the next `open` makes another. */
export function workerEngine(makeWorker: () => Worker): Engine {
  const waiting = new Map<number, Waiting>();
  let worker: Worker | null = null;
  let last = 0;
  let closed = false;
  /** The rows of the run that is open, which the page has as well: they are not copied. */
  let batches: RowBatch[] = [];
  /** The search in the list that is under way. */
  let search: object = {};

  const failAll = (message: string): void => {
    const all = [...waiting.values()];
    waiting.clear();
    for (const { reject } of all) reject(new Error(message));
  };
  const broke = (message: string): void => {
    worker?.terminate();
    worker = null;
    failAll(`the worker that reads captures failed (${message}); open the capture again`);
  };
  const begin = (): Worker => {
    const made = makeWorker();
    made.onmessage = ({ data }: { data: Reply }) => take(data);
    made.onerror = (event) => {
      event.preventDefault();
      if (made === worker) broke(event.message || "it could not be started");
    };
    made.onmessageerror = () => {
      if (made === worker) broke("a message could not be read");
    };
    worker = made;
    return made;
  };
  const take = (reply: Reply): void => {
    const asked = waiting.get(reply.id);
    if (asked === undefined) return;
    if ("news" in reply) asked.news?.(reply.news);
    else if ("found" in reply) asked.found?.(reply.found);
    else {
      waiting.delete(reply.id);
      if ("failed" in reply) asked.reject(new Error(reply.failed));
      else asked.resolve(reply.answer);
    }
  };
  const ask = <Answer>(
    name: Question,
    given: Questions[Question],
    more: Pick<Waiting, "news" | "found"> = {},
  ): Promise<Answer> =>
    new Promise((resolve, reject) => {
      if (closed) return reject(new Error("it was closed"));
      if (worker === null && name !== "open") return reject(new Error("no capture is open"));
      const id = ++last;
      waiting.set(id, { resolve: resolve as Waiting["resolve"], reject, ...more });
      const request = { id, ask: name, with: given } as Request;
      (worker ?? begin()).postMessage(request);
    });

  return {
    can: { open: true, filter: true, findIn: ["list", "tree", "bytes"], anyTree: true },
    open(what, news) {
      const own: RowBatch[] = [];
      batches = own;
      search = {};
      return ask("open", [what], {
        news(told) {
          if (told.rows !== undefined) own.push(told.rows);
          news(told);
        },
      });
    },
    show: (row, full) => ask("show", [row, full]),
    frame: (frame) => ask("frame", [frame]),
    filter: (expression) => ask("filter", [expression]),
    find(query: FindQuery, found) {
      if (query.in !== "list") return ask("find", [query], { found });
      const own = {};
      search = own;
      const matches = (others: readonly string[]): Promise<Matches> => ask("match", [query, others]);
      return findInList(batches, query, matches, found, () => {
        if (search !== own) throw new Error(ENDED);
      });
    },
    object: (id) => ask("object", [id]),
    json: (row) => ask("json", [row]),
    cancel() {
      search = {};
      worker?.postMessage({ cancel: true } satisfies Request);
    },
    close() {
      closed = true;
      worker?.terminate();
      worker = null;
      failAll("it was closed");
    },
  };
}
