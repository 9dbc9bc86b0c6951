/** `raiscope view`: what its server gives to whom, when it ends, and the page that it writes. */
import assert from "node:assert/strict";
import type { ChildProcess } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { type IncomingMessage, request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { gunzipSync } from "node:zlib";
import { ended, raiscope, start, until } from "../../support/cli/spawn.js";
import { CAPTURES } from "../../support/golden.js";

const CAPTURE = join(CAPTURES, "follow-up.pcapng");
const SEALED = join(CAPTURES, "vista-offer-privacy.pcapng");

const folder = mkdtempSync(join(tmpdir(), "raiscope-view-"));
after(() => rmSync(folder, { recursive: true, force: true }));

interface Answer {
  status: number;
  headers: IncomingMessage["headers"];
  body: Buffer;
}

/** As a browser would not ask: any method, any Host. */
function ask(url: string, method = "GET", headers: { [name: string]: string } = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asked = request(url, { method, headers, agent: false }, (response) => {
      const pieces: Buffer[] = [];
      response.on("data", (piece: Buffer) => pieces.push(piece));
      response.on("end", () =>
        resolve({
          status: response.statusCode!,
          headers: response.headers,
          body: Buffer.concat(pieces),
        }),
      );
      response.on("error", reject);
    });
    asked.on("error", reject);
    asked.end();
  });
}

async function viewing(args: string[]): Promise<{ child: ChildProcess; url: string }> {
  const child = start(["view", "--no-browser", ...args]);
  const url = (await until(child, (text) => text.endsWith("/\n"))).trim();
  return { child, url };
}

const givenIn = (page: string): Record<string, unknown> =>
  JSON.parse(/<script type="application\/json" id="given">([^<]*)<\/script>/.exec(page)![1]!);

