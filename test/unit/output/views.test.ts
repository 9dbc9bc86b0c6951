import assert from "node:assert/strict";
import test, { describe } from "node:test";
import type { Event, Value } from "../../../src/events.js";
import { type Paint, paintFor, plain } from "../../../src/output/paint.js";
import type { Printer } from "../../../src/output/printer.js";
import { tablePrinter } from "../../../src/output/table.js";
import { type TranscriptOptions, transcriptPrinter } from "../../../src/output/transcript.js";
import { width } from "../../../src/output/width.js";
import { assertLinear } from "../../support/growth.js";
import {
  association,
  call,
  EXPERT,
  NOTHING_CARRIED,
  NOVICE,
  note,
  noviceUserInfo,
  offer,
  remoteConnectionParms,
  run,
  samr,
  sessionInfo,
  summary,
} from "../../support/output/samples.js";

function printed(printer: Printer, events: readonly Event[]): string {
  return events.map((event) => printer.push(event)).join("") + printer.finish();
}

function transcript(events: readonly Event[], over: Partial<TranscriptOptions> = {}): string {
  const options = { columns: 100, cut: false, paint: plain, allCalls: false, ladder: false, live: false };
  return printed(transcriptPrinter({ ...options, ...over }), events);
}

const marked: Paint = (style, text) => `{${style}:${text}}`;

/** Lines that hold all the parts, in order. */
function lineWith(text: string, ...parts: string[]): boolean {
  return text.split("\n").some((line) => {
    let at = 0;
    return parts.every((part) => {
      const found = line.indexOf(part, at);
      at = found + part.length;
      return found >= 0;
    });
  });
}

test("an offer is reported first: who, whom, when, which session, outcome, follow-up", () => {
  const text = transcript(run());
  assert.ok(text.startsWith("Offer 1  2024-05-01 10:00:00.000100 UTC  connected\n"));
  assert.ok(lineWith(text, "expert", "EXDOMAIN\\EXUSER at EXPERT-PC (10.0.0.5)"));
  assert.ok(lineWith(text, "novice", "NOVICE-PC (10.0.0.9)"));
  assert.ok(lineWith(text, "session", "requested: session 1"));
  assert.ok(lineWith(text, "then", "RDP session to 10.0.0.9:49751 started"));
});

test("an offer's calls follow in order of time over all its connections", () => {
  const text = transcript(run());
  const at = ["RemoteCreateInstance", "GetSessionInfo", "GetNoviceUserInfo", "Other conversations"].map(
    (part) => text.indexOf(part),
  );
  assert.deepEqual(
    at,
    [...at].sort((a, b) => a - b),
  );
  assert.ok(lineWith(text, "[1]", "20→21-22", "2.35 s", "IRASrv.GetNoviceUserInfo", "S_OK"));
});

test("connection strings are laid out field by field, and not repeated raw", () => {
  const text = transcript(run());
  for (const part of ["KH2 ", "transport", "listener", "172.31.250.64:49751", "specific parms"]) {
    assert.ok(text.includes(part), part);
  }
  assert.ok(lineWith(text, "listener", "[2001:4898:1a:5:79e2:3356:9b22:3470]:49749"));
  assert.ok(!text.includes("<E>"));
});

test("thousands of offers on one connection take no longer each", () => {
  const offers = (n: number): Event[] =>
    Array.from({ length: n }, (_, id) => [
      { ...noviceUserInfo(), call_id: id },
      offer({ calls: [[noviceUserInfo().stream, id]] }),
    ]).flat();
  const text = transcript(offers(2_000));
  assert.equal(text.match(/^ {2}1 call$/gm)?.length, 2_000);
  assert.ok(!text.includes("onversations"));
  assertLinear((n) => {
    const events = offers(n);
    return () => transcript(events);
  }, 250);
});

test("a returned text of neither form is not called a connection string", () => {
  const reported = offer({
    outcome: "string_issued",
    connection_string: { form: null, raw: "hello", violations: [] },
    follow_up: null,
  });
  assert.ok(lineWith(transcript([reported]), "outcome", "what it returned is of neither form"));
});

