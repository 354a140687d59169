/** A bastion seen from above: the pointed wall of a fortress, and the gate in it. */
export function BrandMark() {
  return (
    <svg viewBox="0 0 32 32" aria-hidden="true" focusable="false">
      <path className="brand-face" d="M16 1.5 21 6h7.5v8L31 19l-6 4.5-3.5 5.5H10.5L7 23.5 1 19l2.5-5V6H11Z" />
      <path className="brand-line" d="M16 8.5 10.5 13v8.5h3.700V17a1.8 1.8 0 0 1 3.600 0v4.5h3.700V13Z" />
    </svg>
  );
}

export function Brand({ href, label }: { readonly href: string; readonly label: string }) {
  return (
    <a className="brand" href={href}>
      <BrandMark />
      <span>{label}</span>
    </a>
  );
}
