/** The endpoint mapper's ept_map, with towers of five floors. [C706] appendices I, L and O; [MS-RPCE] 2.2.1.2.5. */

import { Writer } from "./bytes.js";
import { IID, type InterfaceName, type Spoken } from "./dcom.js";
import { type Encoding, Ndr } from "./ndr.js";
import { SYNTAX_NDR } from "./rpc.js";

/** A protocol tower. Floors are little-endian, the port and address of the last two big-endian. */
function tower(uuid: string, port: number, address: string, version = 0): Uint8Array {
  const w = new Writer().u16(5);
  const syntax = (id: string, major: number, minor: number) => {
    w.u16(19).u8(0x0d).guid(id).u16(major).u16(2).u16(minor);
  };
  syntax(uuid, version, 0);
  syntax(SYNTAX_NDR.uuid, 2, 0);
  w.u16(1).u8(0x0b).u16(2).u16(0);
  w.u16(1)
    .u8(0x07)
    .u16(2)
    .u8(port >> 8)
    .u8(port & 0xff);
  w.u16(1)
    .u8(0x09)
    .u16(4)
    .bytes(new Uint8Array(address.split(".").map(Number)));
  return w.done();
}

function towerPointer(ndr: Ndr, encoded: Uint8Array): void {
  ndr.pointer(() => {
    ndr.count(encoded.length).u32(encoded.length).bytes(encoded);
  });
}

/** ept_map, opnum 3: where does this interface listen? */
export function eptMap(
  e: Encoding,
  wanted: InterfaceName,
  port: number,
  address: string,
  version = 0,
): Spoken {
  const request = new Ndr(e);
  request.param(() => request.pointer(() => request.guid("00000000-0000-0000-0000-000000000000")));
  request.param(() => towerPointer(request, tower(IID[wanted], 135, "0.0.0.0", version)));
  request.align(4);
  request.bytes(new Uint8Array(20)).u32(4);
  const response = new Ndr(e);
  response.bytes(new Uint8Array(20)).u32(1);
  response.param(() => {
    response.count(4).count(0).count(1);
    towerPointer(response, tower(IID[wanted], port, address));
  });
  response.align(4).u32(0);
  return {
    interface: "ept",
    method: "ept_map",
    opnum: 3,
    request: request.done(),
    response: response.done(),
    requestValues: null,
    responseValues: null,
    // It returns void; its status is the last [out] parameter.
    result: null,
    facts: { interface: IID[wanted], port, address },
  };
}
