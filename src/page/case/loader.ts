/** Begins a report: unpacks its style and its code, of which the policy of the page names the hashes, and nothing else. */
import { unpackedText } from "./unpack.js";

async function load(): Promise<void> {
  for (const kind of ["style", "script"] as const) {
    const element = document.createElement(kind);
    element.textContent = await unpackedText(
      document.getElementById(`raiscope-page-${kind}`)?.textContent ?? "",
    );
    document.head.append(element);
  }
}

load().catch(() => {
  document.body.append(
    "This browser cannot unpack the report: one of 2023 or later can. raiscope report --extract gives its call log.",
  );
});
