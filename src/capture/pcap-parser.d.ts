/** What is used of `pcap-parser` 0.2.1, which ships no types. */
declare module "pcap-parser" {
  export interface GlobalHeader {
    magicNumber: number;
    majorVersion: number;
    minorVersion: number;
    gmtOffset: number;
    timestampAccuracy: number;
    snapshotLength: number;
    linkLayerType: number;
  }

  export interface PacketHeader {
    timestampSeconds: number;
    timestampMicroseconds: number;
    capturedLength: number;
    originalLength: number;
  }

  export interface Parser {
    on(event: "globalHeader", listener: (header: GlobalHeader) => void): this;
    on(event: "packetHeader", listener: (header: PacketHeader) => void): this;
    on(event: "packetData", listener: () => void): this;
    on(event: "error", listener: (error: Error) => void): this;
  }

  /** What the parser asks of a stream. */
  export interface Input<Piece> {
    on(event: "data" | "error" | "end", listener: (piece: Piece | null) => void): unknown;
    pause(): void;
    resume(): void;
  }

  export function parse<Piece>(input: Input<Piece>): Parser;
}
