import { create } from 'qrcode';
import { useMemo } from 'react';

/** ISO/IEC 18004 asks for four light modules around the code. */
const QUIET = 4;

function drawModules(text: string): { path: string; size: number } {
  const { size, data } = create(text, { errorCorrectionLevel: 'M' }).modules;
  let path = '';
  for (let index = 0; index < size * size; index += 1) {
    if (data[index] === 1) path += `M${(index % size) + QUIET} ${Math.floor(index / size) + QUIET}h1v1h-1z`;
  }
  return { path, size: size + 2 * QUIET };
}

/** Dark on white in both colour schemes, since many readers fail on inverted codes. */
export function QrCode({ text, label }: { readonly text: string; readonly label: string }) {
  const { path, size } = useMemo(() => drawModules(text), [text]);
  return (
    <svg className="qr" viewBox={`0 0 ${size} ${size}`} role="img" aria-label={label} shapeRendering="crispEdges">
      <rect width={size} height={size} fill="#fff" />
      <path d={path} fill="#10181a" />
    </svg>
  );
}
