import { Ajv } from 'ajv';
import ajvFormats from 'ajv-formats';
import type { FastifySchemaCompiler } from 'fastify';

const formats = ajvFormats as unknown as (ajv: Ajv) => void;

function createAjv(coerceTypes: boolean): Ajv {
  const ajv = new Ajv({ coerceTypes, removeAdditional: false, useDefaults: true, allErrors: false, strict: false });
  formats(ajv);
  return ajv;
}

/**
 * A body says what type each value has, so "5" is no number there. A query, a path and headers are text alone, and their numbers
 * and booleans are read out of it.
 */
export function createPartValidator(): FastifySchemaCompiler<object> {
  const asSent = createAjv(false);
  const outOfText = createAjv(true);
  return ({ schema, httpPart }) => (httpPart === 'body' ? asSent : outOfText).compile(schema);
}
