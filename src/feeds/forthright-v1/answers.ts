import type { Faq } from '#src/domain/faqs/queries.ts';
import type { ComponentShown } from '#src/domain/components/shown.ts';
import { uptimeOf, worstIn } from '#src/domain/components/uptime.ts';
import type { Incident, IncidentInFull } from '#src/domain/incidents/queries.ts';
import type { Relation } from '#src/domain/incidents/relations.ts';
import type { MaintenanceInFull } from '#src/domain/maintenances/queries.ts';
import type { PublishedNotice } from '#src/domain/notices/queries.ts';
import {
  canonicalTextOf,
  type PublishedStatement,
  type StatementEntry,
} from '#src/domain/statements/queries.ts';
import type { OutstandingPromise } from '#src/domain/statements/outstanding.ts';
import { timesOf, type TimeName } from '#src/domain/statements/content.ts';
import { completed } from '#src/domain/statements/details.ts';
import type * as schemas from './schemas.ts';
import type { Answer } from './schemas.ts';

/** What every answer begins with, and links are made from. */
export type Speaker = { id: string; name: string; url: string };

type Of<Name extends keyof typeof schemas, Key extends string> =
  Answer<(typeof schemas)[Name]> extends Record<Key, readonly (infer One)[]> ? One : never;

export type ComponentAnswer = Of<'components', 'components'>;
export type IncidentAnswer = Of<'incidents', 'incidents'>;

/** Flat, each group before what stands in it. */
export function componentAnswers(shown: readonly ComponentShown[], prefix = ''): ComponentAnswer[] {
  return shown.flatMap((each) => {
    const fullName = prefix + each.name;
    const { history } = each;
    const answer: ComponentAnswer = {
      id: each.id,
      name: each.name,
      full_name: fullName,
      description: each.description,
      group_id: each.groupId,
      is_group: each.isGroup,
      status: each.status,
      since: each.isGroup ? null : (each.since?.toISOString() ?? null),
      uptime_90_days: history && uptimeOf(history.total),
      days: (history?.days ?? []).map(({ day, seconds }) => ({
        day,
        uptime: uptimeOf(seconds),
        worst: worstIn(seconds),
      })),
    };
    return [answer, ...componentAnswers(each.children as readonly ComponentShown[], `${fullName} - `)];
  });
}

/** Undefined for a draft: it does not exist for the public. */
export function incidentAnswer(incident: Incident, { url }: Speaker): IncidentAnswer | undefined {
  const { id, slug, title, nature, impact, status, publishedAt } = incident;
  if (!publishedAt || !status) return undefined;
  return {
    id,
    slug,
    url: `${url}/incidents/${slug}`,
    title,
    nature,
    impact,
    status,
    started_at: incident.startedAt.toISOString(),
    ended_at: incident.endedAt?.toISOString() ?? null,
    published_at: publishedAt.toISOString(),
    updated_at: incident.updatedAt.toISOString(),
  };
}

export function incidentInFullAnswer(
  incident: IncidentInFull,
  relations: readonly Relation[],
  promise: OutstandingPromise | undefined,
  speaker: Speaker,
): Answer<typeof schemas.incidentInFull>['incident'] | undefined {
  const answer = incidentAnswer(incident, speaker);
  return (
    answer && {
      ...answer,
      next_update: promise
        ? {
            at: promise.by.toISOString(),
            until: null,
            precision: promise.estimated ? ('estimated' as const) : ('exact' as const),
            missed_at: promise.missedAt?.toISOString() ?? null,
          }
        : null,
      updates: incident.updates.map(({ id, status, body, displayAt, correctedAt, changes }) => ({
        id,
        status,
        body,
        at: displayAt.toISOString(),
        corrected_at: correctedAt?.toISOString() ?? null,
        components: changes.map(({ componentId, name, before, after }) => ({
          id: componentId,
          name,
          before,
          after,
        })),
      })),
      relations: relations.map(({ said, reason, other: { slug, title } }) => ({
        said,
        reason,
        slug,
        title,
        url: `${speaker.url}/incidents/${slug}`,
      })),
    }
  );
}

