/**
 * Negotiation, sessions and trees of SMB1: [MS-CIFS] 2.2.4.50 to 2.2.4.55, and [MS-SMB] 2.2.4.5 to 2.2.4.7 for extended
 * security. Security blobs are handed on as bytes: SPNEGO, or NTLMSSP without it.
 *
 * Not handled: share-level passwords, which are shown nowhere; SMB_COM_SECURITY_PACKAGE_ANDX, which no implementation sends.
 */
import type { Reader } from "../wire/reader.js";
import { readSmbString, type Smb1Block, type Smb1Header } from "./smb1.js";

/** Capabilities of a server, [MS-SMB] 2.2.4.5.2.1: GSS-API tokens instead of a challenge. */
const CAP_EXTENDED_SECURITY = 0x80000000;
/** NT LAN Manager's dialect, by both of its names, is what is called SMB 1.0. */
const NT_LM: ReadonlySet<string> = new Set(["NT LM 0.12", "NT LANMAN 1.0"]);
/** The service of shares that have named pipes, and the name of that share. */
const PIPE_SERVICE = "IPC";
const PIPE_SHARE = "IPC$";
/** Most dialects that a negotiation lists; Windows offers a dozen. */
const MAX_DIALECTS = 64;
/** [MS-CIFS] 2.2.4.52.1: the dialects that a client offers. */
export interface NegotiateRequest {
  type: "negotiate";
  dialects: string[];
}

/** [MS-CIFS] 2.2.4.52.2; what only NT LAN Manager has is null elsewhere. */
export interface NegotiateResponse {
  type: "negotiateResponse";
  /** 0xffff where the server takes none of them. */
  DialectIndex: number;
  Capabilities: number | null;
  /** Without extended security. */
  Challenge: Uint8Array | null;
  DomainName: string | null;
  ServerName: string | null;
  /** With it: the server's first token, which may be empty. */
  SecurityBlob: Uint8Array | null;
}

/** [MS-CIFS] 2.2.4.53.1, [MS-SMB] 2.2.4.6.1. */
export interface SessionSetupRequest {
  type: "sessionSetup";
  /** Of extended security; then the names are in it. */
  SecurityBlob: Uint8Array | null;
  /** The LM and NT responses, or a password in the clear. */
  OEMPassword: Uint8Array | null;
  UnicodePassword: Uint8Array | null;
  AccountName: string | null;
  PrimaryDomain: string | null;
  NativeOS: string | null;
  NativeLanMan: string | null;
}

/** [MS-CIFS] 2.2.4.53.2, [MS-SMB] 2.2.4.6.2. */
export interface SessionSetupResponse {
  type: "sessionSetupResponse";
  /** The server knew no such user and let a guest in. */
  guest: boolean;
  SecurityBlob: Uint8Array | null;
}

/** [MS-CIFS] 2.2.4.55.1 and 2.2.4.50.1. */
export interface TreeConnectRequest {
  type: "treeConnect";
  /** `\\server\share`. */
  Path: string;
  /** `A:`, `LPT1:`, `IPC`, `COMM` or `?????`. */
  Service: string;
}

/** [MS-CIFS] 2.2.4.55.2 and 2.2.4.50.2. */
export interface TreeConnectResponse {
  type: "treeConnectResponse";
  /** In the header, but for the oldest command. */
  TID: number | null;
  Service: string | null;
  NativeFileSystem: string | null;
}

/** A dialect by the name that it is known by: `1.0`, or what the negotiation calls it. */
export function smb1DialectName(dialect: string): string {
  return NT_LM.has(dialect) ? "1.0" : dialect;
}

/** Whether a share has named pipes: by its service, and where the server gives none by its name. */
export function isPipeShare(service: string | null, share: string | null): boolean {
  return service === null || service === "" ? share?.toUpperCase() === PIPE_SHARE : service === PIPE_SERVICE;
}

export function readNegotiateRequest({ data }: Smb1Block): NegotiateRequest {
  const dialects: string[] = [];
  // BufferFormat 2 before each, which is OEM text whatever the flags say.
  while (data.left > 1 && data.peek() === 2 && dialects.length < MAX_DIALECTS) {
    data.skip(1);
    dialects.push(readSmbString(data, false, 0));
  }
  return { type: "negotiate", dialects };
}

