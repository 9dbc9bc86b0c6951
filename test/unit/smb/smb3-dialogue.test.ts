/** Conversations in SMB 3 that are signed and encrypted, as the lab writes them: what is read of them with keys and without. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { MemoryBudget } from "../../../src/budget.js";
import { KeyRing } from "../../../src/rpc/security/keyring.js";
import { concat } from "../../lab/bytes.js";
import { authenticate, type NtlmExchange, WINDOWS_10 } from "../../lab/ntlm.js";
import * as smb2 from "../../lab/smb2.js";
import { CIPHER, negotiated311, Preauth, Smb3Session } from "../../lab/smb3.js";
import { like, Talk, type TalkOptions } from "../../support/smb/talk.js";

const ID = 0x400000000011n;
const PASSWORD = "Help4Desk!";
const FILE = smb2.fileId(1, 2);

function ntlm(sessionKey: Uint8Array, fill = 0x11): NtlmExchange {
  return authenticate({
    account: { user: "helga", domain: "CONTOSO", password: PASSWORD, workstation: "EXPERT" },
    server: {
      netbiosDomain: "CONTOSO",
      netbiosComputer: "SRV",
      dnsDomain: "contoso",
      dnsComputer: "srv.contoso",
    },
    seed: {
      serverChallenge: new Uint8Array(8).fill(fill),
      clientChallenge: new Uint8Array(8).fill(fill + 1),
      sessionKey,
      timestamp: 133_000_000_000_000_000n,
    },
    seal: true,
    clientVersion: WINDOWS_10,
    serverVersion: WINDOWS_10,
  });
}

interface Story {
  dialect?: 0x0300 | 0x0311;
  cipher?: number;
  sessionKey?: Uint8Array;
  /** Joins a session instead of making one. */
  binding?: boolean;
}

/** The beginning of a connection up to a session, and what protects that; `say` is given each message with its side. */
function begin(say: (from: 0 | 1, message: Uint8Array) => void, story: Story = {}): Smb3Session {
  const { dialect = 0x0311, cipher = CIPHER.GCM_128, binding = false } = story;
  const { sessionKey = new Uint8Array(16).fill(0x77) } = story;
  const connection = new Preauth();
  const both = (from: 0 | 1, message: Uint8Array, hash: Preauth): void => {
    hash.add(message);
    say(from, message);
  };
  both(0, smb2.negotiate({ messageId: 0n }), connection);
  const chosen = { messageId: 0n };
  both(1, dialect === 0x0311 ? negotiated311(chosen, cipher) : smb2.negotiated(chosen, dialect), connection);
  const session = new Preauth(connection.value);
  const tokens = ntlm(sessionKey);
  const joins = (message: Uint8Array): Uint8Array => {
    if (binding) message[66] = 1;
    return message;
  };
  const id = binding ? ID : 0n;
  both(0, joins(smb2.sessionSetup({ messageId: 1n, sessionId: id }, tokens.negotiate)), session);
  const more = { messageId: 1n, sessionId: ID, status: smb2.STATUS.MORE_PROCESSING_REQUIRED };
  both(1, smb2.sessionSet(more, tokens.challenge), session);
  both(0, joins(smb2.sessionSetup({ messageId: 2n, sessionId: ID }, tokens.authenticate)), session);
  const made = new Smb3Session({ dialect, cipher, sessionId: ID, sessionKey, preauth: session.value });
  say(1, made.sign(smb2.sessionSet({ messageId: 2n, sessionId: ID }, new Uint8Array(0))));
  return made;
}

/** A pipe in one message each, as `protect` has them. */
function pipe(
  say: (from: 0 | 1, message: Uint8Array) => void,
  protect: (from: 0 | 1, ...messages: Uint8Array[]) => Uint8Array,
): void {
  const head = (messageId: bigint, more: Partial<smb2.Head> = {}): smb2.Head => ({
    messageId,
    sessionId: ID,
    treeId: 5,
    ...more,
  });
  const both = (from: 0 | 1, ...messages: Uint8Array[]): void => say(from, protect(from, ...messages));
  both(0, smb2.treeConnect(head(3n, { treeId: 0 }), "\\\\SRV\\IPC$"));
  both(1, smb2.treeConnected(head(3n), 2));
  both(0, smb2.create(head(4n), "samr"));
  both(1, smb2.created(head(4n), FILE));
  both(0, smb2.transceive(head(5n), FILE, like("asked")));
  both(1, smb2.transceived(head(5n), FILE, like("told")));
  both(0, smb2.close(head(6n), FILE));
  both(1, smb2.closed(head(6n)));
}

