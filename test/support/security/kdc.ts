/** Feeds the KDC exchanges that a capture holds to a key ring, ahead of the analysis. */
import { Frame } from "../../../src/capture/frame.js";
import { openInputs } from "../../../src/capture/node/open.js";
import { KdcStream } from "../../../src/protocols/kdc.js";
import { StreamAssembler } from "../../../src/reassembly/streams.js";
import { Out } from "../../../src/rpc/output.js";
import type { KeyRing } from "../../../src/rpc/security/keyring.js";

const KERBEROS_PORT = 88;

export async function learnFrom(file: string, ring: KeyRing): Promise<void> {
  const source = await openInputs([file]);
  const assembler = new StreamAssembler({ bytes: 64 * 1024 * 1024 });
  const kdcs = new Map<unknown, KdcStream>();
  const out = new Out();
  const take = (items: ReturnType<StreamAssembler["push"]>): void => {
    for (const item of items) {
      if (item.kind !== "open" && item.kind !== "data") continue;
      const { flow } = item;
      if (flow.port0 !== KERBEROS_PORT && flow.port1 !== KERBEROS_PORT) continue;
      if (!kdcs.has(flow)) kdcs.set(flow, new KdcStream());
      if (item.kind !== "data") continue;
      kdcs.get(flow)!.data(item.direction, item.bytes, item, out);
      for (const output of out.take()) if (output.kind === "kerberos") ring.learnKerberos(output.message);
    }
  };
  const frame = new Frame();
  try {
    while (await source.next(frame)) take(assembler.push(frame));
    take(assembler.finish());
  } finally {
    await source.close();
  }
}