/** None for a draft. */
export function maintenanceAnswers(
  maintenance: MaintenanceInFull,
  { url }: Speaker,
): Of<'maintenances', 'maintenances'>[] {
  const { id, slug, title, description, state, publishedAt, componentIds, updates } = maintenance;
  if (!publishedAt || state === 'draft') return [];
  return [
    {
      id,
      slug,
      url: `${url}/maintenance/${slug}`,
      title,
      description,
      status: state,
      scheduled_for: maintenance.scheduledFor.toISOString(),
      scheduled_until: maintenance.scheduledUntil.toISOString(),
      started_at: maintenance.startedAt?.toISOString() ?? null,
      ended_at: maintenance.endedAt?.toISOString() ?? null,
      updated_at: maintenance.updatedAt.toISOString(),
      component_ids: [...componentIds],
      updates: updates.map((update) => ({
        id: update.id,
        status: update.status,
        body: update.body,
        at: update.displayAt.toISOString(),
      })),
    },
  ];
}

export function statementAnswer(entry: StatementEntry, { url }: Speaker): Of<'statements', 'statements'> {
  const { id, slug, kind, state, title, summary, incidentId } = entry;
  return {
    id,
    slug,
    url: `${url}/statements/${slug}`,
    text_url: `${url}/statements/${slug}.txt`,
    kind,
    state,
    title,
    summary: state === 'withdrawn' ? '' : summary,
    author: { name: entry.authorName, title: entry.authorTitle },
    published_at: entry.publishedAt.toISOString(),
    changed_at: entry.changedAt.toISOString(),
    incident_id: incidentId,
  };
}

export function statementInFullAnswer(
  statement: PublishedStatement,
  { url }: Speaker,
): Answer<typeof schemas.statementInFull>['statement'] {
  const { id, slug, kind, language, incident, current, revisions } = statement;
  const page = `${url}/statements/${slug}`;
  const { text } = current;
  return {
    id,
    slug,
    url: page,
    text_url: `${page}.txt`,
    kind,
    state: current.kind,
    title: text.title,
    summary: current.kind === 'withdrawn' ? '' : text.summary,
    author: { name: text.authorName, title: text.authorTitle },
    published_at: (revisions.at(-1) ?? current).publishedAt.toISOString(),
    changed_at: current.publishedAt.toISOString(),
    language,
    incident: { ...incident, url: `${url}/incidents/${incident.slug}` },
    text: canonicalTextOf(statement, current),
    hash: current.hash,
    ...toldIn(current),
    revisions: revisions.map((revision) => ({
      number: revision.number,
      state: revision.kind,
      change_summary: revision.changeSummary,
      published_at: revision.publishedAt.toISOString(),
      hash: revision.hash,
      previous_hash: revision.previousHash,
      redacted: revision.redaction !== null,
      url: `${page}/revisions/${revision.number}`,
      text_url: `${page}/revisions/${revision.number}.txt`,
    })),
  };
}

function toldIn({ text, promiseMissedAt }: PublishedStatement['current']) {
  const { involved, notInvolved, figures, actions, steps } = completed(text);
  const times = new Map(timesOf(text).map(({ name, time }) => [name, time]));
  const timeOf = (name: TimeName) => {
    const time = times.get(name);
    return time ? { at: time.at, until: time.until ?? null, precision: time.precision } : null;
  };
  const nextUpdate = timeOf('nextUpdate');
  return {
    involved,
    not_involved: notInvolved,
    times: {
      occurred: timeOf('occurred'),
      aware: timeOf('aware'),
      contained: timeOf('contained'),
      next_update: nextUpdate && { ...nextUpdate, missed_at: promiseMissedAt?.toISOString() ?? null },
    },
    figures: figures.map(({ asOf, ...figure }) => ({ ...figure, as_of: asOf || null })),
    actions: actions.map(({ on, text: what }) => ({ on: on || null, text: what })),
    steps: steps.map(({ what, why, urgency }) => ({ what, why, urgency })),
  };
}

export function faqAnswer(faq: Faq): Of<'faqs', 'faqs'> {
  return {
    id: faq.id,
    category: faq.category,
    question: faq.question,
    answer: faq.answer,
    under_review: faq.state === 'under_review',
    reviewed_at: faq.reviewedAt.toISOString(),
    incident_slug: faq.incident?.slug ?? null,
  };
}

export function noticeAnswer(notice: PublishedNotice, { url }: Speaker): Of<'notices', 'notices'> {
  return {
    id: notice.id,
    slug: notice.slug,
    url: `${url}/notices/${notice.slug}`,
    title: notice.title,
    state: notice.state,
    body: notice.body,
    reason: notice.reason,
    effective_at: notice.effectiveAt.toISOString(),
    published_at: notice.publishedAt.toISOString(),
    changed_at: notice.changedAt.toISOString(),
  };
}
