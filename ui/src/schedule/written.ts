/** What stands written in the fields for people and nobody has confirmed. */
const fields = new Set<() => void>();

/** A field takes by `take` what is written in it; ends with what is answered. */
export function holds(take: () => void): () => void {
  fields.add(take);
  return () => fields.delete(take);
}

/** Takes everybody who is written in any field. */
export function takeWritten(): void {
  for (const take of fields) take();
}

/**
 * The people of a text, which may be a list from a mail program. Names have
 * commas in them: where semicolons or lines part the people, no comma does, and
 * elsewhere one does behind an address alone.
 */
export function peopleOf(text: string): string[] {
  const parts: string[] = [];
  if (/[;\n]/.test(text)) {
    parts.push(...text.split(/[;\n]+/));
  } else {
    for (const piece of text.split(',')) {
      const before = parts.at(-1);
      if (before === undefined || before.includes('@')) parts.push(piece);
      else parts[parts.length - 1] = `${before},${piece}`;
    }
  }
  return parts
    .map((one) => one.replace(/^[^<]*[^<\s][^<]*<([^<>]+)>\s*$/, '$1'))
    .map((one) => one.replace(/^[\s,]+|[\s,]+$/g, ''))
    .filter(Boolean);
}
