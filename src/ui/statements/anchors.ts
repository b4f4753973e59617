import type { SectionKey } from '#src/domain/statements/rules.ts';

/** `what-happened`: the same in every language, so that a link holds. */
export function anchorOf(key: SectionKey): string {
  return key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
