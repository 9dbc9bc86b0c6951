/** What is read when it is first needed is read before root is given up: the package may lie where only root can look. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import test from "node:test";
import { PROGRAM } from "../../../support/program.js";

const skip = process.getuid?.() === 0 ? false : "only root can become somebody else";

/** MMC's Document, which is described among the classes that are read late. */
const DOCUMENT = "225120d6-1e0f-40a3-93fe-1079e6a8017b";

test("the shipped descriptions of a package that only root can read", { skip }, (t) => {
  const place = mkdtempSync(join(tmpdir(), "raiscope-private-"));
  t.after(() => rmSync(place, { recursive: true, force: true }));
  cpSync(join(dirname(dirname(PROGRAM)), "lib"), join(place, "lib"), { recursive: true });
  const ask = (prepared: boolean): string => {
    const code = `const { prepareShipped, shippedInterfaces } = await import(${JSON.stringify(`${place}/lib/src/interfaces.js`)});
      shippedInterfaces();
      ${prepared ? "prepareShipped();" : ""}
      process.setgroups([]);
      process.setgid(65534);
      process.setuid(65534);
      console.log(shippedInterfaces().interfaceName("${DOCUMENT}"));`;
    const { stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", code], {
      encoding: "utf8",
      cwd: "/",
    });
    return stdout.trim() || stderr;
  };
  assert.match(ask(false), /EACCES/);
  assert.equal(ask(true), "Document");
});
