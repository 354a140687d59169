import { Type } from 'typebox';
import { Compile } from 'typebox/compile';
import { parse } from 'yaml';
import { hashJson, parseDecimal, parseMinor, refuse, type Result, succeed } from '../../core/index.ts';

const Price = Type.Object(
  {
    decimals: Type.Integer({ minimum: 0, maximum: 36 }),
    usd: Type.String({ pattern: '^(0|[1-9][0-9]{0,11})(\\.[0-9]{1,8})?$', description: 'US dollars for one whole unit' }),
  },
  { additionalProperties: false },
);

const PriceFile = Compile(
  Type.Object(
    {
      as_of: Type.String({ minLength: 1, maxLength: 40 }),
      owner: Type.String({ minLength: 1, maxLength: 100 }),
      assets: Type.Record(Type.String({ minLength: 3, maxLength: 120 }), Price),
    },
    { additionalProperties: false },
  ),
);

/** Prices have eight decimals, and a dollar a hundred cents. */
const PRICE_DECIMALS = 8;
const CENTS_PER_PRICE_UNIT = 10n ** BigInt(PRICE_DECIMALS - 2);

export interface PriceTable {
  /** Hash of the table: part of the lists' revision. */
  readonly revision: string;
  /**
   * What `amount` (minor units, digits) of `asset` (CAIP-19, or `iso4217:EUR`) is worth in US cents, rounded down; null for an
   * unknown asset. More than a safe integer is given as the largest one: a huge amount must look huge.
   */
  usdCents(asset: string, amount: string): number | null;
}

/** Reads `prices.yaml`. */
export function readPriceTable(yaml: string): Result<PriceTable, 'prices_invalid'> {
  let file: unknown;
  try {
    file = parse(yaml);
  } catch (error) {
    return refuse('prices_invalid', `the price table is no YAML: ${error instanceof Error ? error.message : 'unreadable'}`);
  }
  if (!PriceFile.Check(file)) {
    const [error] = PriceFile.Errors(file);
    return refuse('prices_invalid', `the price table is wrong at ${error?.instancePath || '/'}: ${error?.message ?? 'invalid'}`);
  }
  const prices = new Map<string, { price: bigint; scale: bigint }>();
  for (const [asset, { decimals, usd }] of Object.entries(file.assets)) {
    const price = parseDecimal(usd, PRICE_DECIMALS);
    if (!price.ok) return refuse('prices_invalid', `the price of ${asset}: ${price.refusal.message}`);
    prices.set(asset.toLowerCase(), { price: price.value, scale: 10n ** BigInt(decimals) * CENTS_PER_PRICE_UNIT });
  }
  return succeed({
    revision: hashJson(file).slice(0, 12),
    usdCents(asset, amount) {
      const known = prices.get(asset.toLowerCase());
      const minor = parseMinor(amount);
      if (known === undefined || !minor.ok) return null;
      const cents = (minor.value * known.price) / known.scale;
      return cents > BigInt(Number.MAX_SAFE_INTEGER) ? Number.MAX_SAFE_INTEGER : Number(cents);
    },
  });
}
