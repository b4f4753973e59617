import type { Incident } from '#src/domain/incidents/queries.ts';
import type { PublishedNotice } from '#src/domain/notices/queries.ts';
import type { StatementEntry } from '#src/domain/statements/queries.ts';
import type { MessageKey, Translate } from '#src/messages/messages.ts';
import { oneLine } from './xml.ts';

export type LlmsOf = {
  siteName: string;
  publicUrl: string;
  t: Translate;
  statements: readonly StatementEntry[];
  incidents: readonly Incident[];
  notices: readonly PublishedNotice[];
};

/** Where a program that reads text finds ours (llmstxt.org): Markdown, the newest first. */
export function llmsTxt({ siteName, publicUrl, t, statements, incidents, notices }: LlmsOf): string {
  const word = (status: string | null) => (status ? t(`mark.${status}` as MessageKey) : '');
  return [
    `# ${oneLine(siteName)}`,
    `> ${t('llms.about', { site: siteName })}`,
    section(
      t('llms.statements'),
      statements.map(({ title, slug, summary, state, changedAt }) =>
        link(title, `${publicUrl}/statements/${slug}.txt`, [
          state === 'published' ? '' : word(state),
          changedAt.toISOString(),
          state === 'withdrawn' ? '' : summary,
        ]),
      ),
    ),
    section(
      t('llms.incidents'),
      incidents.map(({ title, slug, nature, status, startedAt }) =>
        link(title, `${publicUrl}/api/forthright/v1/incidents/${slug}.json`, [
          word(nature),
          word(status),
          startedAt.toISOString(),
        ]),
      ),
    ),
    section(
      t('llms.notices'),
      notices.map(({ title, slug, effectiveAt }) =>
        link(title, `${publicUrl}/notices/${slug}`, [effectiveAt.toISOString()]),
      ),
    ),
    section(t('llms.more'), [
      link(t('llms.status'), `${publicUrl}/api/v2/summary.json`, []),
      link(t('llms.api'), `${publicUrl}/api/forthright/v1/openapi.json`, []),
      link(t('llms.faqs'), `${publicUrl}/api/forthright/v1/faqs.json`, []),
      link('Atom', `${publicUrl}/feed.atom`, []),
    ]),
  ]
    .filter(Boolean)
    .join('\n\n')
    .concat('\n');
}

function section(title: string, lines: readonly string[]): string {
  return lines.length > 0 ? `## ${title}\n\n${lines.join('\n')}` : '';
}

function link(title: string, address: string, notes: readonly string[]): string {
  const name = oneLine(title).replace(/[[\]\\]/g, '\\$&');
  const note = notes.map(oneLine).filter(Boolean).join('; ');
  return `- [${name}](${address})${note ? `: ${note}` : ''}`;
}
