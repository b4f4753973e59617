/**
 * Without the characters that reorder the text around them: overrides, embeddings and isolates, with which a link or a name could read as
 * another. Marks of direction (U+200E, U+200F, U+061C) stay: Arabic and Hebrew need them.
 */
export function withoutOverrides(text: string): string {
  return text.replace(/[\u202a-\u202e\u2066-\u2069]/g, '');
}
