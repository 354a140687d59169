/** Like `Promise.all`, but fails only after every promise has settled: what was opened meanwhile is known to the scope and closed. */
export async function settleAll<const Values extends readonly Promise<unknown>[]>(
  promises: Values,
): Promise<{ -readonly [Index in keyof Values]: Awaited<Values[Index]> }> {
  const settled = await Promise.allSettled(promises);
  for (const each of settled) if (each.status === 'rejected') throw each.reason;
  return Promise.all(promises) as Promise<{ -readonly [Index in keyof Values]: Awaited<Values[Index]> }>;
}