const TOLD = ["samr > asked @5", "samr < told @5", "samr close"];

function ring(password = PASSWORD): KeyRing {
  return KeyRing.from({ passwords: [password] });
}

/** One connection with a session, and a pipe in it. */
function told(options: TalkOptions, story: Story = {}, segment?: number): Talk {
  const talk = new Talk(options);
  const say = (from: 0 | 1, message: Uint8Array): void => {
    talk.say(from, smb2.packet(message), segment);
  };
  const session = begin(say, story);
  pipe(say, (from, ...messages) => session.seal(from === 0 ? "client" : "server", ...messages));
  return talk;
}

describe("an encrypted session", () => {
  const stories: { [title: string]: Story } = {
    "in SMB 3.0": { dialect: 0x0300, cipher: CIPHER.CCM_128 },
    "with AES-128-CCM": { cipher: CIPHER.CCM_128 },
    "with AES-128-GCM": { cipher: CIPHER.GCM_128 },
    "with AES-256-CCM": { cipher: CIPHER.CCM_256 },
    "with AES-256-GCM": { cipher: CIPHER.GCM_256 },
  };
  for (const [title, story] of Object.entries(stories)) {
    it(`${title} is opened with the password, however it is cut into segments`, () => {
      for (const segment of [undefined, 1, 7, 100]) {
        const talk = told({ keys: ring() }, story, segment).end();
        assert.deepEqual(talk.log, TOLD);
        assert.deepEqual(talk.notes, []);
        assert.equal(talk.pipes[0]!.transport.smb!.encrypted, true);
        assert.equal(talk.pipes[0]!.transport.smb!.session_user, "helga");
      }
    });
  }

  it("says who was in it, and what opened it", () => {
    const keys = ring();
    told({ keys }).end();
    const { secrets, contexts } = keys.report();
    assert.equal(secrets[0]!.opened, 1);
    assert.deepEqual(
      contexts.map((c) => [c.smb_session, c.level, c.user, c.domain, c.mechanism, c.proof]),
      [[String(ID), "pkt_privacy", "helga", "CONTOSO", "ntlmssp", "nt_response"]],
    );
  });

  it("stays encrypted without a key, with a wrong one, and where its beginning is missing, which is counted", () => {
    const [none, wrong] = [null, ring("other")].map((keys) => told({ keys }).end());
    const late = new Talk({ keys: ring(), midstream: true });
    const session = begin(() => {});
    pipe(
      (from, message) => late.say(from, smb2.packet(message)),
      (from, ...messages) => session.seal(from === 0 ? "client" : "server", ...messages),
    );
    for (const [talk, why] of [
      [none!, /^8 encrypted messages of .*CONTOSO\\helga.* \(with NTLMSSP: .*give the password/],
      [wrong!, /^8 encrypted messages of .*CONTOSO\\helga.* is not the one that was used$/],
      [
        late.end(),
        /^8 encrypted messages of SMB session \d+ \(of an unknown user\) were not decrypted: the setup .* was not captured/,
      ],
    ] as const) {
      assert.deepEqual(talk.log, []);
      assert.deepEqual(talk.notes, ["smb-encrypted"]);
      assert.match(talk.messages[0]!, why);
    }
  });

  it("says that a session key does not open it, before it is given up as well", () => {
    const keys = KeyRing.from({ sessionKeys: ["00".repeat(16)] });
    const talk = new Talk({ keys });
    const say = (from: 0 | 1, message: Uint8Array): void => {
      talk.say(from, smb2.packet(message));
    };
    const session = begin(say);
    say(0, session.seal("client", smb2.logoff({ messageId: 3n, sessionId: ID })));
    assert.match(talk.end().messages[0]!, /^1 encrypted message of .*: none of the given keys opens them$/);
    const { messages } = told({ keys }).end();
    assert.match(
      messages[0]!,
      /^8 encrypted messages of .*: no password.* was given that could be of CONTOSO/,
    );
  });

  it("holds several messages in one, related to each other", () => {
    const talk = new Talk({ keys: ring() });
    const say = (from: 0 | 1, message: Uint8Array): void => {
      talk.say(from, smb2.packet(message));
    };
    const session = begin(say);
    const head = (messageId: bigint, related = false): smb2.Head => ({
      messageId,
      sessionId: related ? 0xffffffffffffffffn : ID,
      treeId: related ? 0xffffffff : 5,
      related,
    });
    const answer = (messageId: bigint): smb2.Head => ({ messageId, sessionId: ID, treeId: 5 });
    say(0, session.seal("client", smb2.treeConnect({ ...answer(3n), treeId: 0 }, "\\\\SRV\\IPC$")));
    say(1, session.seal("server", smb2.treeConnected(answer(3n), 2)));
    say(
      0,
      session.seal(
        "client",
        smb2.create(head(4n), "samr"),
        smb2.write(head(5n, true), smb2.RELATED, like("asked")),
        smb2.read(head(6n, true), smb2.RELATED),
      ),
    );
    say(
      1,
      session.seal(
        "server",
        smb2.created(answer(4n), FILE),
        smb2.written(answer(5n), 29),
        smb2.wasRead(answer(6n), like("told")),
      ),
    );
    assert.deepEqual(talk.end().log, ["samr > asked @5", "samr < told @6", "samr close"]);
    assert.deepEqual(talk.notes, []);
  });

  it("keeps its keys when its user proves himself again", () => {
    const talk = new Talk({ keys: ring() });
    const say = (from: 0 | 1, message: Uint8Array): void => {
      talk.say(from, smb2.packet(message));
    };
    const session = begin(say);
    const again = ntlm(new Uint8Array(16).fill(0x99), 0x33);
    const head = (messageId: bigint, status = 0): smb2.Head => ({ messageId, sessionId: ID, status });
    say(0, session.seal("client", smb2.sessionSetup(head(10n), again.negotiate)));
    const more = head(10n, smb2.STATUS.MORE_PROCESSING_REQUIRED);
    say(1, session.seal("server", smb2.sessionSet(more, again.challenge)));
    say(0, session.sign(smb2.sessionSetup(head(11n), again.authenticate)));
    say(1, session.sign(smb2.sessionSet(head(11n), new Uint8Array(0))));
    pipe(say, (from, ...messages) => session.seal(from === 0 ? "client" : "server", ...messages));
    assert.deepEqual(talk.end().log, TOLD);
    assert.deepEqual(talk.notes, []);
  });

  it("goes on behind bytes that are missing", () => {
    const talk = new Talk({ keys: ring() });
    let skip = 0;
    const say = (from: 0 | 1, message: Uint8Array): void => {
      const bytes = smb2.packet(message);
      if (from === 0 && skip++ === 3) talk.gap(0, bytes.length);
      else talk.say(from, bytes);
    };
    const session = begin(say);
    pipe(say, (from, ...messages) => session.seal(from === 0 ? "client" : "server", ...messages));
    // The request for the share is lost, its answer is not.
    assert.deepEqual(talk.end().log, TOLD);
  });

  it("is opened on further connections with the keys of the first, with or without their beginning", () => {
    const keys = ring();
    told({ keys }).end();
    const first = begin(() => {});
    for (const midstream of [false, true]) {
      const talk = new Talk({ keys, midstream });
      const say = (from: 0 | 1, message: Uint8Array): void => {
        talk.say(from, smb2.packet(message));
      };
      const own = new Uint8Array(16).fill(0x55);
      const channel = midstream ? null : begin(say, { binding: true, sessionKey: own });
      pipe(say, (from, ...messages) => first.seal(from === 0 ? "client" : "server", ...messages));
      const echo = smb2.treeDisconnect({ messageId: 9n, sessionId: ID, treeId: 5 });
      // What is signed there is signed with a key of that connection.
      if (channel !== null) say(0, channel.sign(echo));
      assert.deepEqual(talk.end().log, TOLD);
      assert.deepEqual(talk.notes, []);
    }
  });

  it("is told of with others, where a connection has very many", () => {
    const talk = new Talk();
    begin((from, message) => talk.say(from, smb2.packet(message)));
    for (let i = 0; i < 100; i++)
      talk.say(0, smb2.packet(smb2.transform(BigInt(1000 + i), new Uint8Array(80))));
    const { messages } = talk.end();
    assert.equal(messages.length, 33);
    assert.equal(messages[32], "68 encrypted messages of 68 further SMB sessions were not decrypted");
  });

  it("says so of what is compressed in it", () => {
    const talk = new Talk({ keys: ring() });
    const say = (from: 0 | 1, message: Uint8Array): void => {
      talk.say(from, smb2.packet(message));
    };
    const session = begin(say);
    say(1, session.seal("server", smb2.compressed(100, new Uint8Array(50))));
    assert.deepEqual(talk.end().notes, ["smb-compressed"]);
  });

  it("says how many messages are too long to be opened", () => {
    const talk = told({ keys: ring() });
    const session = begin(() => {});
    const long = session.seal("server", smb2.wasRead({ messageId: 20n }, new Uint8Array(1 << 20)));
    talk.say(1, smb2.packet(long)).say(1, smb2.packet(long)).end();
    assert.deepEqual(talk.log, TOLD);
    assert.deepEqual(talk.notes, ["smb-message-limit"]);
    assert.match(talk.messages[0]!, /^2 encrypted messages of .* longer than 1048576 bytes/);
  });
});

describe("a signed session", () => {
  function signed(keys: KeyRing | null, spoil: (messageId: number) => boolean): Talk {
    const talk = new Talk({ keys });
    const say = (from: 0 | 1, message: Uint8Array): void => {
      talk.say(from, smb2.packet(message));
    };
    const session = begin(say);
    pipe(say, (_from, message) => {
      const bytes = session.sign(message!);
      if (spoil(bytes[24]!)) bytes[60]! ^= 1;
      return bytes;
    });
    return talk.end();
  }

  it("is verified, and read in any case", () => {
    for (const keys of [ring(), ring("other"), null]) {
      const talk = signed(keys, () => false);
      assert.deepEqual([talk.log, talk.notes], [TOLD, []]);
      assert.equal(talk.pipes[0]!.transport.smb!.encrypted, false);
    }
  });

  it("has a note for the first signature that is wrong, and one for their number", () => {
    assert.deepEqual(signed(ring(), (id) => id === 4).notes, ["smb-bad-signature", "smb-bad-signature"]);
    const talk = signed(ring(), () => true);
    assert.deepEqual(talk.log, TOLD);
    assert.match(talk.messages[0]!, /^a signed message of the SMB session of CONTOSO\\helga/);
    assert.match(talk.messages[1]!, /^8 messages of .* have a wrong signature$/);
    // Nobody knows without the key.
    assert.deepEqual(signed(ring("other"), () => true).notes, []);
  });
});

describe("the state of an encrypted connection", () => {
  it("is given back when it is over", () => {
    const budget = new MemoryBudget(Number.POSITIVE_INFINITY);
    const talk = told({ keys: ring(), smb: budget.kind("SMB") });
    // The tokens of the setup are counted.
    assert.ok(budget.held > 7_500, String(budget.held));
    talk.end();
    assert.equal(budget.held, 0);
  });

  it("does not grow with sessions that are refused", () => {
    const held = (count: number): number => {
      const budget = new MemoryBudget(Number.POSITIVE_INFINITY);
      const talk = new Talk({ keys: ring(), smb: budget.kind("SMB") });
      for (let i = 0; i < count; i++) {
        const id = BigInt(i);
        talk.say(0, smb2.packet(smb2.sessionSetup({ messageId: id }, concat(new Uint8Array(5000)))));
        const failed = smb2.failed(smb2.SMB2.SESSION_SETUP, { messageId: id, status: 0xc000006d });
        talk.say(1, smb2.packet(failed));
      }
      return budget.held;
    };
    assert.equal(held(2000), held(100));
  });

  it("goes, when memory is short, and what comes then is opened all the same", () => {
    const keys = ring();
    const talk = told({ keys });
    talk.stream.giveUp();
    const session = begin(() => {});
    pipe(
      (from, message) => talk.say(from, smb2.packet(message)),
      (from, ...messages) => session.seal(from === 0 ? "client" : "server", ...messages),
    );
    assert.deepEqual(talk.end().log, [...TOLD, ...TOLD]);
  });
});
