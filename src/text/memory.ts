/**
 * Remembers what pure work made of a text: the last used, up to so many characters of both together. What is longer than
 * `longest` is made each time.
 */
export function memory({ charactersMax, longest }: { charactersMax: number; longest: number }) {
  const kept = new Map<string, string>();
  let characters = 0;
  return (text: string, make: () => string): string => {
    const known = kept.get(text);
    if (known !== undefined) {
      kept.delete(text);
      kept.set(text, known);
      return known;
    }
    const made = make();
    if (text.length + made.length > longest) return made;
    kept.set(text, made);
    characters += text.length + made.length;
    for (const [oldest, its] of kept) {
      if (characters <= charactersMax) break;
      kept.delete(oldest);
      characters -= oldest.length + its.length;
    }
    return made;
  };
}
