import { escapeHtml } from '#src/text/html.ts';

/** A piece of a letter, said twice: the text is not derived from the HTML and reads well alone. */
export type Block = { html: string; text: string };

const COLUMNS = 72;

export function paragraph(text: string): Block {
  return { html: `<p>${escapeHtml(text)}</p>`, text: wrapped(text) };
}

/** A link that is a line of its own, its address in plain sight in both forms. */
export function link(label: string, url: string): Block {
  const href = escapeHtml(httpUrl(url));
  return {
    html: `<p>${escapeHtml(label)}<br><a href="${href}">${href}</a></p>`,
    text: `${wrapped(label)}\n${url}`,
  };
}

/** The one thing to do in a letter. The address stays readable beside the button. */
export function button(label: string, url: string): Block {
  const href = escapeHtml(httpUrl(url));
  return {
    html: `<p><a class="button" href="${href}">${escapeHtml(label)}</a></p><p class="small">${href}</p>`,
    text: `${label}:\n${url}`,
  };
}

/** A code to type, large enough to read across a room. */
export function code(value: string): Block {
  return { html: `<p class="code">${escapeHtml(value)}</p>`, text: `    ${value}` };
}

/** Who says it, and when. */
export function byline(text: string): Block {
  return { html: `<p class="byline">${escapeHtml(text)}</p>`, text: wrapped(text) };
}

/**
 * Content that was rendered and sanitised elsewhere.
 *
 * @throws Error when the HTML would fetch something or carry its own code: mail has no remote content.
 */
export function content({ html, text }: Block): Block {
  if (FETCHES.test(html) || (html.match(TAG) ?? []).some((tag) => ACTS.test(tag.replace(VALUE, '""')))) {
    throw new Error(
      'This text has an image, a form or a script in it, and mail carries none. Take it out, or link to the page instead.',
    );
  }
  return { html, text: text.trim() };
}

const FETCHES =
  /<(?:img|picture|source|video|audio|track|iframe|frame|object|embed|applet|script|link|style|base|meta|svg|math|form|input|button)\b/i;
const TAG = /<[a-z][^<>]*>/gi;
const VALUE = /"[^"]*"|'[^']*'/g;
const ACTS = /[\s"'/](?:src|srcset|background|poster|style|on[a-z]+)\s*=/i;

/** @throws Error unless it is http(s): a letter links to pages and to nothing else. */
function httpUrl(url: string): string {
  if (!/^https?:\/\/[^\s<>"]+$/.test(url))
    throw new Error('A letter can only link to http and https addresses.');
  return url;
}

/** Breaks lines between words at 72 columns; a word longer than that, such as an address, stays whole. */
function wrapped(text: string): string {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/\s+/).filter(Boolean)) {
    if (line !== '' && line.length + 1 + word.length > COLUMNS) {
      lines.push(line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  return [...lines, line].join('\n');
}
