/** From settings to a source: which engine, and why not another. */

import { realpathSync } from "node:fs";
import { CAP } from "./cap.js";
import { EngineChild } from "./child.js";
import { DUMPCAP } from "./dumpcap.js";
import { type Engine, type EngineName, LiveError, type LiveSettings } from "./engine.js";
import { badFilter, checkFilter, defaultFilters } from "./filter.js";
import { interfaceNamed } from "./interfaces.js";
import { LiveSource } from "./live-source.js";
import { TCPDUMP } from "./tcpdump.js";

/** The most faithful first. */
export const ENGINES: readonly Engine[] = [TCPDUMP, DUMPCAP, CAP];

export interface Opened {
  source: LiveSource;
  /** The filters in use: that of the user, or the default of each interface. */
  filters: string[];
  /** Engines that were tried before, and why they were passed over. */
  passedOver: string[];
}

/**
 * Opens all interfaces with the engine named, or with the most faithful one that works. The children capture when this
 * settles; what they see waits until the source is started. Throws LiveError.
 */
export async function openLive(
  choice: EngineName | "auto",
  settings: LiveSettings,
  backlogBytes?: number,
): Promise<Opened> {
  const names: string[] = [];
  for (const name of settings.interfaces) names.push(await interfaceNamed(name));
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new LiveError("option", `${twice}: given twice`);
  if (settings.filter !== null) await checkFilter(settings.filter);
  const passedOver: string[] = [];
  let refusal: LiveError | null = null;
  let refused: Engine = TCPDUMP;
  for (const engine of ENGINES) {
    if (choice !== "auto" && engine.name !== choice) continue;
    const program = engine.find();
    if (program === null) {
      const what =
        engine.name === "cap" ? "cap is not installed or was not built" : `${engine.name} is not installed`;
      passedOver.push(what);
      refusal ??= new LiveError("missing", what, engine.missing);
      continue;
    }
    if (engine.name === "cap" && !settings.promiscuous) {
      const cannot = new LiveError(
        "option",
        "cap always captures promiscuously",
        "omit --no-promiscuous, or choose another engine",
      );
      if (choice === "cap") throw cannot;
      if (refusal === null || refusal.fault === "missing") refusal = cannot;
      passedOver.push(cannot.message);
      continue;
    }
    try {
      const children: EngineChild[] = [];
      const filters: string[] = [];
      try {
        for (const name of names) {
          const { child, filter } = await openOne(engine, program, name, settings);
          children.push(child);
          filters.push(filter);
        }
      } catch (error) {
        for (const child of children) child.stop();
        throw error;
      }
      return { source: new LiveSource(children, settings, backlogBytes), filters, passedOver };
    } catch (error) {
      if (!(error instanceof LiveError)) throw error;
      // Another engine has no better interface, and compiles filters with the same library.
      if (error.fault === "no-interface" || error.fault === "filter") throw error;
      if (refusal === null || refusal.fault === "missing") {
        refusal = error;
        refused = engine;
      }
      passedOver.push(`${engine.name}: ${error.message}`);
    }
  }
  throw explained(refusal!, refused, choice);
}

async function openOne(
  engine: Engine,
  program: string,
  name: string,
  settings: LiveSettings,
): Promise<{ child: EngineChild; filter: string }> {
  const filters = settings.filter === null ? defaultFilters(settings.kerberos) : [settings.filter];
  for (const [index, filter] of filters.entries()) {
    const child = new EngineChild(engine, name, engine.command(program, name, filter, settings));
    try {
      await child.opened();
      return { child, filter };
    } catch (error) {
      if (!(error instanceof LiveError) || error.fault !== "filter") throw error;
      if (settings.filter !== null) throw badFilter(filter, error.message.replace(`${name}: `, ""));
      if (index === filters.length - 1) throw error;
    }
  }
  throw new LiveError("failed", `${name}: no filter`);
}

/** Says what to do about it. */
function explained(error: LiveError, engine: Engine, choice: EngineName | "auto"): LiveError {
  switch (error.fault) {
    case "permission": {
      const program = engine.find() ?? engine.name;
      return new LiveError(
        "permission",
        `no permission to capture: ${error.message}`,
        "run it with sudo (root is dropped once the interface is open), or grant the capability once: " +
          `sudo setcap cap_net_raw,cap_net_admin=eip ${realPath(program)}`,
      );
    }
    case "missing":
      if (choice !== "auto") return error;
      return new LiveError(
        "missing",
        "no capture engine: neither tcpdump, dumpcap nor the cap binding is installed",
        TCPDUMP.missing,
      );
    default:
      if (!/ is not up/.test(error.message)) return error;
      return new LiveError(
        error.fault,
        error.message,
        `bring it up: sudo ip link set ${error.message.split(":")[0]} up`,
      );
  }
}

/** Rights are given to files, not to links. */
function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}
