/** Inputs by name, by directory and from standard input; several as one run; what is no capture. */
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, linkSync, mkdirSync, readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { test } from "node:test";
import { InputError, NotACapture, UnreadFormat } from "../../../src/capture/formats.js";
import { Frame } from "../../../src/capture/frame.js";
import { openInputs } from "../../../src/capture/node/open.js";
import { type Packet, pcapFile, Section } from "../../support/capture/files.js";
import { readAll, readBytes, withFiles } from "../../support/capture/read.js";
import { sharedDir } from "../../support/shared.js";

const at = (seconds: number, text: string): Packet => ({ seconds, fraction: 0, data: Buffer.from(text) });
const text = (lines: string[]): string[] =>
  lines.map((line) => `${line.split(" ")[4]}${Buffer.from(line.split(" ")[5]!, "hex").toString()}`);

test("several inputs are one run in order of time, the earlier named first at the same time", async () => {
  const files = {
    "a.pcap": pcapFile([at(1, "a"), at(3, "b"), at(2, "back"), at(9, "c")]),
    "b.pcapng": new Section()
      .interface(1)
      .enhanced(0, 1_000_000n, Buffer.from("x"))
      .enhanced(0, 3_000_000n, Buffer.from("y"))
      .done(),
    "c.pcap": pcapFile([at(0, "early")]),
    "empty.pcap": pcapFile([]),
  };
  await withFiles(files, async (path) => {
    const paths = ["a.pcap", "b.pcapng", "empty.pcap", "c.pcap"].map(path);
    const source = await openInputs(paths);
    assert.deepEqual(source.names, paths);
    const read = await readAll(source);
    assert.deepEqual(text(read.frames), ["3early", "0a", "1x", "0b", "0back", "1y", "0c"]);
    assert.deepEqual(
      read.frames.map((line) => line.split(" ")[0]),
      ["1", "2", "3", "4", "5", "6", "7"],
    );
    assert.equal(read.complete, true);
  });
});

test("a directory gives its captures in order of name, and what is none is passed over", async () => {
  const files = {
    "2.pcap": pcapFile([at(5, "two")]),
    "1.pcap": pcapFile([at(9, "one")]),
    "notes.txt": "hello\n",
    "0": "",
  };
  await withFiles(files, async (path) => {
    mkdirSync(path("sub.pcap"));
    const source = await openInputs([path(".")]);
    assert.deepEqual(
      source.names.map((name) => name.slice(-6)),
      ["1.pcap", "2.pcap"],
    );
    const read = await readAll(source);
    assert.deepEqual(text(read.frames), ["1two", "0one"]);
    assert.deepEqual(read.codes, ["input-skipped", "input-skipped", "input-skipped"]);
    assert.equal(read.complete, true);
    await assert.rejects(
      openInputs([path("sub.pcap")]),
      /not a capture: it is a directory without a capture in it/,
    );
  });
});

test("a file that is named twice, however it is spelled, is read once", async () => {
  await withFiles({ "a.pcap": pcapFile([at(1, "a")]), "b.pcap": pcapFile([at(2, "b")]) }, async (path) => {
    symlinkSync("a.pcap", path("soft"));
    linkSync(path("a.pcap"), path("hard"));
    const source = await openInputs([
      path("a.pcap"),
      path("soft"),
      path("b.pcap"),
      path("."),
      path("b.pcap"),
    ]);
    assert.deepEqual(source.names, [path("a.pcap"), path("b.pcap")]);
    const notes = source.takeNotes();
    const named = (what: string): RegExp => new RegExp(`^\\S*${what}, read once$`);
    for (const [message, severity] of [
      [named("soft: the same file as \\S*a.pcap"), "warning"],
      [named("hard: the same file as \\S*a.pcap"), "info"],
      [named("b.pcap: named twice"), "warning"],
    ] as const) {
      assert.ok(
        notes.some((note) => message.test(note.message) && note.severity === severity),
        `${message}`,
      );
    }
    const read = await readAll(source);
    assert.deepEqual(
      text(read.frames),
      ["0a", "0b"].map((line, i) => `${i}${line.slice(1)}`),
    );
    assert.equal(read.complete, true);
  });
});

