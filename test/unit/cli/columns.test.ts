/** -T fields, csv and tsv, -e, -E and -G on the command line. */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { parseLayout } from "../../../src/cli/column-options.js";
import { raiscope } from "../../support/cli/spawn.js";

const CAPTURE = fileURLToPath(new URL("../../../captures/follow-up.pcapng", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "raiscope-columns-"));
after(() => rmSync(folder, { recursive: true, force: true }));

async function output(...options: string[]): Promise<string> {
  const { status, stdout, stderr } = await raiscope([CAPTURE, ...options]);
  assert.deepEqual([status, stderr], [0, ""], options.join(" "));
  return stdout;
}

describe("columns", { concurrency: 2 }, () => {
  test("-T fields in tshark's shape", async () => {
    const text = await output(
      "-Tfields",
      "-E",
      "header=y",
      "-e",
      "frame.number",
      "-e",
      "dcerpc.opnum",
      "-e",
      "method",
    );
    assert.deepEqual(text.split("\n").slice(0, 3), [
      "frame.number\tdcerpc.opnum\tmethod",
      "6\t3\tept_map",
      "16\t5\tServerAlive2",
    ]);
    const quoted = await output(
      "-Tfields",
      "-E",
      "separator=,",
      "-E",
      "quote=d",
      "-e",
      "opnum",
      "-e",
      "fault",
      "-e",
      "method",
    );
    assert.equal(quoted.split("\n")[0], '"3",,"ept_map"');
    const chosen = await output("-Tfields", "-Y", "opnum == 8", "-e", "method", "-e", "frames.response");
    assert.equal(chosen, "GetSessionInfo\t47\n");
  });

  test("rows are of the records that the columns are of, or that --events names", async () => {
    assert.equal(await output("-Tfields", "-e", "kind", "-e", "outcome"), "offer\tconnected\n");
    const bound = await output(
      "-Tfields",
      "--events",
      "association",
      "-e",
      "dcerpc.cn_ack_result",
      "-e",
      "contexts.name",
    );
    assert.equal(bound.split("\n")[0], "0\tept");
    const ids = await output("-Tfields", "-e", "id", "-e", "community_id");
    assert.match(ids.split("\n")[0]!, /^[0-9a-f]{32}\t1:/);
  });

  test("csv and tsv, by -T and by suffix, from offers as well", async () => {
    const [csv, tsv] = [join(folder, "calls.csv"), join(folder, "calls.tsv")];
    await output("-o", csv, "-o", tsv, "-e", "ts", "-e", "method");
    assert.match(readFileSync(csv, "utf8"), /^ts,method\r\n2024-06-03T09:15:00\.001387Z,ept_map\r\n/);
    assert.match(readFileSync(tsv, "utf8"), /^ts\tmethod\n2024-06-03T09:15:00\.001387Z\tept_map\n/);
    assert.match(
      await output("-T", "csv"),
      /^time,stream,frames,client,server,taken,call,outcome\r\n2024-06-03T/,
    );
    const offers = await raiscope(["offers", CAPTURE, "-T", "csv"]);
    assert.match(
      offers.stdout,
      /^time,expert,from,novice,session,outcome,dialled,refusal\r\n2024-06-03T.*,connected,/,
    );
  });

  test("what is wrong is refused before anything is opened", async () => {
    for (const [options, ...lines] of [
      [
        ["-Tfields"],
        "raiscope: -T fields: no column is named",
        "raiscope: -e NAME; -G fields lists the names",
      ],
      [
        ["-Tfields", "-e", "metod", "-e", "dcerpc.opnumm", "-e", "ts"],
        "raiscope: -e: records have no metod, no dcerpc.opnumm",
        "raiscope: metod: did you mean method?",
        "raiscope: dcerpc.opnumm: did you mean dcerpc.opnum?",
      ],
      [["-e", "ts"], "raiscope: -e is of columns, and no format with columns is asked for"],
      [["-Tcsv", "-E", "quote=d"], "raiscope: -E quote is of -T fields"],
      [["-Ttsv", "-E", "separator=;"], "raiscope: -E separator is of -T fields and csv"],
    ] as const) {
      const { status, stdout, stderr } = await raiscope(["no-such-file", ...options]);
      assert.deepEqual([status, stdout], [1, ""], options.join(" "));
      assert.deepEqual(stderr.split("\n").slice(0, lines.length), lines);
    }
    for (const wrong of [
      "header",
      "header=x",
      "separator=ab",
      "foo=1",
      "quote=x",
      "occurrence=first",
      "separator=",
    ]) {
      const { status, stderr } = await raiscope([CAPTURE, "-Tfields", "-e", "ts", "-E", wrong]);
      assert.equal(status, 1, wrong);
      assert.match(stderr, /-E/, wrong);
    }
  });

  test("-G fields needs no capture", async () => {
    const { status, stdout } = await raiscope(["-G", "fields"]);
    assert.equal(status, 0);
    for (const line of stdout.trimEnd().split("\n")) assert.equal(line.split("\t").length, 8, line);
    assert.match(stdout, /^F\tkind\tkind\tFT_STRING\t/);
    assert.match(stdout, /^F\topnum\tdcerpc\.opnum\tFT_UINT16\tcall\t/m);
    const { status: wrong } = await raiscope(["-G", "protocols"]);
    assert.equal(wrong, 1);
  });
});

test("-E takes several at once, commas among them", () => {
  assert.deepEqual(parseLayout("header=y,separator=,,quote=d", undefined), {
    header: true,
    separator: ",",
    quote: '"',
  });
  assert.deepEqual(parseLayout("separator=,", { header: true }), { header: true, separator: "," });
  assert.deepEqual(parseLayout("header=y,separator=,quote=d", undefined), {
    header: true,
    separator: ",",
    quote: '"',
  });
  assert.deepEqual(parseLayout("aggregator=/s,occurrence=f", undefined), {
    aggregator: " ",
    occurrence: "first",
  });
  assert.deepEqual(parseLayout("separator=/t,bom=y,escape=n", undefined), {
    separator: "\t",
    bom: true,
    escape: false,
  });
});
