/** Object id of the type `text` (`src/include/catalog/pg_type.dat`). */
const TEXT_OID = 25;
/** Dimensions, null flag, element type, length, lower bound. */
const HEADER_BYTES = 5 * 4;

/**
 * A `text[]` in PostgreSQL's binary format, as `array_recv` reads it (`src/backend/utils/adt/arrayfuncs.c`): the lengths stand before the
 * elements, so that no quote has to be looked for and escaped here, or taken out again there. Takes at least one text.
 */
export function textArray(texts: readonly string[]): Buffer {
  const bytes = texts.reduce((sum, text) => sum + 4 + Buffer.byteLength(text), HEADER_BYTES);
  const array = Buffer.allocUnsafe(bytes);
  let at = 0;
  for (const word of [1, 0, TEXT_OID, texts.length, 1]) at = array.writeInt32BE(word, at);
  for (const text of texts) {
    const length = array.write(text, at + 4);
    at = array.writeInt32BE(length, at) + length;
  }
  return array;
}