test("what cannot be read in a directory, or is named as a capture and is none, is reported as if it had been named", async () => {
  const files = { "a.pcap": pcapFile([at(1, "a")]), "empty.pcapng": "", "notes.txt": "hello\n" };
  await withFiles(files, async (path) => {
    symlinkSync("round", path("round"));
    symlinkSync("nowhere", path("dangling"));
    const source = await openInputs([path(".")]);
    assert.deepEqual(
      source.refused.map(({ message }) => message.replace(/^\S*\//, "")),
      [
        "dangling: no such file",
        "empty.pcapng: not a capture: it is empty",
        "round: cannot be opened (too many symbolic links encountered)",
      ],
    );
    const read = await readAll(source);
    assert.deepEqual(read.codes, ["input-unreadable", "not-a-capture", "input-skipped", "input-unreadable"]);
    assert.equal(read.complete, false);
  });
});

test("a file that may not be read", {
  skip: process.getuid?.() !== 0 && "only root can become another user",
}, async () => {
  await withFiles({ "shut.pcap": pcapFile([at(1, "a")]) }, async (path) => {
    chmodSync(path("."), 0o755);
    chmodSync(path("shut.pcap"), 0o600);
    process.seteuid!(65_534);
    try {
      await assert.rejects(openInputs([path("shut.pcap")]), /shut\.pcap: permission denied$/);
    } finally {
      process.seteuid!(0);
    }
  });
});

test("where nothing can be opened, every input is named", async () => {
  await withFiles({ bad: "nothing here" }, async (path) => {
    await assert.rejects(openInputs([path("gone"), path("bad")]), (error: Error) => {
      assert.ok(error instanceof InputError);
      assert.match(error.message, /gone: no such file$/);
      assert.deepEqual(
        error.others.map(({ input }) => input),
        [path("bad")],
      );
      return true;
    });
  });
});

test("many files are open only while their time has come", async () => {
  const files: { [name: string]: Uint8Array } = {};
  for (let i = 0; i < 300; i++)
    files[`${String(i).padStart(3, "0")}.pcap`] = pcapFile([at(1000 - i, `f${i}`), at(1001 - i, `g${i}`)]);
  await withFiles(files, async (path) => {
    const read = await readAll(await openInputs([path(".")]));
    assert.equal(read.frames.length, 600);
    assert.deepEqual(text(read.frames).slice(0, 3), ["299f299", "298f298", "299g299"]);
    const times = read.frames.map((line) => Number(line.split(" ")[1]!.split(".")[0]));
    assert.deepEqual(
      times,
      [...times].sort((a, b) => a - b),
    );
  });
});

test("what is no capture is refused by one line that says what it is", async () => {
  const files = {
    empty: "",
    short: "ab",
    text: "no capture at all\n",
    xml: "<?xml version='1.0'?><REMOTE_ASSISTANCE/>",
    zip: Buffer.from("PK\x03\x04rest of it", "latin1"),
    "text.gz": Buffer.from("H4sIAAAAAAAAA8tIzcnJBwCGphA2BQAAAA==", "base64"),
    binary: Buffer.from("0001020304050607", "hex"),
  };
  const expected: { [name: string]: RegExp } = {
    empty: /: not a capture: it is empty$/,
    short: /: not a capture: it is text that begins "ab"$/,
    text: /: not a capture: it is text that begins "no capture at all/,
    xml: /: not a capture: it is an XML or HTML document$/,
    zip: /a ZIP archive$/,
    "text.gz": /: not a capture: gzip-compressed: it /,
    binary: /it begins with 0x00010203$/,
  };
  await withFiles(files, async (path) => {
    for (const [name, message] of Object.entries(expected)) {
      await assert.rejects(openInputs([path(name)]), (error: Error) => {
        assert.ok(error instanceof NotACapture, name);
        assert.match(error.message, message);
        assert.ok(error.message.startsWith(path(name)) && !error.message.includes("\n"));
        return true;
      });
    }
    await assert.rejects(openInputs([path("gone")]), /gone: no such file$/);
  });
});

test("captures of other programs are called by their names", async () => {
  const begins: { [name: string]: [head: string, reported: string] } = {
    netmon: ["474d4255 0002 0100", "a Microsoft Network Monitor"],
    netmon1: ["52545353 0101 0100", "a Microsoft Network Monitor 1"],
    snoop: ["736e6f6f70000000 00000002 00000004", "a snoop"],
    observer: ["4f62736572766572506b7442756666657256657273696f6e3d", "a Network Instruments Observer"],
    sniffer: ["545253 4e494646206461746120202020 1a 0100", "a Sniffer (DOS)"],
    k12: ["00000200 12050010 00000000", "a Tektronix K12"],
    // Fraction and seconds, Ethernet, no flags, 80 bytes of record, none lost, 60 of packet.
    erf: ["00000080 00f15365 02 00 0050 0000 003c", "an Endace ERF"],
  };
  const files = Object.fromEntries(
    Object.entries(begins).map(([name, [head]]) => {
      const rest = Buffer.alloc(40, 0x80);
      return [name, Buffer.concat([Buffer.from(head.replaceAll(" ", ""), "hex"), rest])];
    }),
  );
  await withFiles(files, async (path) => {
    for (const [name, [, reported]] of Object.entries(begins)) {
      const message = `${path(name)} is ${reported} capture, which raiscope does not read; convert it with: editcap -F pcapng`;
      await assert.rejects(openInputs([path(name)]), (error: Error) => {
        assert.ok(error instanceof UnreadFormat);
        assert.equal(error.message, message);
        return true;
      });
    }
  });
});

test("of several inputs the good ones are read and the others reported", async () => {
  await withFiles({ "a.pcap": pcapFile([at(1, "a")]), bad: "nothing here" }, async (path) => {
    const source = await openInputs([path("bad"), path("gone"), path("a.pcap")]);
    assert.deepEqual(source.names, [path("a.pcap")]);
    assert.equal(source.refused.length, 2);
    const read = await readAll(source);
    assert.deepEqual(read.codes, ["not-a-capture", "input-unreadable"]);
    assert.deepEqual(text(read.frames), ["0a"]);
    assert.equal(read.complete, false);
  });
});

test("a stream that never ends gives its frames as they come", async () => {
  const pcapng = new Section().interface(1);
  pcapng.enhanced(0, 1n, Buffer.from("one")).enhanced(0, 2n, Buffer.from("two"));
  // Behind the packet's bytes pcapng has padding and the block's length once more.
  for (const [file, pad] of [
    [pcapFile([at(1, "one"), at(2, "two")]), 0],
    [pcapng.done(), 5],
  ] as const) {
    const stdin = new PassThrough();
    const opening = openInputs(["-"], { stdin });
    stdin.write(file.subarray(0, 10));
    await new Promise((resolve) => setImmediate(resolve));
    const second = file.indexOf("one") + 3 + pad;
    stdin.write(file.subarray(10, second));
    const source = await opening;
    const frame = new Frame();
    assert.equal(await source.next(frame), true);
    assert.equal(Buffer.from(frame.data.subarray(frame.start, frame.end)).toString(), "one");
    const waiting = source.next(frame);
    assert.ok(waiting instanceof Promise);
    stdin.write(file.subarray(second));
    assert.equal(await waiting, true);
    await source.close();
  }
});

test("damage in one of several inputs leaves the others whole", async () => {
  const good = pcapFile([at(1, "a"), at(4, "b")]);
  const files = { "a.pcap": good, "b.pcap": pcapFile([at(2, "x"), at(3, "yyyy")]).subarray(0, -2) };
  await withFiles(files, async (path) => {
    const read = await readAll(await openInputs([path("a.pcap"), path("b.pcap")]));
    assert.deepEqual(text(read.frames), ["0a", "1x", "0b"]);
    assert.deepEqual(read.codes, ["capture-cut-short"]);
    assert.match(read.notes[0]!.message, /b\.pcap is cut short after frame 1/);
    assert.equal(read.complete, false);
  });
});

const shared = sharedDir();
const tools =
  spawnSync("editcap", ["--version"]).status === 0 && spawnSync("mergecap", ["--version"]).status === 0;
const skip = shared === null ? "no ../shared" : !tools && "no editcap";

test("the formats that editcap writes hold the same frames", { skip }, async () => {
  const original = join(shared!, "captures", "dcompayload-poshc2.pcap");
  const wanted = await readAll(await openInputs([original]));
  const bare = (frames: string[]): string[] => frames.map((line) => line.replace(/\/[69] /, " "));
  await withFiles({}, async (path) => {
    for (const format of ["pcap", "nsecpcap", "pcapng", "modpcap", "rh6_1pcap", "nokiapcap", "suse6_3pcap"]) {
      execFileSync("editcap", ["-F", format, original, path("x")], { stdio: "ignore" });
      const read = await readAll(await openInputs([path("x")]));
      assert.deepEqual(bare(read.frames), bare(wanted.frames), format);
      assert.equal(read.complete, true);
    }
  });
});

test("two captures in order of time, as mergecap merges them", { skip }, async () => {
  const pair = ["empire_dcom_shellwindows_WORKSTATION5", "empire_dcom_shellwindows_WORKSTATION6"].map(
    (name) => join(shared!, "captures", `${name}_2020-09-18130751.cap`),
  );
  await withFiles({}, async (path) => {
    execFileSync("mergecap", ["-F", "pcap", "-w", path("m.pcap"), ...pair], { stdio: "ignore" });
    const merged = await readBytes(readFileSync(path("m.pcap")));
    const ours = await readAll(await openInputs(pair));
    const bare = (frames: string[]): string[] =>
      frames.map((line) => line.replace(/ [01] ([0-9a-f]*)$/, " $1"));
    assert.deepEqual(bare(ours.frames), bare(merged.frames));
  });
});