test("an offer whose end was not captured is not said to have failed", () => {
  const refusal = "nothing that followed was captured, so how it ended is not known";
  const unknown = {
    severity: "info" as const,
    code: "outcome-not-captured",
    message: "it is counted as failed",
  };
  const reported = offer({
    outcome: "failed",
    refusal,
    notes: [unknown],
    follow_up: null,
    connection_string: null,
  });
  assert.ok(lineWith(transcript([reported]), "outcome", "counted as failed: nothing that followed"));
  assert.ok(lineWith(transcript([{ ...reported, notes: [] }]), "outcome", "the initiation failed: "));
});

test("what decoding did not come to is left out, or said to be so", () => {
  const cut = call({ request: { first: [1, undefined as never], lost: undefined as never } });
  const text = transcript([cut], { allCalls: true });
  assert.ok(lineWith(text, "first = [1, not decoded]"));
  assert.ok(!/lost|undefined/.test(text), text);
});

test("an empty session entry, an empty attribute and a long one can be read", () => {
  const sessions = sessionInfo();
  sessions.rai!.sessions!.push({ raw: "", domain: null, user: null, session_id: null });
  const string = noviceUserInfo();
  const shown = string.rai!.connection_string!;
  assert.ok(shown.form === 2);
  shown.auth.kh = "";
  shown.auth.id = "x".repeat(100_000);
  const text = transcript([sessions, string], { allCalls: true });
  assert.ok(lineWith(text, '"", no user'));
  assert.ok(lineWith(text, "KH ", "(empty)"));
  assert.match(text, /\(99,400\s+more\s+characters: --full\)/);
  assert.ok(text.length < 10_000);
  assert.ok(text.split("\n").every((line) => line === line.trimEnd()));
});

test("violations, stub faults and notes are shown at their call", () => {
  const broken = remoteConnectionParms();
  broken.rai!.connection_string!.violations.push("protocol_version MUST be 65538");
  broken.stub.response = "malformed";
  broken.notes.push({
    severity: "error",
    code: "stub-malformed",
    message: "pbstrConnectionString: max_count",
  });
  const text = transcript([broken, summary()]);
  assert.ok(text.includes("violates: protocol_version MUST be 65538"));
  assert.ok(text.includes("response malformed"));
  assert.ok(text.includes("error: pbstrConnectionString: max_count [stub-malformed]"));
});

test("other RPC is one line an association, unless asked for", () => {
  const other = samr();
  const events = [other, { ...other, call_id: 2 }, association({ stream: 4, contexts: [] }), summary()];
  const brief = transcript(events);
  assert.ok(
    lineWith(brief, "[4]", "09:59:00", "10.0.0.5:49712 → 10.0.0.9:49670", "opnum 64 ×2", "(2 unanswered)"),
  );
  assert.equal(brief.split("\n").filter((line) => line.includes("opnum 64")).length, 1);
  const all = transcript(events, { allCalls: true });
  assert.equal(all.split("\n").filter((line) => line.includes("no response")).length, 2);
});

test("a conversation's line says how its calls ended, and no more than the bytes show", () => {
  const bad = (status: "error" | "fault" | "no_response" | "no_request", name: string | null) => {
    const fault = status === "fault" ? { status: "0x1c010003", name } : null;
    const hresult = status === "error" ? { value: "0x80070005", name, message: null } : null;
    return { ...samr(), method: "M", status, fault, hresult } as ReturnType<typeof samr>;
  };
  const denied = bad("error", "E_ACCESSDENIED");
  const unknown = bad("fault", "nca_unk_if");
  const silent = bad("no_response", null);
  for (const [calls, said] of [
    [[unknown], "M (1 failed: nca_unk_if)"],
    [[silent], "M (1 unanswered)"],
    [[denied, denied], "M ×2 (2 failed: E_ACCESSDENIED)"],
    [[denied, denied, unknown, silent], "M ×4 (3 failed: E_ACCESSDENIED ×2, nca_unk_if; 1 unanswered)"],
    [[bad("error", null)], "M (1 failed: 0x80070005)"],
    [[1, 2, 3, 4, 5, 6].map((n) => bad("error", `E_${n}`)), "M ×6 (6 failed: E_1, E_2, E_3, E_4, others ×2)"],
    // Its request was not captured: what came of it is not known to be a failure.
    [[bad("no_request", null)], "M"],
  ] as const) {
    const line = transcript(calls).split("\n")[1]!;
    assert.ok(line.endsWith(`12345778-1234-abcd-ef00-0123456789ac.${said}`), line);
  }
});

