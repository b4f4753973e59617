import type { BroadcastContent } from '#db/schema/index.ts';
import type { KeyStore } from '#src/trust/keys.ts';
import { previewBroadcast, type Preview } from '../broadcasts/messages.ts';
import type { Site } from '../site/queries.ts';
import { canonicalText } from './canonical.ts';
import { contentOf } from './content.ts';
import type { Statement } from './drafts.ts';
import type { DraftedStatement } from './gate/review.ts';

/** A draft as it would be published at this moment: only the time, and with it the hash, will differ. */
export function previewDraft(
  statement: DraftedStatement,
  { site, publicUrl, now }: { site: Site; publicUrl: string; now: Date },
): { content: BroadcastContent; canonical: string } {
  const { draft, revisions, slug } = statement;
  const [previous] = revisions;
  const number = (previous?.number ?? 0) + 1;
  const changeSummary = previous ? draft.changeSummary : '';
  return {
    content: contentOf({
      text: draft.text,
      changeSummary,
      publishedAt: now,
      permalink: `${publicUrl}/statements/${slug}/revisions/${number}`,
      timeZone: site.timeZone,
    }),
    canonical: canonicalText({
      statementId: statement.id,
      number,
      incidentId: statement.incident.id,
      publishedAt: now,
      previousHash: previous?.hash ?? null,
      language: statement.language,
      kind: previous ? 'corrected' : 'published',
      text: draft.text,
      changeSummary,
    }),
  };
}

/** The update that subscribers would get, or why it cannot be mailed. */
export function previewMail(
  keys: KeyStore,
  statement: DraftedStatement,
  { mailFrom, ...place }: { site: Site; publicUrl: string; mailFrom: string; now: Date },
): Preview {
  const broadcast = {
    id: 'preview',
    purpose: 'update',
    content: previewDraft(statement, place).content,
    audience: { kind: 'subscribers', topic: 'statements' },
    rendered: null,
  } as const;
  return previewBroadcast(keys, broadcast, place.site, { from: mailFrom, publicUrl: place.publicUrl });
}

export function isDrafted(statement: Statement): statement is DraftedStatement {
  return statement.draft !== null;
}
