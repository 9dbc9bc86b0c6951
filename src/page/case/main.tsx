/** A case report: begins where its data was read. */
import { render } from "preact";
import { Session } from "../session.js";
import { App } from "./app.js";
import { CaseData } from "./data.js";
import { CaseEngine } from "./engine.js";

async function begin(): Promise<void> {
  const root = document.createElement("div");
  document.body.append(root);
  try {
    const data = new CaseData((id) => document.getElementById(id)?.textContent ?? null);
    const engine = new CaseEngine(data, await data.head());
    const session = new Session(engine, { view: "offers" });
    const inputs = engine.head.custody.inputs.map(({ name }) => ({ name, data: new Uint8Array(0) }));
    const opened = session.open({ inputs }, { row: engine.firstRow() });
    render(<App data={data} engine={engine} session={session} />, root);
    await opened;
    document.documentElement.dataset.ready = "true";
  } catch (error) {
    const said = document.createElement("p");
    said.setAttribute("role", "alert");
    said.textContent = `This report cannot be shown: ${error instanceof Error ? error.message : String(error)}`;
    root.append(said);
  }
}

void begin();
