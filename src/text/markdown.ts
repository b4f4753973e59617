import MarkdownIt, { type Token } from 'markdown-it';
import { withoutOverrides } from './direction.ts';
import { escapeHtml } from './html.ts';
import { memory } from './memory.ts';
import { plainText } from './plain-text.ts';

const QUOTES_AND_LISTS_MAX = 16;

/** What is public is written again with every change near it: a thousand updates, and one of them new. */
const remembered = memory({ charactersMax: 4_000_000, longest: 20_000 });

/** No form takes so much; beyond it the worst sources would hold everybody up for seconds. */
const FORMATTED_MAX = 250_000;

// Past its own limit the library drops blocks without a word, so ours is lower and keeps them as text.
const markdown = new MarkdownIt({ html: false, linkify: false, maxNesting: QUOTES_AND_LISTS_MAX + 4 });
markdown.validateLink = (url) => /^(?:https?:\/\/[^/]|mailto:.)/i.test(url);
markdown.block.ruler.before('table', 'deep_text', (state, startLine, endLine, silent) => {
  if (state.level < QUOTES_AND_LISTS_MAX) return false;
  return markdown.block.ruler.getRules('').at(-1)?.(state, startLine, endLine, silent) ?? false;
});

export type MarkdownPlace = {
  /** The level, 1 to 6, of the outermost headings: one below that of the heading the text stands under. */
  headingsFrom?: number;
};

/**
 * Safe HTML: no HTML of the source's own, no images (a link to each instead), no `style`, links to `http`, `https` and `mailto`
 * only. Headings start at `headingsFrom` (2 unless told) and never skip a level, whatever levels the source uses. Cells of a
 * table may have the class `align-left`, `align-center` or `align-right`. The time is linear in the source: the worst
 * takes about half a second. Beyond 250,000 characters the text stands as it was typed, in paragraphs.
 */
export function renderMarkdown(source: string, place: MarkdownPlace = {}): string {
  const headingsFrom = place.headingsFrom ?? 2;
  return remembered(`${headingsFrom}${source}`, () => {
    if (source.length > FORMATTED_MAX) return harmless(asTyped(source));
    const tokens = parse(source);
    outline(tokens, headingsFrom);
    return harmless(markdown.renderer.render(tokens, markdown.options, {}));
  });
}

/** The same text for a mail or a text file: links as `text (url)`, lists with dashes or numbers, aligned tables. */
export function markdownToText(source: string): string {
  if (source.length > FORMATTED_MAX) return `${harmless(source).trimEnd()}\n`;
  return remembered(`t${source}`, () => harmless(plainText(parse(source))));
}

function asTyped(source: string): string {
  const paragraphs = source.split(/\n\s*\n/).filter((paragraph) => paragraph.trim() !== '');
  return paragraphs.map((paragraph) => `<p>${escapeHtml(paragraph)}</p>\n`).join('');
}

function parse(source: string): Token[] {
  const tokens = markdown.parse(source, {});
  for (const token of tokens) {
    if (token.children)
      token.children = token.children.some(isLinked) ? linked(token.children) : token.children;
    if (token.type === 'th_open' || token.type === 'td_open') alignByClass(token);
  }
  return tokens;
}

const isLinked = (token: Token) => token.type === 'image' || token.type === 'link_open';

/** Every image becomes a link to it, or its description where it already stands in a link. */
function linked(tokens: readonly Token[]): Token[] {
  const result: Token[] = [];
  let insideLink = false;
  for (const token of tokens) {
    if (token.type === 'link_open') asForeign(token);
    if (token.type === 'link_open' || token.type === 'link_close') insideLink = token.nesting === 1;
    if (token.type === 'image') result.push(...describedImage(token, insideLink));
    else result.push(token);
  }
  return result;
}

function describedImage(image: Token, insideLink: boolean): Token[] {
  const address = String(image.attrGet('src') ?? '');
  const text = new MarkdownIt.Token('text', '', 0);
  text.content = markdown.renderer.renderInlineAsText(image.children ?? [], markdown.options, {}) || address;
  if (insideLink || !/^https?:/i.test(address)) return [text];
  const open = new MarkdownIt.Token('link_open', 'a', 1);
  open.attrSet('href', address);
  asForeign(open);
  return [open, text, new MarkdownIt.Token('link_close', 'a', -1)];
}

function asForeign(link: Token): void {
  if (/^https?:/i.test(String(link.attrGet('href')))) link.attrSet('rel', 'noopener noreferrer');
}

/** The library writes `style="text-align:…"`, which the site's content security policy forbids. */
function alignByClass(cell: Token): void {
  const alignment = /text-align:(left|center|right)/.exec(String(cell.attrGet('style') ?? ''))?.[1];
  cell.attrs = alignment ? [['class', `align-${alignment}`]] : null;
}

function outline(tokens: readonly Token[], from: number): void {
  const above: number[] = [];
  for (const token of tokens) {
    if (token.type === 'heading_open') {
      const level = Number(token.tag.slice(1));
      while ((above.at(-1) ?? 0) >= level) above.pop();
      above.push(level);
    }
    if (token.type === 'heading_open' || token.type === 'heading_close') {
      token.tag = `h${Math.min(6, Math.max(1, from) + above.length - 1)}`;
    }
  }
}

/** Without the characters that reorder the text around them, and without those that neither XML, as in feeds, nor a mail may carry. */
function harmless(text: string): string {
  return withoutOverrides(text)
    .toWellFormed()
    .replace(/[\p{Cc}\ufffe\uffff]/gu, (character) =>
      character === '\n' || character === '\t' ? character : '',
    );
}