const policyIn = (page: string): string => /Content-Security-Policy" content="([^"]*)"/.exec(page)![1]!;

describe("its server", () => {
  let child: ChildProcess;
  let url: string;

  before(async () => {
    const secrets = join(folder, "secrets.json");
    const all = [
      { user: "helper", domain: "EX", password: "Pässwort" },
      { nt_hash: "00112233445566778899aabbccddeeff", comment: "a remark" },
      { session_key: "00112233445566778899aabbccddeeff" },
      {
        principal: "host/x",
        realm: "EX",
        etype: 18,
        kerberos_key: "00112233445566778899aabbccddeeff".repeat(2),
      },
    ];
    writeFileSync(secrets, JSON.stringify(all), { mode: 0o600 });
    ({ child, url } = await viewing([
      CAPTURE,
      "-r",
      SEALED,
      "--password",
      "Help4Desk!",
      "--secrets",
      secrets,
    ]));
  });

  after(() => child.kill("SIGTERM"));

  test("listens on a loopback address, below a path that nobody guesses", () => {
    assert.match(url, /^http:\/\/127\.0\.0\.1:\d+\/[\w-]{32}\/$/);
  });

  test("gives the page, which may ask it and nobody else", async () => {
    const { status, headers, body } = await ask(url);
    assert.equal(status, 200);
    const page = body.toString();
    assert.match(policyIn(page), /^default-src 'none'; .*; connect-src 'self'$/);
    assert.equal(headers["content-security-policy"], `${policyIn(page)}; frame-ancestors 'none'`);
    assert.equal(headers["content-type"], "text/html; charset=utf-8");
    assert.deepEqual(givenIn(page), {
      inputs: [
        { name: SEALED, url: "files/0" },
        { name: CAPTURE, url: "files/1" },
      ],
      keys: "keys",
      alive: "alive",
      gone: "gone",
    });
    assert.ok(!page.includes("Help4Desk!"));
  });

  test("says of everything that nobody else may have or keep it", async () => {
    for (const what of ["", "files/0", "keys", "nothing", "alive/x"]) {
      const { headers } = await ask(url + what);
      assert.equal(headers["cache-control"], "no-store", what);
      assert.equal(headers["x-content-type-options"], "nosniff", what);
      assert.equal(headers["referrer-policy"], "no-referrer", what);
      assert.equal(headers["cross-origin-resource-policy"], "same-origin", what);
      assert.equal(headers["access-control-allow-origin"], undefined, what);
    }
  });

  test("gives the captures as they are", async () => {
    assert.ok((await ask(`${url}files/1`)).body.equals(readFileSync(CAPTURE)));
    const { headers, body } = await ask(`${url}files/0`, "HEAD");
    assert.equal(Number(headers["content-length"]), readFileSync(SEALED).length);
    assert.equal(body.length, 0);
    assert.equal((await ask(`${url}files/2`)).status, 404);
    for (const way of ["files/../files/0", "files/%30", "files/00000000000", "files/0/..", "/files/0"]) {
      assert.equal((await ask(url + way)).status, way === "files/../files/0" ? 200 : 404, way);
    }
  });

  test("gives keys as they were given", async () => {
    const keys = JSON.parse((await ask(`${url}keys`)).body.toString());
    assert.deepEqual(keys.passwords, ["Help4Desk!"]);
    const [{ text }] = keys.secrets;
    assert.deepEqual(JSON.parse(text), [
      { user: "helper", domain: "EX", password: "Pässwort" },
      { nt_hash: "00112233445566778899aabbccddeeff", user: null, domain: null },
      { session_key: "00112233445566778899aabbccddeeff" },
      {
        principal: "host/x",
        realm: "EX",
        etype: 18,
        kerberos_key: "00112233445566778899aabbccddeeff".repeat(2),
      },
    ]);
  });

  test("refuses other names of its address", async () => {
    const { port } = new URL(url);
    for (const host of [
      "evil.example",
      `evil.example:${port}`,
      "127.0.0.1",
      `localhost:${port}`,
      `127.0.0.1:${Number(port) ^ 1}`,
    ]) {
      for (const what of ["", "keys", "files/0"]) {
        const { status, body } = await ask(url + what, "GET", { Host: host });
        assert.equal(status, 421, host);
        assert.ok(body.length < 100);
      }
    }
  });

  test("refuses other paths", async () => {
    const { origin, pathname } = new URL(url);
    const other = pathname.slice(1, -1).replace(/^./, (c) => (c === "a" ? "b" : "a"));
    for (const path of [
      "/",
      "/keys",
      "/files/0",
      `/${other}/`,
      `/${other}/keys`,
      "/favicon.ico",
      `/${pathname.slice(1, 9)}/`,
    ]) {
      assert.equal((await ask(origin + path)).status, 404, path);
    }
    const { status, headers } = await ask(url.slice(0, -1));
    assert.deepEqual([status, headers.location], [303, url]);
  });

  test("refuses other methods", async () => {
    for (const method of ["POST", "PUT", "DELETE", "OPTIONS", "PATCH"]) {
      const { status, headers } = await ask(`${url}keys`, method);
      assert.deepEqual([status, headers.allow], [405, "GET, HEAD"], method);
    }
  });

  test("refuses what other pages ask for", async () => {
    for (const from of ["cross-site", "same-site"]) {
      for (const what of ["keys", "files/0"]) {
        assert.equal((await ask(url + what, "GET", { "Sec-Fetch-Site": from })).status, 403, from);
      }
    }
    assert.equal((await ask(`${url}keys`, "GET", { "Sec-Fetch-Site": "same-origin" })).status, 200);
  });
});

test("a file that is gone is said to be", async () => {
  const copy = join(folder, "gone.pcapng");
  writeFileSync(copy, readFileSync(CAPTURE));
  const { child, url } = await viewing([copy]);
  try {
    truncateSync(copy, 1000);
    assert.equal((await ask(`${url}files/0`)).body.length, 1000);
    rmSync(copy);
    assert.equal((await ask(`${url}files/0`)).status, 410);
  } finally {
    child.kill("SIGTERM");
  }
});

test("ends when the page was closed, with 0, and at a signal", async () => {
  const [left, stopped] = await Promise.all([viewing([CAPTURE]), viewing([])]);
  const ends = [ended(left.child), ended(stopped.child)];
  for (const what of ["alive/one", "alive/two", "gone/one", "gone/two"]) {
    assert.equal((await ask(left.url + what, "HEAD")).status, 204);
  }
  stopped.child.kill("SIGINT");
  assert.deepEqual(
    (await Promise.all(ends)).map(({ status }) => status),
    [0, 130],
  );
});

test("without files the page is empty", async () => {
  const { child, url } = await viewing([]);
  try {
    assert.deepEqual(givenIn((await ask(url)).body.toString()).inputs, []);
    assert.equal((await ask(`${url}keys`)).status, 404);
  } finally {
    child.kill("SIGTERM");
  }
});

describe("what cannot be shown is refused", () => {
  const refused: [what: string, args: () => string[], said: RegExp][] = [
    ["a file that is not there", () => ["nothing.pcap"], /nothing\.pcap: no such file/],
    ["no capture", () => [join(CAPTURES, "README.md")], /README\.md: /],
    ["a call log", () => [join(CAPTURES, "../test/golden/follow-up.pcapng.ndjson")], /call log/],
    ["standard input", () => ["-"], /standard input: the page reads captures more than once/],
    ["a device", () => ["/dev/null"], /\/dev\/null: the page reads captures more than once/],
    ["a wrong key", () => [CAPTURE, "--nt-hash", "12"], /nt_hash #1/],
    ["no port", () => [CAPTURE, "--port", "70000"], /Give a port from 1 to 65535/],
    [
      "keys for a file",
      () => [CAPTURE, "-o", join(folder, "x.html"), "--password", "x"],
      /not written into a page/,
    ],
    ["an input as output", () => [CAPTURE, "-o", CAPTURE], /same file/],
  ];
  for (const [what, args, said] of refused) {
    test(what, async () => {
      const { status, stdout, stderr } = await raiscope(["view", "--no-browser", ...args()]);
      assert.equal(status, 1);
      assert.equal(stdout, "");
      assert.match(stderr, said);
    });
  }

  test("a port that another program has", async () => {
    const { child, url } = await viewing([]);
    try {
      const { port } = new URL(url);
      const { status, stderr } = await raiscope(["view", "--no-browser", "--port", port]);
      assert.equal(status, 1);
      assert.match(stderr, /another program has it/);
    } finally {
      child.kill("SIGTERM");
    }
  });
});

describe("-o", () => {
  test("writes the page with the captures inside, and says its size", async () => {
    const out = join(folder, "page.html");
    const { status, stderr, stdout } = await raiscope(["view", CAPTURE, SEALED, "-o", out]);
    assert.equal(status, 0, stderr);
    assert.equal(stdout, "");
    assert.match(stderr, /page\.html: a page of [\d.]+ [kM]B with 2 captures of 53 kB inside/);
    const page = readFileSync(out, "utf8");
    assert.doesNotMatch(policyIn(page), /connect-src/);
    const { inputs, ...rest } = givenIn(page) as { inputs: { name: string; gzipped: string }[] };
    assert.deepEqual(rest, {});
    assert.deepEqual(
      inputs.map(({ name, gzipped }) => [name, gunzipSync(Buffer.from(gzipped, "base64")).length]),
      [
        ["follow-up.pcapng", readFileSync(CAPTURE).length],
        ["vista-offer-privacy.pcapng", readFileSync(SEALED).length],
      ],
    );
  });

  test("refuses more than a page can hold, and leaves no file", async () => {
    const large = join(folder, "large.pcapng");
    writeFileSync(large, readFileSync(CAPTURE));
    truncateSync(large, 70_000_000);
    const out = join(folder, "large.html");
    const { status, stderr } = await raiscope(["view", large, "-o", out]);
    assert.equal(status, 1);
    assert.match(stderr, /captures of 70\.0 MB are too much .* 67\.1 MB at most/);
    assert.equal(existsSync(out), false);
  });
});
