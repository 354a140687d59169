import pg, { type CustomTypesConfig } from 'pg';

type TextParser = (text: string) => unknown;

/** Object ids of built-in types (src/include/catalog/pg_type.dat). */
const OID = { int8: 20, date: 1082, int8Array: 1016, dateArray: 1182, numericArray: 1231 } as const;
const TEXT_ARRAY_OID = 1009;

/** The declared type names the types that pg knows by name; the function takes any. */
const defaultParser = pg.types.getTypeParser as (oid: number) => TextParser;
const textArray = defaultParser(TEXT_ARRAY_OID) as (text: string) => (string | null)[];

/**
 * pg reads int8 as string, numeric[] as floats (which loses digits of money) and a date as midnight in the local zone; here they
 * are bigint, strings, and the ISO date as text.
 */
const PARSERS = new Map<number, TextParser>([
  [OID.int8, BigInt],
  [OID.int8Array, (text) => textArray(text).map((item) => (item === null ? null : BigInt(item)))],
  [OID.numericArray, textArray],
  [OID.date, (text) => text],
  [OID.dateArray, textArray],
]);

export const typeParsers: CustomTypesConfig = {
  getTypeParser: (oid: number) => PARSERS.get(oid) ?? defaultParser(oid),
};
