/** A word on what was just done, for eyes and for screen readers. */
import { useEffect } from "preact/hooks";
import { visible } from "../output/visible.js";
import type { Session } from "./session.js";
import { useStore } from "./use-store.js";

/** Milliseconds that it stays. */
const SAID_MS = 2_500;

export function Said({ session }: { session: Session }) {
  const said = useStore(session.store, (s) => s.said);
  useEffect(() => {
    if (said === "") return;
    const timer = setTimeout(() => session.say(""), SAID_MS);
    return () => clearTimeout(timer);
  }, [said]);
  return (
    <div class={`said-now${said === "" ? " none" : ""}`} role="status">
      {visible(said)}
    </div>
  );
}
