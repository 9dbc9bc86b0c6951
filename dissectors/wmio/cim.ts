/** What the decoder of [MS-WMIO] hands out: CIM classes, CIM instances, and what damage left of them. */
import type { WireError } from "../wire/errors.js";

/**
 * A value of a property or a qualifier. Integers of 64 bits are decimal text, real numbers that JSON has no word for are
 * text, arrays of uint8 are bytes, references and times stay the text that they are.
 */
export type CimValue = null | boolean | number | string | Uint8Array | CimObject | CimValue[];

/** [MS-WMIO] 2.2.60. */
export interface CimQualifier {
  name: string;
  flavor: number;
  /** Base type and whether an array of it: 2.2.82. */
  type: number;
  array: boolean;
  value: CimValue;
}

/** [MS-WMIO] 2.2.23 and 2.2.30: a property as its class declares it. */
export interface CimProperty {
  name: string;
  /** Its place in PropertyLookupTable, which is sorted by name. */
  place: number;
  /** The base type of 2.2.82. */
  type: number;
  array: boolean;
  /** Declared by a superclass. */
  inherited: boolean;
  /** DeclarationOrder, which is also its place in NdTable. */
  order: number;
  /** ValueTableOffset. */
  offset: number;
  /** ClassOfOrigin: how many classes down the line of derivation. */
  origin: number;
  qualifiers: CimQualifier[];
}

/** [MS-WMIO] 2.2.41. A parameter is a property of `input` or `output`. */
export interface CimMethod {
  name: string;
  flags: number;
  origin: number;
  qualifiers: CimQualifier[];
  /** null where the method has none, or where they could not be read. */
  input: CimClass | null;
  output: CimClass | null;
}

/** [MS-WMIO] 2.2.14: a class. */
export interface CimClass {
  name: string | null;
  /** Its superclasses, the nearest first. */
  derivation: string[];
  qualifiers: CimQualifier[];
  /** In the order of their declaration. */
  properties: CimProperty[];
  /** The class's own value of a property: what an instance has that does not set it. Throws WireError. */
  defaultOf: (property: CimProperty) => CimValue;
  /** PropertyCount, also where some could not be read. */
  propertyCount: number;
  /** Bytes of NdTable and ValueTable, which are as many in an instance. */
  tableLength: number;
  /** Filled for classes that are sent for themselves. */
  methods: CimMethod[];
}

/** [MS-WMIO] 2.2.5: one CIM object. */
export interface CimObject {
  kind: "class" | "instance";
  /** ObjectFlags. */
  flags: number;
  /** From the decoration. */
  server: string | null;
  namespace: string | null;
  /** The class that is sent, or that of the instance; null where damage stands before it. */
  class: CimClass | null;
  /** Of a class, the one that it was derived from. */
  superclass: CimClass | null;
  /** The name that the instance itself gives its class. */
  instanceOf: string | null;
  /** The values of an instance, the defaults of a class, in the order of declaration. A value that could not be read is missing. */
  values: Map<string, CimValue>;
  /** Of an instance, and of single properties of it. */
  qualifiers: CimQualifier[];
  propertyQualifiers: Map<string, CimQualifier[]>;
  /** The first thing that could not be read; all else is there. */
  fault: WireError | null;
}
