/** What can be captured on, and raiscope as an interface in Wireshark. */

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, statSync } from "node:fs";
import { describe, test } from "node:test";
import type { InterfaceInfo } from "../../../src/capture/live/interfaces.js";
import {
  analyzed,
  cannotCapture,
  folder,
  lab,
  namespace,
  raiscope,
  run,
} from "../../support/live/programs.js";
import { calls } from "../../support/live/sniffing.js";

const cannot = cannotCapture("tcpdump");

describe("interfaces and extcap", { skip: cannot, concurrency: 4 }, () => {
  test("interfaces: addresses and link types", { timeout: 60_000 }, async (t) => {
    const space = namespace(t);
    const running = raiscope(t, space, "interfaces", "-T", "json");
    assert.equal(await running.ended, 0);
    const lo = (JSON.parse(running.stdout()) as InterfaceInfo[]).find((one) => one.name === "lo");
    assert.deepEqual(
      [lo?.loopback, lo?.link_types, lo?.addresses.includes("127.0.0.1/8")],
      [true, ["EN10MB"], true],
    );
    const table = raiscope(t, space, "interfaces");
    await table.ended;
    assert.match(table.stdout(), /^INTERFACE +STATE +LINK TYPES +ADDRESSES\n/);
    assert.match(table.stdout(), /^lo +(up )?loopback +EN10MB +127\.0\.0\.1\/8/m);
  });

  test("extcap: the verbs, and a capture into a pipe with a comment for each call", {
    timeout: 60_000,
  }, async (t) => {
    const space = namespace(t);
    const at = folder(t);
    const verb = async (...args: string[]): Promise<string> => {
      const running = raiscope(t, space, "extcap", ...args);
      assert.equal(await running.ended, 0);
      return running.stdout();
    };
    const [list, dlts, config, bad] = await Promise.all([
      verb("--extcap-interfaces", "--extcap-version=4.0"),
      verb("--extcap-interface", "raiscope", "--extcap-dlts"),
      verb("--extcap-interface", "raiscope", "--extcap-config"),
      verb("--extcap-interface", "raiscope", "--extcap-capture-filter", "tcp and and"),
    ]);
    assert.match(list!, /^extcap \{version=\d+\.\d+\.\d+\}.*\ninterface \{value=raiscope\}\{display=.+\}\n$/);
    assert.match(dlts!, /^dlt \{number=1\}\{name=EN10MB\}\{display=.+\}\n$/);
    assert.match(config!, /^arg \{number=0\}\{call=--device\}/);
    assert.match(config!, /^value \{arg=0\}\{value=lo\}/m);
    assert.match(bad!, /syntax error/);

    const fifo = `${at}/fifo`;
    execFileSync("mkfifo", [fifo]);
    const vain = run(t, null, "cat", [fifo]);
    const failing = ["extcap", "--capture", "--extcap-interface", "raiscope", "--fifo", fifo];
    const failed = raiscope(t, space, ...failing, "--device", "nosuch");
    assert.equal(await failed.ended, 1);
    assert.match(failed.stderr(), /nosuch: no such interface/);
    assert.equal(await vain.ended, 0, "whoever waits for frames is not left waiting");

    const reader = run(t, null, "sh", ["-c", `exec cat "${fifo}" > "${at}/out.pcapng"`]);
    const extcap = raiscope(
      t,
      space,
      "extcap",
      "--capture",
      "--extcap-interface",
      "raiscope",
      "--fifo",
      fifo,
      "--device",
      "lo",
    );
    await extcap.until(
      () => existsSync(`${at}/out.pcapng`) && statSync(`${at}/out.pcapng`).size > 0,
      "the section header",
    );
    await lab(t, space, "both", "--gap", "2");
    await extcap.until(
      () => readFileSync(`${at}/out.pcapng`).includes("IRASrv.GetNoviceUserInfo -> S_OK"),
      "the comments",
    );
    extcap.signal("SIGTERM");
    assert.equal(await extcap.ended, 0);
    assert.equal(await reader.ended, 0);
    assert.ok(readFileSync(`${at}/out.pcapng`).includes("IRASrv.GetSessionInfo -> S_OK, 2 sessions"));
    assert.equal(calls(await analyzed(`${at}/out.pcapng`)).length, 15);
  });
});
