/** `value` of `most`; the number stands beside it, so the bar is only for the eye. */
export function ScoreBar({ value, most, tone }: { readonly value: number; readonly most: number; readonly tone: string }) {
  const width = `${Math.min(100, (value / most) * 100)}%`;
  return (
    <span className="score-bar" aria-hidden="true">
      <span className={`score-fill bar-back-${tone}`} style={{ width }} />
    </span>
  );
}
