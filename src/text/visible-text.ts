import { renderMarkdown } from './markdown.ts';

const BLOCKS = /<\/?(?:p|h[1-6]|li|ul|ol|blockquote|pre|table|thead|tbody|tr|td|th|hr|br)\b[^>]*>/gi;

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" };

/** Markdown as a reader sees it, to be searched: no markup, no link targets; blocks and line breaks are line breaks. */
export function visibleText(markdown: string): string {
  return (
    renderMarkdown(markdown)
      .replace(BLOCKS, '\n')
      // Code stands apart from the words around it, also where the source has no space.
      .replace(/<\/?code\b[^>]*>/g, ' ')
      .replace(/<[^>]*>/g, '')
      .replace(/&(amp|lt|gt|quot|#39);/g, (entity, name: string) => ENTITIES[name] ?? entity)
  );
}
