import type { Target } from "./target.js";
import { containers, streams } from "./targets/captures.js";
import { datagrams } from "./targets/datagrams.js";
import { frames } from "./targets/frames.js";
import { cimObjects, tasks } from "./targets/objects.js";
import { smb1Connections, smb1Messages } from "./targets/smb1.js";
import { smb2Connections, smb2Messages } from "./targets/smb2.js";
import { smb3Connections, smb3Messages } from "./targets/smb3.js";
import { stubs } from "./targets/stubs.js";
import { idl, invitations, secrets, strings } from "./targets/texts.js";
import { trees } from "./targets/trees.js";
import { followUps, objrefs, pdus, tokens, towers } from "./targets/wire.js";

/** Everything that is fuzzed. */
export const TARGETS: readonly Target[] = [
  frames,
  pdus,
  datagrams,
  towers,
  objrefs,
  cimObjects,
  tasks,
  tokens,
  followUps,
  smb1Messages,
  smb1Connections,
  smb2Messages,
  smb2Connections,
  smb3Messages,
  smb3Connections,
  stubs,
  strings,
  invitations,
  idl,
  secrets,
  containers,
  streams,
  trees,
];
