import { EXCEPTION_FILLERS } from './vocabulary.ts';
import type { Words } from './words.ts';

/** "other than email addresses" tells the truth; "beyond that" leans on another sentence. */
export function exceptionIn(words: Words): 'addresses' | 'reference' | 'none' {
  for (let at = 0; at < words.length; at += 1) {
    const from = exceptionEnd(words, at);
    if (from === undefined) continue;
    for (let next = from; next <= from + 6; next += 1) {
      const word = words[next] ?? '';
      if (/^addresse?s?$/.test(word)) return 'addresses';
      if (!EXCEPTION_FILLERS.has(word)) break;
    }
    if (isReference(words, at, from)) return 'reference';
  }
  return 'none';
}

function isReference(words: Words, at: number, from: number): boolean {
  if (!/^(?:other|apart|aside|besides|beyond)$/.test(words[at] ?? '')) return false;
  const closed = [undefined, ',', 'no', 'none', 'nothing', 'was', 'is', 'were'].includes(words[from + 1]);
  return closed && /^(?:that|this|these|those|them|it)$/.test(words[from] ?? '');
}

function exceptionEnd(words: Words, at: number): number | undefined {
  const [first, second] = [words[at], words[at + 1]];
  if (first === 'other' && second === 'than') return at + 2;
  if ((first === 'apart' || first === 'aside') && second === 'from') return at + 2;
  if ((first === 'except' || first === 'save') && second === 'for') return at + 2;
  if (first === 'except') return at + 1;
  if (first === 'exception' && second === 'of') return at + 2;
  if (first === 'besides' || first === 'beyond' || first === 'but' || first === 'excluding') return at + 1;
  return undefined;
}
