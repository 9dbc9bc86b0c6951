/** Filter, find and the panes, with their menus and keys: what the page and a case report have in common. */
import type { ComponentChildren } from "preact";
import { useCallback, useState } from "preact/hooks";
import { visible } from "../output/visible.js";
import { FilterBar, FindBar } from "./bars.js";
import { copyText } from "./clipboard.js";
import { type Copy, copiesOfField } from "./copies.js";
import { Help, TextDialog } from "./dialogs.js";
import type { Command } from "./keys.js";
import { Menu } from "./menu.js";
import { callMenu, fieldMenu, type Item } from "./menus.js";
import { Panes, showPane } from "./panes/panes.js";
import { Said } from "./said.js";
import type { Session } from "./session.js";
import { changeTheme } from "./theme.js";
import { useCommands } from "./use-commands.js";
import { useStore } from "./use-store.js";

export interface WorkbenchProps {
  session: Session;
  version: string;
  /** Stands above the tools: offers. */
  above?: ComponentChildren;
  /** In the place of the panes: another view. */
  instead?: ComponentChildren;
}

export function Workbench({ session, version, above, instead }: WorkbenchProps) {
  const { store } = session;
  const dialog = useStore(store, (s) => s.dialog);
  const [menu, setMenu] = useState<{ x: number; y: number; items: readonly Item[] } | null>(null);
  const [byHand, setByHand] = useState<{ title: string; text: string } | null>(null);

  const copy = useCallback(
    async (one: Copy) => {
      try {
        const text = await one.text();
        if (await copyText(text)) session.say(`Copied ${one.name}.`);
        else setByHand({ title: one.label, text });
      } catch (error) {
        session.say(error instanceof Error ? error.message : String(error));
      }
    },
    [session],
  );
  const act = useCallback(
    (command: Command) => {
      if (command === "escape" && menu !== null) setMenu(null);
      else if (command === "copy-value" || command === "copy-bytes") {
        const wanted = command === "copy-value" ? "Copy value" : "Copy bytes";
        const found = copiesOfField(session).find(({ label }) => label.startsWith(wanted));
        if (found === undefined) session.say("No field is selected: there is nothing to copy.");
        else void copy(found);
      } else obey(session, command);
    },
    [session, menu, copy],
  );
  useCommands(session, act);

  const withCopy = (one: Copy): void => void copy(one);
  const ofCall = (row: number, column: string, x: number, y: number): void =>
    setMenu({ x, y, items: callMenu(session, row, column, withCopy) });
  const ofField = (node: number, x: number, y: number): void =>
    setMenu({ x, y, items: fieldMenu(session, node, withCopy, (of) => void whole(of)) });
  const whole = async (node: number): Promise<void> => {
    const name = session.state.subject?.tree?.nodes[node]?.name ?? "";
    try {
      setByHand({ title: visible(name), text: visible(await session.wholeText(node)) });
    } catch (error) {
      session.say(error instanceof Error ? error.message : String(error));
    }
  };
  const onButton = (what: "call" | "field", x: number, y: number): void => {
    const { subject, node } = session.state;
    if (what === "field" && node !== null) ofField(node, x, y);
    else if (subject?.kind === "call") ofCall(subject.number, "call", x, y);
  };
  return (
    <div class="workbench">
      {instead ?? (
        <>
          {above}
          <div class="bar tools">
            <FilterBar session={session} />
            <FindBar session={session} />
          </div>
          <Panes
            session={session}
            onCallMenu={ofCall}
            onFieldMenu={ofField}
            onWhole={(node) => void whole(node)}
            onButton={onButton}
          />
        </>
      )}
      <Said session={session} />
      {menu !== null && <Menu {...menu} close={() => setMenu(null)} />}
      {byHand !== null && <TextDialog {...byHand} close={() => setByHand(null)} />}
      {dialog === "help" && <Help version={visible(version)} close={() => store.set({ dialog: null })} />}
    </div>
  );
}

/** Does what a key asks for. */
function obey(session: Session, command: Command): void {
  const { store } = session;
  if (command === "next") session.move(1);
  else if (command === "previous") session.move(-1);
  else if (command === "first") session.move("first");
  else if (command === "last") session.move("last");
  else if (command === "next-offer") session.stepOffer(1);
  else if (command === "previous-offer") session.stepOffer(-1);
  else if (command === "next-hit") session.stepFind(true);
  else if (command === "previous-hit") session.stepFind(false);
  else if (command === "find") write(session, "#find");
  else if (command === "filter") write(session, "#filter");
  else if (command === "hex-only") hexOnly(session);
  else if (command === "theme") changeTheme(session);
  else if (command === "help") store.set({ dialog: "help" });
  else if (command === "open" && session.engine.can.open) store.set({ dialog: "open" });
  else if (command === "escape") leave(session);
}

function write(session: Session, selector: string): void {
  const go = (): void => {
    const field = document.querySelector<HTMLInputElement>(selector);
    field?.focus();
    field?.select();
  };
  // At once where it is shown, so that what is typed right behind the key is written there.
  if (session.state.view === "calls") go();
  else {
    session.store.set({ view: "calls" });
    requestAnimationFrame(go);
  }
}

function hexOnly(session: Session): void {
  const next = !session.state.hexOnly;
  session.store.set({ hexOnly: next });
  if (next) showPane(session, "bytes");
}

function leave(session: Session): void {
  const { find, view, hexOnly } = session.state;
  if (document.activeElement?.matches("input, textarea, select")) showPane(session, "list");
  else if (find !== null) session.endFind();
  else if (view !== "calls") session.store.set({ view: "calls" });
  else if (hexOnly) session.store.set({ hexOnly: false });
}
