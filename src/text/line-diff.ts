export type DiffLine = { change: 'same' | 'added' | 'removed'; text: string };

/** Beyond this many pairs of lines the middle is shown as removed and added, without looking for what stayed. */
const PAIRS_MAX = 1_000_000;

/** What changed between two texts, line by line, as few lines as can be (longest common subsequence). */
export function lineDiff(before: string, after: string): DiffLine[] {
  const [old, now] = [before.split('\n'), after.split('\n')];
  let start = 0;
  while (start < old.length && start < now.length && old[start] === now[start]) start += 1;
  let end = 0;
  while (end < old.length - start && end < now.length - start && old.at(-1 - end) === now.at(-1 - end))
    end += 1;
  const lines = (texts: readonly string[], change: DiffLine['change']) =>
    texts.map((text) => ({ change, text }));
  return [
    ...lines(old.slice(0, start), 'same'),
    ...middle(old.slice(start, old.length - end), now.slice(start, now.length - end)),
    ...lines(old.slice(old.length - end), 'same'),
  ];
}

function middle(old: readonly string[], now: readonly string[]): DiffLine[] {
  const width = now.length + 1;
  const pairs = (old.length + 1) * width;
  if (pairs > PAIRS_MAX) {
    return [
      ...old.map((text) => ({ change: 'removed' as const, text })),
      ...now.map((text) => ({ change: 'added' as const, text })),
    ];
  }
  const common = new Uint32Array(pairs);
  const at = (row: number, column: number) => common[row * width + column] ?? 0;
  for (let row = old.length - 1; row >= 0; row -= 1) {
    for (let column = now.length - 1; column >= 0; column -= 1) {
      common[row * width + column] =
        old[row] === now[column]
          ? at(row + 1, column + 1) + 1
          : Math.max(at(row + 1, column), at(row, column + 1));
    }
  }
  const diff: DiffLine[] = [];
  let [row, column] = [0, 0];
  while (row < old.length || column < now.length) {
    const [was, is] = [old[row], now[column]];
    if (was !== undefined && was === is) {
      diff.push({ change: 'same', text: was });
      row += 1;
      column += 1;
    } else if (was !== undefined && (is === undefined || at(row + 1, column) >= at(row, column + 1))) {
      diff.push({ change: 'removed', text: was });
      row += 1;
    } else {
      diff.push({ change: 'added', text: is as string });
      column += 1;
    }
  }
  return diff;
}
