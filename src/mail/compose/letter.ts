import { escapeHtml } from '#src/text/html.ts';
import type { Block } from './blocks.ts';
import { textWithoutSlots } from './slots.ts';

/** What a message says, apart from whom it goes to. */
export type Letter = { subject: string; text: string; html: string };

/** Who writes, and where their public page is. */
export type Site = { siteName: string; siteUrl: string };

/** Gmail cuts a message off at 102 kB, with the way to unsubscribe behind the cut. */
const HTML_BYTES_MAX = 90_000;
const SUBJECT_MAX = 200;

/**
 * The one frame of every letter. Nothing in it is fetched, follows the reader or needs colour to be understood; without
 * the style sheet, or as text alone, it says the same.
 *
 * @throws Error when it is too long to arrive in one piece.
 */
export function letter({
  siteName,
  siteUrl,
  subject,
  body,
  footer,
  language = 'en',
  direction = 'ltr',
}: Site & {
  subject: string;
  body: readonly Block[];
  footer: readonly Block[];
  language?: string;
  direction?: 'ltr' | 'rtl';
}): Letter {
  const title = oneLine(subject);
  const lines = (blocks: readonly Block[]) => blocks.map(({ html }) => html).join('\n');
  const html = `<!doctype html>
<html lang="${escapeHtml(language)}" dir="${direction}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="supported-color-schemes" content="light dark">
<title>${escapeHtml(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<div class="letter" role="article" lang="${escapeHtml(language)}" dir="${direction}">
<p class="site"><a href="${escapeHtml(siteUrl)}">${escapeHtml(siteName)}</a></p>
${lines(body)}
<div class="footer">
${lines(footer)}
</div>
</div>
</body>
</html>
`;
  if (Buffer.byteLength(html) > HTML_BYTES_MAX) {
    throw new Error(
      `This letter is longer than ${HTML_BYTES_MAX / 1000} kB, and mail programs would cut it off. Shorten the text.`,
    );
  }
  const texts = (blocks: readonly Block[]) => blocks.map(({ text }) => text).join('\n\n');
  return { subject: title, html, text: `${siteName}\n\n${texts(body)}\n\n---\n\n${texts(footer)}\n` };
}

function oneLine(subject: string): string {
  const signs = [...subject.replace(/[\s\p{Cc}]+/gu, ' ').trim()];
  const line = signs.length > SUBJECT_MAX ? `${signs.slice(0, SUBJECT_MAX - 1).join('')}…` : signs.join('');
  return textWithoutSlots(line);
}

/** `:root` for programs that ask for dark mode; those that repaint by themselves find no colour in their way. */
const STYLE = `
:root { color-scheme: light dark; }
body { margin: 0; padding: 0; background: #ffffff; color: #1d1d1f; }
.letter { max-width: 36em; margin: 0 auto; padding: 24px 20px 40px; font: 17px/1.55 -apple-system, "Segoe UI", Roboto, Helvetica, Arial, sans-serif; overflow-wrap: anywhere; }
.letter h1 { font-size: 26px; line-height: 1.25; margin: 8px 0 16px; }
.letter h2 { font-size: 20px; line-height: 1.3; margin: 32px 0 8px; }
.letter h3 { font-size: 17px; margin: 24px 0 8px; }
.letter p, .letter ul, .letter ol, .letter blockquote, .letter table { margin: 0 0 16px; }
.letter li { margin: 0 0 6px; }
.letter blockquote { padding: 0 0 0 16px; border-left: 3px solid #c7c7cc; }
.letter table { border-collapse: collapse; }
.letter th, .letter td { text-align: start; vertical-align: top; padding: 6px 12px 6px 0; border-bottom: 1px solid #d2d2d7; }
.letter a { color: #0b57d0; }
.letter .site { font-size: 15px; font-weight: 600; margin-bottom: 24px; }
.letter .site a { color: inherit; text-decoration: none; }
.letter .lead { font-size: 19px; }
.letter .byline, .letter .small, .letter .footer { color: #5b5b60; font-size: 14px; }
.letter .code { font: 600 30px/1.3 ui-monospace, "SF Mono", Consolas, monospace; letter-spacing: 3px; margin: 8px 0 20px; }
.letter .button { display: inline-block; padding: 12px 20px; border-radius: 8px; background: #0b57d0; color: #ffffff; font-weight: 600; text-decoration: none; }
.letter .footer { margin-top: 40px; padding-top: 16px; border-top: 1px solid #d2d2d7; line-height: 1.5; }
@media (prefers-color-scheme: dark) {
  body { background: #1c1c1e; color: #f2f2f5; }
  .letter a { color: #8ab4f8; }
  .letter .site a { color: inherit; }
  .letter .button { background: #8ab4f8; color: #111214; }
  .letter .byline, .letter .small, .letter .footer { color: #a8a8ad; }
  .letter .footer, .letter th, .letter td { border-color: #48484c; }
  .letter blockquote { border-color: #5c5c61; }
}
`;