export function readNegotiateResponse(
  { words, wordCount, data }: Smb1Block,
  { unicode }: Smb1Header,
): NegotiateResponse {
  const DialectIndex = words.u16();
  const response: NegotiateResponse = {
    type: "negotiateResponse",
    DialectIndex,
    Capabilities: null,
    Challenge: null,
    DomainName: null,
    ServerName: null,
    SecurityBlob: null,
  };
  if (wordCount < 17) return response;
  words.skip(17); // SecurityMode to SessionKey
  const Capabilities = words.u32();
  words.skip(10); // SystemTime, ServerTimeZone
  const ChallengeLength = words.u8();
  response.Capabilities = Capabilities;
  if (Capabilities >= CAP_EXTENDED_SECURITY) {
    data.skip(16); // ServerGUID
    response.SecurityBlob = data.rest();
    return response;
  }
  response.Challenge = data.bytes(ChallengeLength);
  // The names follow the challenge without a pad.
  response.DomainName = readSmbString(data, unicode, 0, false);
  response.ServerName = readSmbString(data, unicode, 0, false);
  return response;
}

export function readSessionSetupRequest(
  { words, wordCount, data }: Smb1Block,
  { unicode }: Smb1Header,
  origin: number,
): SessionSetupRequest {
  const request: SessionSetupRequest = {
    type: "sessionSetup",
    SecurityBlob: null,
    OEMPassword: null,
    UnicodePassword: null,
    AccountName: null,
    PrimaryDomain: null,
    NativeOS: null,
    NativeLanMan: null,
  };
  words.skip(10); // MaxBufferSize, MaxMpxCount, VcNumber, SessionKey
  const length = words.u16();
  const text = (): string => readSmbString(data, unicode, origin);
  if (wordCount === 12) request.SecurityBlob = data.bytes(length);
  else {
    const second = wordCount >= 13 ? words.u16() : 0;
    request.OEMPassword = data.bytes(length);
    if (wordCount >= 13) request.UnicodePassword = data.bytes(second);
    request.AccountName = text();
    request.PrimaryDomain = text();
  }
  request.NativeOS = text();
  request.NativeLanMan = text();
  return request;
}

export function readSessionSetupResponse({ words, wordCount, data }: Smb1Block): SessionSetupResponse {
  const Action = words.u16();
  return {
    type: "sessionSetupResponse",
    guest: (Action & 1) !== 0,
    SecurityBlob: wordCount >= 4 ? data.bytes(words.u16()) : null,
  };
}

export function readTreeConnectAndxRequest(
  { words, data }: Smb1Block,
  { unicode }: Smb1Header,
  origin: number,
): TreeConnectRequest {
  words.skip(2); // Flags
  data.skip(words.u16()); // Password
  const Path = readSmbString(data, unicode, origin);
  return { type: "treeConnect", Path, Service: readSmbString(data, false, origin) };
}

export function readTreeConnectAndxResponse(
  { data }: Smb1Block,
  { unicode }: Smb1Header,
  origin: number,
): TreeConnectResponse {
  const Service = readSmbString(data, false, 0);
  const NativeFileSystem = data.left > 0 ? readSmbString(data, unicode, origin) : null;
  return { type: "treeConnectResponse", TID: null, Service, NativeFileSystem };
}

/** SMB_COM_TREE_CONNECT: BufferFormat 4 before each text. */
export function readTreeConnectRequest(
  { data }: Smb1Block,
  { unicode }: Smb1Header,
  origin: number,
): TreeConnectRequest {
  const text = (): string => formattedString(data, unicode, origin);
  const Path = text();
  text(); // Password
  return { type: "treeConnect", Path, Service: text() };
}

export function readTreeConnectResponse({ words }: Smb1Block): TreeConnectResponse {
  words.skip(2); // MaxBufferSize
  return { type: "treeConnectResponse", TID: words.u16(), Service: null, NativeFileSystem: null };
}

/** [MS-CIFS] 2.2.2.5: a text behind its BufferFormat. */
export function formattedString(data: Reader, unicode: boolean, origin: number): string {
  data.skip(1);
  return readSmbString(data, unicode, origin);
}
