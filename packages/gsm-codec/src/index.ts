export type { Language, ShiftTable, TableOptions } from "./alphabet.ts";
export { type DecodeOptions, decode } from "./decode.ts";
export {
  canEncode,
  type EncodeOptions,
  encode,
  type FitOptions,
  fit,
  septetCount,
} from "./encode.ts";
export { GsmError, type GsmErrorCode } from "./error.ts";
export { languages } from "./languages.ts";
export { bestNationalTables, type NationalTables, nationalTables } from "./national.ts";
export { type PackOptions, pack7bit, type UnpackOptions, unpack7bit } from "./packing.ts";
