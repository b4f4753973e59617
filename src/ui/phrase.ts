import type { MessagePart } from '#src/messages/messages.ts';
import { formatMoment } from '#src/text/dates.ts';
import { escapeHtml } from '#src/text/html.ts';
import type { Lang } from './lang.ts';

/** What the tags of a message stand for, beside `strong` and `code`, which stand for themselves. */
export type Tags = {
  links?: Readonly<Record<string, string>> | undefined;
  moments?: Readonly<Record<string, Date | string>> | undefined;
  timeZone?: string | undefined;
  /** Of what people wrote: the words inside links, and inside `written`. */
  lang?: Lang | undefined;
};

/** A message with tags as HTML, without a space that the message does not have. */
export function phraseHtml(parts: readonly MessagePart[], tags: Tags, language: string): string {
  const { links = {}, moments = {}, timeZone = 'UTC', lang = {} } = tags;
  const attributes = Object.entries(lang)
    .map(([name, value]) => ` ${name}="${escapeHtml(value)}"`)
    .join('');
  return parts
    .map((part) => {
      if (typeof part === 'string') return escapeHtml(part);
      const { tag } = part;
      const text = escapeHtml(part.text);
      if (tag === 'strong' || tag === 'code') return `<${tag}>${text}</${tag}>`;
      if (tag === 'written') return attributes ? `<span${attributes}>${text}</span>` : text;
      if (links[tag] !== undefined) return `<a href="${escapeHtml(links[tag])}"${attributes}>${text}</a>`;
      if (moments[tag] !== undefined) {
        const moment = formatMoment(new Date(moments[tag]), timeZone, language);
        return `<time datetime="${moment.iso}">${escapeHtml(moment.text)}</time>`;
      }
      return text;
    })
    .join('');
}
