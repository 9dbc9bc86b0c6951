/** Dialogs: what is opened and with what keys, what keys do, a text to be copied by hand. */
import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { visible } from "../output/visible.js";
import type { Opening } from "../view/model.js";
import { KEYS } from "./keys.js";

interface DialogProps {
  title: string;
  close: () => void;
  children: ComponentChildren;
}

function Dialog({ title, close, children }: DialogProps) {
  const box = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const before = document.activeElement;
    box.current!.showModal();
    return () => {
      if (before instanceof HTMLElement) before.focus({ preventScroll: true });
    };
  }, []);
  return (
    <dialog
      ref={box}
      aria-labelledby="dialog-title"
      onCancel={(event) => {
        event.preventDefault();
        close();
      }}
      onClick={(event) => {
        if (event.target === box.current) close();
      }}
    >
      <div class="dialog">
        <header>
          <h2 id="dialog-title">{title}</h2>
          <button type="button" class="quiet" aria-label="Close" onClick={close}>
            ✕
          </button>
        </header>
        {children}
      </div>
    </dialog>
  );
}

export function Help({ close, version }: { close: () => void; version: string }) {
  return (
    <Dialog title="Keys" close={close}>
      <dl class="keys">
        {KEYS.map(([keys, does]) => (
          <div key={keys}>
            <dt>
              {keys.split(" ").map((key) => (
                <kbd key={key}>{key}</kbd>
              ))}
            </dt>
            <dd>{does}</dd>
          </div>
        ))}
      </dl>
      <p class="soft">
        Right click, or the menu key, on a call or field: filter by it, copy it. Find steps through hits and
        hides nothing; Filter hides what its expression does not let through. Nothing leaves this machine: the
        page makes no requests. raiscope {version}
      </p>
    </Dialog>
  );
}

/** A text that could not be copied: selected, for people to copy. */
export function TextDialog({ title, text, close }: { title: string; text: string; close: () => void }) {
  const area = useRef<HTMLTextAreaElement>(null);
  useEffect(() => area.current?.select(), [text]);
  return (
    <Dialog title={title} close={close}>
      <textarea ref={area} class="whole" readOnly rows={16} value={text} aria-label={title} />
    </Dialog>
  );
}

export interface OpenProps {
  /** Captures that were dropped or chosen already. */
  files: readonly File[];
  /** Names of what is open, which is opened again where nothing else is chosen. */
  current: readonly string[];
  open: (what: Opening) => void;
  close: () => void;
}

function lines(text: string): string[] {
  return text.split(/\r?\n/).filter((line) => line !== "");
}

export function OpenDialog({ files: given, current, open, close }: OpenProps) {
  const [files, setFiles] = useState(given);
  const first = useRef<HTMLFormElement>(null);
  useEffect(() => {
    if (given.length > 0) setFiles(given);
  }, [given]);
  // What is open lacks keys, what is not open files.
  useEffect(() => {
    const wanted = current.length > 0 ? "textarea" : "input";
    first.current?.querySelector<HTMLElement>(wanted)?.focus();
  }, []);
  const [passwords, setPasswords] = useState("");
  const [hashes, setHashes] = useState("");
  const [keys, setKeys] = useState("");
  const [keytabs, setKeytabs] = useState<readonly File[]>([]);
  const [idl, setIdl] = useState<readonly File[]>([]);
  const [problem, setProblem] = useState("");
  const chosen = (event: { currentTarget: HTMLInputElement }): File[] => [
    ...(event.currentTarget.files ?? []),
  ];
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    if (files.length === 0 && current.length === 0) {
      setProblem("Choose a capture first.");
      return;
    }
    const hex = (name: string, values: string[], digits: number): string | null => {
      const bad = values.find((value) => !/^[0-9a-f]*$/i.test(value) || value.length !== digits);
      return bad === undefined ? null : `${name} is ${digits} hex digits; “${visible(bad)}” is not.`;
    };
    const wrong =
      hex("An NT hash", lines(hashes.replace(/ /g, "")), 32) ??
      hex("A session key", lines(keys.replace(/ /g, "")), 32);
    if (wrong !== null) {
      setProblem(wrong);
      return;
    }
    try {
      open({
        inputs: files.map((file) => ({ name: file.name, data: file })),
        passwords: lines(passwords),
        ntHashes: lines(hashes.replace(/ /g, "")),
        sessionKeys: lines(keys.replace(/ /g, "")),
        keytabs: await Promise.all(
          keytabs.map(async (file) => ({ name: file.name, data: new Uint8Array(await file.arrayBuffer()) })),
        ),
        idl: await Promise.all(idl.map(async (file) => ({ name: file.name, text: await file.text() }))),
      });
    } catch (error) {
      setProblem(error instanceof Error ? error.message : String(error));
    }
  };
  return (
    <Dialog title="Open captures" close={close}>
      <form ref={first} class="opening" onSubmit={(event) => void submit(event)}>
        <label>
          Captures <span class="soft">pcap, pcapng, also packed; several are read as one</span>
          <input type="file" multiple onChange={(event) => setFiles(chosen(event))} />
        </label>
        {files.length > 0 ? (
          <p class="chosen">{files.map(({ name }) => visible(name)).join(", ")}</p>
        ) : (
          current.length > 0 && <p class="soft">Without a choice again: {current.map(visible).join(", ")}</p>
        )}
        <fieldset>
          <legend>What opens sealed traffic, if there is any</legend>
          <label>
            Passwords <span class="soft">one a line</span>
            <textarea
              rows={2}
              value={passwords}
              autocomplete="off"
              spellcheck={false}
              onInput={(e) => setPasswords(e.currentTarget.value)}
            />
          </label>
          <div class="two">
            <label>
              NT hashes <span class="soft">32 hex digits, one a line</span>
              <textarea
                rows={2}
                value={hashes}
                spellcheck={false}
                onInput={(e) => setHashes(e.currentTarget.value)}
              />
            </label>
            <label>
              Session keys <span class="soft">32 hex digits, one a line</span>
              <textarea
                rows={2}
                value={keys}
                spellcheck={false}
                onInput={(e) => setKeys(e.currentTarget.value)}
              />
            </label>
          </div>
          <label>
            Keytabs
            <input type="file" multiple onChange={(event) => setKeytabs(chosen(event))} />
          </label>
        </fieldset>
        <label>
          IDL <span class="soft">descriptions of more interfaces</span>
          <input type="file" multiple accept=".idl" onChange={(event) => setIdl(chosen(event))} />
        </label>
        {problem !== "" && (
          <p class="wrong" role="alert">
            ✕ {problem}
          </p>
        )}
        <footer>
          <span class="soft">Nothing leaves this machine; secrets are forgotten with the page.</span>
          <button type="button" class="quiet" onClick={close}>
            Cancel
          </button>
          <button type="submit">Open</button>
        </footer>
      </form>
    </Dialog>
  );
}