test("conversations of several days, and a follow-up in which nothing shows a session", () => {
  const later = { ...samr(), stream: 5, ts: "2024-05-03T00:00:01.000000Z" };
  const days = /^Conversations from 2024-05-01 to 2024-05-03 \(add --all-calls to list every call\)$/m;
  assert.match(transcript([samr(), later]), days);
  const said = (over: object): string => {
    const base = offer();
    const text = transcript([{ ...base, follow_up: { ...base.follow_up!, ...over } }], { columns: 200 });
    return text.split("\n").find((line) => line.startsWith("  then"))!;
  };
  assert.match(
    said({ bytes: 38 }),
    /RDP connection to .* started .* later, lasted .*, 38 bytes \(conversation/,
  );
  assert.match(said({ protocol: "tls" }), /then +TLS connection to /);
  assert.match(said({ protocol: null, duration_s: null }), /then +TCP connection to [^,]* later, \d[^,]*$/);
  assert.match(said({ duration_s: 0.0304 }), /lasted 30 ms,/);
  assert.match(said({ duration_s: 0 }), /lasted 0 ms,/);
});

test("a capture without RPC takes two lines that say what was in it", () => {
  const traffic = {
    tcp_segments: 1100,
    ip_packets: 1200,
    other_frames: 34,
    rpc_streams: 0,
    ...NOTHING_CARRIED,
  };
  const text = transcript([note({ stream: null }), summary({ pdus: {}, calls: {}, offers: 0, traffic })]);
  assert.match(text, /^No DCE\/RPC in this capture\.\nIt holds 1,234 frames .*1,200 IP packets.*\n$/);
});

describe("what filters hold back counts all the same", () => {
  /** A transcript of which only the events that `shown` accepts are shown. */
  const filtered = (
    events: readonly Event[],
    shown: (event: Event) => boolean,
    over: Partial<TranscriptOptions> = {},
  ): string => {
    const printer = transcriptPrinter({
      columns: 100,
      cut: false,
      paint: plain,
      allCalls: false,
      ladder: false,
      live: false,
      ...over,
    });
    let text = "";
    for (const event of events) {
      if (shown(event)) text += printer.push(event);
      else printer.hidden?.(event);
    }
    return text + printer.finish();
  };
  const many = Array.from({ length: 27 }, (_, i) => call({ stream: 3, call_id: i + 1 }));
  const counts = { calls: { ok: 27 }, offers: 2 };
  const bound = association({ stream: 3 });

  test("all calls of a conversation", () => {
    const end = summary({ ...counts, shown: { calls: 0, offers: 1 } });
    for (const live of [false, true]) {
      const text = filtered([...many, bound, end], (event) => event.type !== "call", { live });
      assert.match(text, /^ {2}\[3\] .* {2}27 calls, 0 shown; bound to /m);
      assert.doesNotMatch(text, /no calls/);
      assert.match(text, /^ {2}27 calls, 0 shown \(of all: ok 27\), 2 offers, 1 shown$/m);
    }
  });

  test("an interface that was refused, or proposed and not answered for, is not bound", () => {
    const [context] = bound.contexts;
    const contexts = (
      [
        ["IRASrv", "provider_rejection"],
        ["IPCHService", null],
        ["IRemUnknown2", "acceptance"],
        ["IRemUnknown2", "provider_rejection"],
        ["IRemUnknown2", "negotiate_ack"],
      ] as const
    ).map(([name, result]) => ({ ...context!, name, result }));
    const text = filtered([association({ stream: 3, contexts }), summary({})], () => true);
    assert.match(text, /no calls; bound to IRemUnknown2; IPCHService proposed; IRASrv refused/);
  });

  test("some of them, and conversations of which nothing is shown", () => {
    const other = call({ stream: 4, call_id: 1 });
    const traffic = { ...summary().traffic, rpc_streams: 2 };
    const end = summary({ ...counts, traffic, shown: { calls: 2, offers: 2 } });
    const text = filtered(
      [...many, other, bound, end],
      (event) => event.type !== "call" || event.call_id > 25,
    );
    assert.match(text, /^ {2}\[3\] .* {2}27 calls, 2 shown: .* ×2/m);
    assert.doesNotMatch(text, /^ {2}\[4\]/m);
    assert.match(text, /^Conversations .*, 1 of 2 shown \(add --all-calls to list every call\)$/m);
  });

  test("calls of an offer, also in a ladder", () => {
    const events = run();
    for (const ladder of [false, true]) {
      const text = filtered(events, (event) => event.type !== "call" || event.method === "GetSessionInfo", {
        ladder,
      });
      const { length } = (events.find((event) => event.type === "offer") as { calls: unknown[] }).calls;
      assert.match(text, new RegExp(`^ {2}${length} calls, 1 shown$`, "m"));
    }
  });

  test("where nothing is held back nothing is said of it", () => {
    assert.equal(
      filtered(run(), () => true),
      transcript(run()),
    );
    assert.doesNotMatch(transcript(run()), /shown/);
  });
});

test("what comes from the wire never reaches the terminal raw", () => {
  const evil = "\x1b[2J\u202e\n\x9b";
  const hostile = call({
    method: evil,
    interface: { uuid: null, version: null, name: evil },
    request: { [evil]: evil, nested: { [evil]: [evil] } },
    target: { clsid: evil, class: evil, iid: null, oxid: null, oid: null, from_frame: 1 },
    hresult: { value: evil, name: evil, message: evil },
    status: "error",
    notes: [{ severity: "warning", code: evil, message: evil }],
    rai: {
      connection_string: { form: null, raw: evil, violations: [evil] },
      help_blob: {
        raw: evil,
        fields: [{ length: 1, text: evil }],
        unsolicited: true,
        id: { domain: evil, user: evil },
        violations: [evil],
      },
      sessions: [{ raw: evil, domain: evil, user: evil, session_id: 1 }],
    },
  });
  const hostileOffer = offer({
    expert: { address: evil, user: evil, domain: evil, workstation: evil, listed: null },
    novice: { address: evil, name: evil },
    refusal: evil,
    evidence: [{ statement: evil, basis: "decoded", frames: [1] }],
    sessions: [{ domain: evil, user: evil, session_id: 1, state: evil }],
    calls: [[0, 1]],
  });
  const events: Event[] = [hostile, hostileOffer, note({ message: evil, code: evil }), summary()];
  const views = [
    transcript(events),
    transcript(events, { ladder: true }),
    transcript(events, { allCalls: true, live: true }),
    printed(tablePrinter({ columns: 80, cut: true, paint: plain }), events),
  ];
  for (const text of views) {
    assert.doesNotMatch(text.replaceAll("\n", ""), /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u);
    assert.ok(text.includes("\\x1b[2J\\u202e\\n\\x9b"));
  }
});

test("the ladder puts the expert left and the novice right", () => {
  const text = transcript(run(), { ladder: true });
  assert.ok(lineWith(text, "expert EXPERT-PC", "novice NOVICE-PC"));
  assert.ok(lineWith(text, "0.049900", "12", "│── IRASrv.GetSessionInfo ─", "▶│"));
  assert.ok(lineWith(text, "0.050812", "13", "│◀─", "S_OK, 1 session ──│"));
  assert.ok(lineWith(text, "rdp to 10.0.0.9:49751", "▶│"));
});

test("a call of the novice's side runs from right to left", () => {
  const back = call({ client: NOVICE, server: EXPERT, stream: 1, call_id: 2 });
  const text = transcript([sessionInfo(), back, offer({ calls: [[1, 2]] }), summary()], { ladder: true });
  assert.ok(lineWith(text, "│◀", "IRASrv.GetSessionInfo ──│"));
});

test("offers come in order of time, whenever they were complete", () => {
  const later = offer({
    ts: "2024-05-01T11:00:00.000000Z",
    stream: 9,
    calls: [],
    novice: { address: "10.0.0.77", name: null },
  });
  const text = transcript([later, offer(), summary()]);
  assert.ok(text.indexOf("NOVICE-PC") < text.indexOf("10.0.0.77"));
});

test("live: calls are printed as they come, offers when they are complete", () => {
  const printer = transcriptPrinter({
    columns: 100,
    cut: false,
    paint: plain,
    allCalls: false,
    ladder: false,
    live: true,
  });
  assert.match(printer.push(sessionInfo()), /GetSessionInfo/);
  assert.match(printer.push(offer()), /Offer 1/);
  assert.match(printer.push(association()), /\[1\]/);
  assert.equal(printer.push(samr()), "");
});

test("when too much is held back, what was held is printed and the rest follows as it comes", () => {
  const many = Array.from({ length: 50 }, (_, i) => ({ ...sessionInfo(), call_id: i, stream: i }));
  const text = transcript([...many, offer(), summary()], { heldBytes: 20_000 });
  assert.ok(text.includes("Too many calls to sort by offer"));
  assert.equal(text.split("\n").filter((line) => line.includes("IRASrv.GetSessionInfo  S_OK")).length, 50);
  assert.ok(text.includes("Offer 1"));
});

test("lines keep to the columns, and nothing is lost by it", () => {
  for (const columns of [60, 80, 100, 140]) {
    const text = transcript(run(), { columns, cut: true });
    const long = text.split("\n").filter((line) => width(line) > columns && !/→/.test(line));
    assert.deepEqual(long, []);
    assert.ok(
      text.replace(/\s+/g, "").includes("8rYm30RBW8/4dAWoUsWbFCF5jno/7jr5tNpHQc2goLbw4uuBBJvLsU02YYLlBMg5"),
    );
    const table = printed(tablePrinter({ columns, cut: true, paint: plain }), run());
    assert.deepEqual(
      table.split("\n").filter((line) => width(line) > columns),
      [],
    );
  }
});

test("a conversation's line keeps to the columns whatever its ends and times are", () => {
  const long = "fe80:1234:5678:9abc:def0:1234:5678:9abc%interface";
  const shapes = [
    { client: EXPERT, server: NOVICE, file: null },
    {
      client: { address: "192.168.100.200", port: 65_535 },
      server: { address: "192.168.100.201", port: 49_664 },
      file: null,
    },
    { client: { address: long, port: 65_535 }, server: { address: long, port: 49_664 }, file: null },
    { client: EXPERT, server: NOVICE, file: "a-file-with-a-name-that-fills-a-line-of-its-own.pcapng" },
  ];
  for (const shape of shapes) {
    for (const span of [0, 1, 7, 59, 3_599, 86_399]) {
      for (const columns of [40, 60, 79, 80, 81, 100]) {
        const first = call({ ...shape, stream: 12_345 });
        const later = new Date(Date.parse(first.ts) + span * 1000).toISOString().slice(0, 19);
        const last = { ...samr(), ...shape, stream: 12_345, ts: `${later}.123456Z` };
        for (const calls of [[first], [first, last]]) {
          const text = transcript([...calls, summary()], { columns, cut: true });
          const lines = text.split("\n");
          const from = lines.findIndex((line) => line.startsWith("  [12345]"));
          const own = lines.slice(from, lines.indexOf("", from)).filter((line) => !line.includes("12→13"));
          assert.deepEqual(
            own.filter((line) => width(line) > columns),
            [],
            `more than ${columns} columns`,
          );
          // It is wrapped, and loses nothing.
          const whole = own.map((line) => line.trim()).join("");
          for (const one of calls)
            assert.ok(whole.includes(`.${one.method}`.replace(".null", ".opnum")), text);
        }
      }
    }
  }
});

test("the table is one line a call and an offer under one heading", () => {
  const text = printed(tablePrinter({ columns: 100, cut: false, paint: plain }), run());
  const rows = run().filter(({ type }) => type === "call" || type === "offer").length;
  assert.equal(text.trimEnd().split("\n").length, rows + 1);
  assert.ok(lineWith(text, "10:00:01.000000", "1", "20→21-22", "IRASrv.GetNoviceUserInfo", "S_OK"));
});

test("tables are cut to the columns of a terminal, and offers are measured before", () => {
  for (const kinds of [["call", "offer"], ["offer"]] as const) {
    for (const columns of [40, 60, 80, 100, 130, 200]) {
      const layout = { columns, cut: true, paint: plain, kinds: new Set(kinds) };
      const lines = printed(tablePrinter(layout), run()).trimEnd().split("\n");
      assert.ok(lines.length > 1);
      for (const line of lines) assert.ok(width(line) <= columns, `${columns}: ${line}`);
    }
  }
  const live = tablePrinter({
    columns: 100,
    cut: false,
    paint: plain,
    kinds: new Set(["offer"]),
    live: true,
  });
  const first = run().find(({ type }) => type === "offer")!;
  assert.equal(live.push(first).split("\n").length, 3);
});

test("an association says the same of its conversation before its calls and behind them", () => {
  const events = run();
  const rank = (event: Event): number =>
    event.type === "summary" ? 2 : event.type === "association" ? 0 : 1;
  const turned = [...events].sort((a, b) => rank(a) - rank(b));
  assert.notDeepEqual(turned, events);
  assert.equal(transcript(turned), transcript(events));
});

test("colour is the painter's business alone", () => {
  assert.ok(transcript(run(), { paint: marked }).includes("{bad:fault ERROR_ACCESS_DENIED (0x00000005)}"));
  assert.equal(paintFor({ isTTY: true }, { NO_COLOR: "1" })("bad", "x"), "x");
  assert.equal(paintFor({ isTTY: false }, { FORCE_COLOR: "1" })("bad", "x"), "x");
  assert.equal(paintFor({ isTTY: true }, { TERM: "dumb" })("bad", "x"), "x");
  assert.equal(paintFor({ isTTY: true }, { NO_COLOR: "" })("bad", "x"), "\x1b[31mx\x1b[39m");
});

test("what is cut is said to be, how much, and what shows it", () => {
  const deep = (levels: number): Value => (levels === 0 ? { bottom: "reached" } : { down: deep(levels - 1) });
  const sessions = Array.from({ length: 100 }, (_, n) => ({
    raw: `D\\u${n}`,
    domain: "D",
    user: `u${n}`,
    session_id: n,
  }));
  const bindings = Array.from({ length: 7 }, (_, n) => ({ tower: "ncacn_ip_tcp", address: `h${n}` }));
  const events = [
    {
      ...noviceUserInfo(),
      frames: { request: [1, 3, 5, 7, 9, 11, 13], response: [15] },
      rai: { connection_string: null, help_blob: null, sessions },
      request: Object.fromEntries(Array.from({ length: 40 }, (_, n) => [`p${n}`, n])),
      response: {
        s: "x".repeat(5_000),
        a: Array(500).fill(1),
        wide: Object.fromEntries(Array.from({ length: 300 }, (_, n) => [`member${n}`, `text ${n}`])),
        deep: deep(20),
        at: { bindings, security: [] },
      },
    },
    summary(),
  ];
  const cuts = [
    "…+3→15",
    "(4,400 more characters: --full)",
    "… 488 more: --full",
    "… 36 more: --full",
    "… 16 more parameters: --full",
    "… (3 more: --full)",
    "… (1 more value: --full)",
  ];
  const text = transcript(events);
  const words = text.replace(/\s+/g, " ");
  for (const cut of cuts) assert.ok(words.includes(cut), cut);
  assert.match(words, /… over \d+ more lines: --full/);
  const full = transcript(events, { full: true });
  assert.ok(!/…|--full/.test(full), full);
  for (const part of ["1,3,5,7,9,11,13→15", "p39 = 39", "text 299", "reached", "h6", "u99"]) {
    assert.ok(full.includes(part), part);
  }
  assert.ok(full.replace(/\s/g, "").includes("x".repeat(5_000)));
});

test("--brief shows the heads of offers, and no calls", () => {
  const text = transcript(run(), { brief: true });
  assert.ok(lineWith(text, "outcome", "connected to one of its listeners"));
  assert.ok(lineWith(text, "calls"));
  for (const part of ["S_OK", "evidence", "listener "]) assert.ok(!text.includes(part), part);
  assert.ok(text.includes("Other conversations"));
  const live = transcript(run(), { brief: true, live: true });
  assert.ok(!live.includes("S_OK"));
});

test("live: the ladder of an offer has the calls that were printed before it", () => {
  const text = transcript(run(), { live: true, ladder: true });
  assert.ok(lineWith(text, "│── IRemoteSCMActivator.RemoteCreateInstance ─", "▶│"));
  assert.ok(lineWith(text, "│◀─", "S_OK, connection string 2 ──│"));
});
