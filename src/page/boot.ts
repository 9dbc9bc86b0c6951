/**
 * The only script that stands in the page as it runs: it unpacks the others, which are one text (scripts/page.mjs), since the page and its
 * worker have much in common. The worker's is left in the document for built-in.ts; the page's is run, if it is the one
 * whose hash the policy names.
 */
import { unpackText } from "../shipped/packed.js";

const [worker = "", page = ""] = unpackText(document.getElementById("code")?.textContent ?? "").split("\0");

function add(text: string, type: string, id: string): void {
  const script = document.createElement("script");
  script.type = type;
  script.id = id;
  script.textContent = text;
  document.body.append(script);
}

add(worker, "text/plain", "worker");
add(page, "text/javascript", "page");
