/** Which protocols are looked for, in the order in which they are asked: plain arrays, nothing registers itself. */
import { isConnectionless, isCutConnectionless } from "../../dissectors/dcerpc/connectionless.js";
import { opensChannel } from "../../dissectors/dcerpc/rts.js";
import { carrierOf, startsHttpRequest } from "../../dissectors/foreign.js";
import { beginsLdap } from "../../dissectors/ldap/bind.js";
import { beginsRdp } from "../../dissectors/rdp/recognise.js";
import { mayBeRpc } from "../rpc/rpc-stream.js";
import type { DatagramRecogniser, Recogniser } from "./protocol.js";

/** [RFC 4120] 7.2: where a KDC listens. Read only with keys, to open tickets that were issued within the capture. */
const KERBEROS_PORT = 88;
/** [RFC 3244] 2: where passwords are changed. Read only with keys, one of which may open the new one. */
const PASSWORD_PORT = 464;
/** [RFC 4511] 5.2.1, and the global catalogue of Active Directory. */
const LDAP_PORTS: readonly number[] = [389, 3268];

const kdcOverTcp: Recogniser = {
  probe: (_bytes, { port0, port1 }, _begins, { kerberos, observer }) =>
    (kerberos || Boolean(observer)) && (port0 === KERBEROS_PORT || port1 === KERBEROS_PORT),
  make: (origin, _begins, tools) => tools.kdcOver(origin),
};

const passwordOverTcp: Recogniser = {
  probe: (_bytes, { port0, port1 }, _begins, { kerberos }) =>
    kerberos && (port0 === PASSWORD_PORT || port1 === PASSWORD_PORT),
  make: (origin, _begins, tools) => tools.passwordOver(origin),
};

const smbOverTcp: Recogniser = {
  probe: (bytes, { port0, port1, midstream }) => carrierOf(bytes, port0, port1, midstream) === "smb",
  make: (origin, begins, tools) => tools.smbOver(origin, begins),
};

const rpcOverHttp: Recogniser = {
  probe: (bytes) => opensChannel(bytes),
  make: (origin, _begins, tools) => tools.httpOver(origin),
};

/** In its middle a connection is not LDAP by what it looks like alone. */
const ldapOverTcp: Recogniser = {
  probe: (bytes, { port0, port1 }, begins, { kerberos }) =>
    kerberos && (begins || LDAP_PORTS.includes(port0) || LDAP_PORTS.includes(port1)) && beginsLdap(bytes),
  make: (origin, _begins, tools) => tools.ldapOver(origin),
};

const httpOverTcp: Recogniser = {
  probe: (bytes, _flow, _begins, { kerberos }) => kerberos && startsHttpRequest(bytes),
  make: (origin, _begins, tools) => tools.webOver(origin),
};

const rdpOverTcp: Recogniser = {
  probe: (bytes, _flow, begins, { observer }) => Boolean(observer) && begins && beginsRdp(bytes),
  make: (origin, _begins, tools) => tools.rdpOver(origin),
};

const rpcOverTcp: Recogniser = {
  probe: (bytes, _flow, begins) => mayBeRpc(bytes, begins),
  make: (origin, begins, tools) => tools.rpcOver(origin, begins),
};

/** The first that says so has the flow, unless it finds out that it was wrong; then the next one is not asked. */
export const OVER_TCP: readonly Recogniser[] = [
  kdcOverTcp,
  passwordOverTcp,
  smbOverTcp,
  rpcOverHttp,
  ldapOverTcp,
  httpOverTcp,
  rdpOverTcp,
  rpcOverTcp,
];

const kdcOverUdp: DatagramRecogniser = {
  isOfUse: ({ kerberos, observer }) => kerberos || Boolean(observer),
  wants: (_data, at, end, size, port0, port1) =>
    (port0 === KERBEROS_PORT || port1 === KERBEROS_PORT) && end - at === size,
  take(datagram, { observer }, out) {
    out.push({ kind: "kerberos", message: datagram.bytes });
    observer?.kerberosDatagram(datagram);
  },
};

const passwordOverUdp: DatagramRecogniser = {
  isOfUse: ({ kerberos }) => kerberos,
  wants: (_data, at, end, size, port0, port1) =>
    (port0 === PASSWORD_PORT || port1 === PASSWORD_PORT) && end - at === size,
  take: ({ bytes }, _tools, out) => out.push({ kind: "password-change", message: bytes }),
};

const rpcOverUdp: DatagramRecogniser = {
  isOfUse: () => true,
  wants: isConnectionless,
  mayWant: isCutConnectionless,
  take(datagram, tools) {
    tools.observer?.datagram(datagram, "dce_rpc");
    tools.rpcDatagram(datagram);
  },
};

export const OVER_UDP: readonly DatagramRecogniser[] = [rpcOverUdp, kdcOverUdp, passwordOverUdp];
