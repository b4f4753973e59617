import type { StatementText } from '#db/schema/index.ts';
import { completed, type CompleteText } from './details.ts';
import { headings, type SectionKey } from './rules.ts';
import type { Label, Words } from './words.ts';

export type TextSection = { key: SectionKey; title: string; markdown: string };

/** What stands under each of the five headings, in Markdown: the running text, then what the form asks for by itself. */
export function sectionsOf(text: StatementText, words: Words): TextSection[] {
  const full = completed(text);
  return headings.flatMap(({ key }) => {
    const markdown = parts[key](full, words).filter(Boolean).join('\n\n');
    return markdown ? [{ key, title: words.heading[key], markdown }] : [];
  });
}

/** Whether there is anything under a heading. */
export function hasSection(text: StatementText, key: SectionKey): boolean {
  const { steps, actions } = completed(text);
  if (key === 'whatYouCanDo' && steps.length > 0) return true;
  if (key === 'whatWeAreDoing' && actions.length > 0) return true;
  return text[key].trim() !== '';
}

const parts: Readonly<Record<SectionKey, (text: CompleteText, words: Words) => string[]>> = {
  whatHappened: (text, words) => [text.whatHappened.trim(), under('delay', text.delayReason, words)],
  whatInformation: (text, words) => [
    text.whatInformation.trim(),
    under('numbers', numbers(text, words), words),
    under('recipients', text.recipients, words),
    under('deletion', text.deletionAsked, words),
    under('consequences', text.consequences, words),
    under('unknowns', text.unknowns, words),
  ],
  whatWeAreDoing: (text, words) => [
    text.whatWeAreDoing.trim(),
    under('actions', actions(text, words), words),
    under('authorities', authorities(text, words), words),
  ],
  whatYouCanDo: (text, words) => [
    steps(text, words),
    text.whatYouCanDo.trim(),
    under('neverAsk', text.neverAsk, words),
    under('writeFrom', text.writeFrom, words),
  ],
  forMoreInformation: (text, words) => [text.forMoreInformation.trim(), colophon(text, words)],
};

function under(label: Label, markdown: string, words: Words): string {
  return markdown.trim() ? `### ${words.label[label]}\n\n${markdown.trim()}` : '';
}

function numbers({ figures, figuresNote }: CompleteText, words: Words): string {
  const lines = figures.map((figure) => {
    const detail = figure.detail ? ` ${figure.detail}` : '';
    return `- **${words.figure(figure)}**${detail} (${words.standing(figure)})`;
  });
  return [lines.join('\n'), figuresNote.trim()].filter(Boolean).join('\n\n');
}

function actions({ actions }: CompleteText, words: Words): string {
  return actions.map(({ on, text }) => (on ? `- **${words.day(on)}**: ${text}` : `- ${text}`)).join('\n');
}

function steps({ steps }: CompleteText, words: Words): string {
  return steps
    .map(({ what, why, urgency }, index) =>
      [`${index + 1}. **${what}**`, why, `*${words.urgency[urgency]}*`].filter(Boolean).join(' '),
    )
    .join('\n');
}

function authorities({ authorities }: CompleteText, words: Words): string {
  return authorities
    .map(({ name, toldAt, reference }) => {
      const when = [toldAt && words.moment(toldAt), reference].filter(Boolean).join(', ');
      return when ? `- ${name} (${when})` : `- ${name}`;
    })
    .join('\n');
}

function colophon(text: CompleteText, words: Words): string {
  const lines: [Label, string][] = [
    ['contact', text.contact],
    ['dataProtection', text.dataProtectionContact],
    ['audience', text.audience],
    ['legalEntity', text.legalEntity],
    ['tradingName', text.tradingName],
  ];
  return lines
    .filter(([, value]) => value.trim())
    .map(([label, value]) => `- ${words.label[label]}: ${value}`)
    .join('\n');
}
