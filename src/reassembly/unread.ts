/**
 * Counts the frames whose inside was not looked at, by the reason for it, so that nobody takes silence about them for
 * their absence. One number a kind; nothing is kept of the frames.
 */
import { linkTypeName } from "../../dissectors/link/names.js";
import { NESTING_LIMIT, UNREAD_KINDS, Unread } from "../../dissectors/link/result.js";

/** What was not looked at. */
export interface NotRead {
  /** The code of the note that shows it. */
  code: string;
  /** How many, and of what, as words: "3 frames encrypted by MACsec". */
  what: string;
  count: number;
}

/** Link types distinguished; frames of further ones are counted together. */
const LINK_TYPE_LIMIT = 256;
const OTHER_LINK_TYPE = -2;

type Words = readonly [code: string, noun: string, of: string];

/** By `Unread`; those of link types have words of their own. */
const WORDS: { readonly [kind: number]: Words } = {
  [Unread.CUT]: ["headers-cut", "frame", "cut inside a header by the snap length"],
  [Unread.NESTED]: ["nesting-limit", "frame", `with more than ${NESTING_LIMIT} encapsulations`],
  [Unread.WLAN_PROTECTED]: ["encrypted-frames", "frame", "of encrypted 802.11 data"],
  [Unread.MACSEC]: ["encrypted-frames", "frame", "encrypted by MACsec"],
  [Unread.ESP]: ["encrypted-frames", "packet", "encrypted by ESP (IPsec)"],
  [Unread.DOCSIS_PRIVACY]: ["encrypted-frames", "frame", "encrypted by DOCSIS Baseline Privacy"],
  [Unread.PPP_OPAQUE]: ["encapsulation-not-read", "frame", "of compressed, encrypted or multilink PPP"],
  [Unread.WLAN_FRAGMENT]: ["encapsulation-not-read", "fragment", "of 802.11 frames"],
  [Unread.IPCOMP]: ["encapsulation-not-read", "packet", "compressed by IPComp"],
  [Unread.L2TPV3]: ["encapsulation-not-read", "packet", "in L2TPv3"],
  [Unread.CAPWAP]: ["encapsulation-not-read", "packet", "in CAPWAP"],
  [Unread.BATMAN]: ["encapsulation-not-read", "frame", "in batman-adv"],
  [Unread.GRE_OTHER]: [
    "encapsulation-not-read",
    "packet",
    "in GRE with a payload of another kind than IP, Ethernet, PPP or MPLS",
  ],
  [Unread.MPLS_OTHER]: [
    "encapsulation-not-read",
    "frame",
    "in MPLS with a payload of another kind than IP or Ethernet",
  ],
  [Unread.MPACKET]: ["encapsulation-not-read", "part", "of preempted Ethernet frames"],
};

export class UnreadFrames {
  readonly #counts: number[] = new Array<number>(UNREAD_KINDS).fill(0);
  readonly #linkTypes = new Map<number, number>();

  /** A frame of this kind (one of `Unread`); `linkType` where that is why. */
  add(kind: number, linkType: number): void {
    this.#counts[kind]!++;
    if (kind !== Unread.LINK_TYPE) return;
    const known = this.#linkTypes.has(linkType) || this.#linkTypes.size < LINK_TYPE_LIMIT;
    const key = known ? linkType : OTHER_LINK_TYPE;
    this.#linkTypes.set(key, (this.#linkTypes.get(key) ?? 0) + 1);
  }

  /** Everything that was counted, link types first. */
  list(): NotRead[] {
    const list: NotRead[] = [];
    for (const [linkType, count] of this.#linkTypes) {
      const name = linkType === OTHER_LINK_TYPE ? "other link types" : `link type ${linkTypeName(linkType)}`;
      list.push({ code: "link-type-not-read", what: phrase(count, "frame", `of ${name}`), count });
    }
    this.#counts.forEach((count, kind) => {
      const words = WORDS[kind];
      if (count === 0 || words === undefined) return;
      list.push({ code: words[0], what: phrase(count, words[1], words[2]), count });
    });
    return list;
  }
}

/** `1,204 frames of …`. Without Intl, whose tables take longer to load than a small capture to read. */
export function phrase(count: number, noun: string, of: string): string {
  const number = `${count}`.replace(/\B(?=(\d{3})+$)/g, ",");
  return `${number} ${noun}${count === 1 ? "" : "s"} ${of}`;
}
