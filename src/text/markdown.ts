import MarkdownIt, { type Token } from 'markdown-it';
import { plainText } from './plain-text.ts';

const QUOTES_AND_LISTS_MAX = 16;

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
 * table may have the class `align-left`, `align-center` or `align-right`. The time is linear in the source: 1 MB of the
 * worst takes about two seconds.
 */
export function renderMarkdown(source: string, place: MarkdownPlace = {}): string {
  const tokens = parse(source);
  outline(tokens, place.headingsFrom ?? 2);
  return harmless(markdown.renderer.render(tokens, markdown.options, {}));
}

/** The same text for a mail or a text file: links as `text (url)`, lists with dashes or numbers, aligned tables. */
export function markdownToText(source: string): string {
  return harmless(plainText(parse(source)));
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

/**
 * Without the characters that reorder the text around them (a link could read as another), and without those that neither
 * XML, as in feeds, nor a mail may carry. Marks of direction (U+200E, U+200F, U+061C) stay: Arabic and Hebrew need them.
 */
function harmless(text: string): string {
  return text
    .toWellFormed()
    .replace(/[\u202a-\u202e\u2066-\u2069\p{Cc}\ufffe\uffff]/gu, (character) =>
      character === '\n' || character === '\t' ? character : '',
    );
}
