/** Many calls, machines, users and connections that may all belong to offers: their time grows with their number. */
import test from "node:test";
import { OfferTracker } from "../../../src/offers/tracker.js";
import { assertLinear } from "../../support/growth.js";
import { ask, exported, list, rdp, reach, Scene, UUID, type Who } from "../../support/offers/records.js";

const WHO: Who = { expert: "10.0.0.5", novice: "10.0.0.9", user: "helga" };
const DENIED = 0x80070005;
const string = (port: number): string =>
  `<E><A KH="abcdefghijklmnopqrstuvwxyz4=" ID="x"/><C><T ID="1" SID="0"><L P="${port}" N="10.0.0.9"/></T></C></E>`;

const shapes: { name: string; n: number; play: (scene: Scene, n: number) => void }[] = [
  {
    name: "pairs of machines within one second, more than are remembered",
    n: 1500,
    play(scene, n) {
      for (let i = 0; i < n; i++) {
        const who = { ...WHO, expert: `10.${1 + (i >> 16)}.${(i >> 8) & 255}.${i & 255}` };
        const stream = scene.open(who.expert, who.novice, 49155);
        ask(scene, who, stream, exported(1, 49155), string(4000));
        scene.now -= 0.0125;
      }
    },
  },
  {
    name: "initiations of one pair, one after the other",
    n: 200,
    play(scene, n) {
      for (let i = 0; i < n; i++) {
        const e = exported(i, 49155);
        ask(scene, WHO, reach(scene, WHO, e), e, string(20_000 + i));
        scene.wait(1);
      }
    },
  },
  {
    name: "users at one address at once",
    n: 400,
    play(scene, n) {
      const e = exported(1, 49155);
      for (let i = 0; i < n; i++) {
        const stream = scene.open(WHO.expert, WHO.novice, e.port);
        list(scene, { ...WHO, user: `user${i}` }, stream, e, ["CONTOSO\\jmarek:1"]);
        scene.now -= 0.0041;
      }
    },
  },
  {
    name: "activations whose objects nobody calls",
    n: 200,
    play(scene, n) {
      for (let i = 0; i < n; i++) reach(scene, WHO, exported(i, 49155), { session: 2 });
      ask(scene, WHO, reach(scene, WHO, exported(n, 49155)), exported(n, 49155), string(4000));
    },
  },
  {
    name: "requests that fail again and again, with other calls in between",
    n: 400,
    play(scene, n) {
      const e = exported(1, 49155);
      const stream = reach(scene, WHO, e);
      for (let i = 0; i < n; i++) {
        ask(scene, WHO, stream, e, null, { hresult: DENIED });
        list(scene, WHO, stream, e, ["CONTOSO\\jmarek:1"]);
        scene.now -= 0.0095;
      }
    },
  },
  {
    name: "connections that propose the interface and say nothing",
    n: 700,
    play(scene, n) {
      for (let i = 0; i < n; i++) {
        const stream = scene.open(WHO.expert, WHO.novice, 49155);
        scene.association(stream, [{ interface: UUID.IRASrv }]);
      }
    },
  },
  {
    name: "connections to a listener that many offers gave out",
    n: 80,
    play(scene, n) {
      for (let i = 0; i < n; i++) {
        const who = { ...WHO, novice: `10.1.${i >> 8}.${i & 255}` };
        const stream = scene.open(who.expert, who.novice, 49155);
        ask(scene, who, stream, exported(i, 49155), string(443));
      }
      // As many as one offer watches, and more.
      for (let i = 0; i < 1100; i++) scene.close(rdp(scene, WHO.expert, WHO.novice, 443));
    },
  },
];

for (const { name, n, play } of shapes) {
  test(`in the time of what is said: ${name}`, () => {
    assertLinear((size) => {
      const scene = new Scene();
      play(scene, size);
      const end = Math.floor(scene.now);
      return () => {
        const book = new OfferTracker();
        for (const say of scene.script) say(book);
        for (let i = 0; i < 4; i++) book.pass({ seconds: end + i * 700, nanos: 0 } as never);
        book.finish();
      };
    }, n);
  });
}
