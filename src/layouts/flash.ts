export type Flash = { kind: 'success' | 'danger'; message: string };

/**
 * What a staff page says above everything: why the last thing was refused, or, after a redirect to `?done=…`, what was done.
 * Only words of the page's own vocabulary are shown.
 */
export function flashOf(
  url: URL,
  vocabulary: Readonly<Record<string, string>>,
  refusal?: string,
): Flash | undefined {
  if (refusal) return { kind: 'danger', message: refusal };
  const done = url.searchParams.get('done') ?? '';
  return Object.hasOwn(vocabulary, done) ? { kind: 'success', message: vocabulary[done] ?? '' } : undefined;
}
