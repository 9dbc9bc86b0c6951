/** A case report: begins where its data was read. */
import { render } from "preact";
import { App } from "./app.js";
import { CaseData } from "./data.js";
import { CaseEngine } from "./engine.js";

async function begin(): Promise<void> {
  const root = document.createElement("div");
  root.id = "case";
  document.body.append(root);
  try {
    const data = new CaseData((id) => document.getElementById(id)?.textContent ?? null);
    const engine = new CaseEngine(data, await data.head());
    render(<App data={data} engine={engine} />, root);
  } catch (error) {
    const said = document.createElement("p");
    said.setAttribute("role", "alert");
    said.textContent = `This report cannot be shown: ${error instanceof Error ? error.message : String(error)}`;
    root.append(said);
  }
}

void begin();
