/** The page: begins where the document is ready. */
import { render } from "preact";
import type { Opening } from "../view/model.js";
import { workerEngine } from "../worker/client.js";
import { App } from "./app.js";
import { given, makeWorker, samples, version } from "./built-in.js";
import { addressOf } from "./fragment.js";
import { Session } from "./session.js";
import { setTheme } from "./theme.js";
import { Offers, views } from "./views.js";

const address = addressOf(location.hash);
setTheme(address.theme);
const session = new Session(workerEngine(makeWorker), { view: address.view, theme: address.theme });
let sample: string | null = null;

function open(what: Opening, before?: { row: number | null; filter: string }): void {
  sample = null;
  void session.open(what, before);
}

function openSample(name: string, before?: { row: number | null; filter: string }): void {
  const found = samples.find((one) => one.name === name);
  if (found === undefined) return;
  open({ inputs: [{ name, data: found.bytes() }] }, before);
  sample = name;
}

async function begin(): Promise<void> {
  try {
    const what = await given();
    if (what !== null) open(what, address);
    else if (address.sample !== null) openSample(address.sample, address);
  } catch (error) {
    session.store.set({ problems: [error instanceof Error ? error.message : String(error)] });
  }
}

render(
  <App
    session={session}
    version={version}
    samples={samples}
    views={views}
    above={(of) => <Offers session={of} />}
    open={open}
    openSample={openSample}
    sample={() => sample}
  />,
  document.body,
);
void begin();
