/** A file that is copied over SMB 2 to a server, then back from it, a megabyte a message. */
import * as smb from "../../test/lab/smb2.js";
import type { Message } from "../conversation.js";

const CHUNK = 1 << 20;
const SESSION = 0x400000000001n;
const NOTHING = new Uint8Array(0);

/** `payload`: what the file is made of; `more`: whether another megabyte is to be copied. */
export function* fileCopy(payload: Buffer, more: () => boolean): Generator<Message> {
  let messageId = 0n;
  const disk = () => ({ messageId: messageId++, sessionId: SESSION, treeId: 1 });
  const say = (from: 0 | 1, message: Uint8Array): Message => ({
    from,
    bytes: Buffer.from(smb.packet(message)),
  });
  yield say(0, smb.negotiate({ messageId: messageId }));
  yield say(1, smb.negotiated({ messageId: messageId++ }, 0x0311));
  yield say(0, smb.sessionSetup({ messageId: messageId }, NOTHING));
  yield say(1, smb.sessionSet({ messageId: messageId++, sessionId: SESSION }, NOTHING));
  const tree = disk();
  yield say(0, smb.treeConnect({ ...tree, treeId: 0 }, "\\\\server\\files"));
  yield say(1, smb.treeConnected(tree, 1));
  const opening = disk();
  const file = smb.fileId(1, 2);
  yield say(0, smb.create(opening, "image.iso"));
  yield say(1, smb.created(opening, file));
  for (let i = 0; more(); i++) {
    const chunk = payload.subarray((i * 4099) % CHUNK, ((i * 4099) % CHUNK) + CHUNK);
    const head = disk();
    if (i % 2 === 0) {
      yield say(0, smb.write(head, file, chunk));
      yield say(1, smb.written(head, CHUNK));
    } else {
      yield say(0, smb.read(head, file, CHUNK));
      yield say(1, smb.wasRead(head, chunk));
    }
  }
}
