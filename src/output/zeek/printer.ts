/** Zeek's logs: in a folder, each a file, or in one stream. */

import type { Folder, FolderPrinter } from "../folder.js";
import type { Printer } from "../printer.js";
import { asciiFooter, asciiHeader, asciiRow } from "./ascii.js";
import { jsonRow } from "./json.js";
import { DCE_RPC, fileOf, NOTICE, type ZeekLog } from "./logs.js";
import { ZeekLogs, type ZeekOptions } from "./zeek-logs.js";

/** Each log as a file of Zeek's own text format. `now`: when logs are opened and closed. */
export function zeekFolder(options: ZeekOptions, now: () => Date = () => new Date()): FolderPrinter {
  const begun = new Set<ZeekLog>();
  let to: Folder | null = null;
  const logs = new ZeekLogs(options, (log, row) => {
    if (!begun.has(log)) {
      begun.add(log);
      to!.write(fileOf(log), asciiHeader(log, now()));
    }
    to!.write(fileOf(log), asciiRow(log, row));
  });
  return {
    push(event, folder) {
      to = folder;
      logs.push(event);
    },
    hidden: (event) => logs.hidden(event),
    finish(folder) {
      to = folder;
      logs.finish();
      for (const log of begun) folder.write(fileOf(log), asciiFooter(now()));
    },
  };
}

/** Each log as a file of JSON. */
export function zeekJsonFolder(options: ZeekOptions): FolderPrinter {
  let to: Folder | null = null;
  const logs = new ZeekLogs(options, (log, row) => to!.write(fileOf(log), jsonRow(log, row, false)));
  return {
    push(event, folder) {
      to = folder;
      logs.push(event);
    },
    hidden: (event) => logs.hidden(event),
    finish(folder) {
      to = folder;
      logs.finish();
    },
  };
}

/** dce_rpc.log alone, or notice.log where that is all: rows of several logs cannot share columns. */
export function zeekPrinter(options: ZeekOptions, now: () => Date = () => new Date()): Printer {
  const shown = options.findingsOnly === true ? NOTICE : DCE_RPC;
  let out = asciiHeader(shown, now());
  const logs = new ZeekLogs(options, (log, row) => {
    if (log === shown) out += asciiRow(log, row);
  });
  return streamOf(
    logs,
    () => {
      const text = out;
      out = "";
      return text;
    },
    () => asciiFooter(now()),
  );
}

/** All logs, each row with the name of its own. */
export function zeekJsonPrinter(options: ZeekOptions): Printer {
  let out = "";
  const logs = new ZeekLogs(options, (log, row) => {
    out += jsonRow(log, row, true);
  });
  return streamOf(
    logs,
    () => {
      const text = out;
      out = "";
      return text;
    },
    () => "",
  );
}

function streamOf(logs: ZeekLogs, take: () => string, last: () => string): Printer {
  return {
    push(event) {
      logs.push(event);
      return take();
    },
    hidden: (event) => logs.hidden(event),
    finish() {
      logs.finish();
      return take() + last();
    },
  };
}
