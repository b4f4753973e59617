import { diffWordsWithSpace } from 'diff';

export type DiffPiece = { change: 'same' | 'added' | 'removed'; text: string };

/** Beyond so many changed words two texts have little in common: the one is shown after the other. */
const EDITS_MAX = 3000;

/** What changed between two texts, word by word. White space belongs to the words it stands between. */
export function wordDiff(before: string, after: string): DiffPiece[] {
  if (before === after) return before === '' ? [] : [{ change: 'same', text: before }];
  const pieces = diffWordsWithSpace(before, after, { maxEditLength: EDITS_MAX });
  if (!pieces) return [piece('removed', before), piece('added', after)].filter(({ text }) => text !== '');
  return pieces.map(({ added, removed, value }) =>
    piece(added ? 'added' : removed ? 'removed' : 'same', value),
  );
}

function piece(change: DiffPiece['change'], text: string): DiffPiece {
  return { change, text };
}
