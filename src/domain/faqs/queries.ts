import { and, asc, desc, eq, inArray, ne } from '#db/drizzle.ts';
import type { Database } from '#db/client.ts';
import { faqs, incidents } from '#db/schema/index.ts';
import { DomainError } from '../errors.ts';
import { once } from '../snapshot.ts';
import type { FaqState } from './rules.ts';

const FAQS_MAX = 500;

export type Faq = {
  id: string;
  category: string;
  /** Null: about none. */
  incident: { id: string; slug: string; title: string } | null;
  question: string;
  /** Markdown. */
  answer: string;
  state: FaqState;
  position: number;
  /** Raised whenever its words change. */
  version: number;
  /** When it first became public; null while it never was. */
  publishedAt: Date | null;
  /** When its words last changed in public; null as long as they stand as they were published. */
  changedAt: Date | null;
  /** When somebody last found it right. */
  reviewedAt: Date;
};

/**
 * What the public reads: published, or under review again, which the page says. Those about a draft incident wait for it. The
 * newest incident first, then by position. At most 500; of one incident when told.
 */
export function listPublicFaqs(db: Database, which: { incidentId?: string } = {}): Promise<Faq[]> {
  return once(db, `faqs:${which.incidentId ?? ''}`, () => loadPublicFaqs(db, which));
}

async function loadPublicFaqs(db: Database, { incidentId }: { incidentId?: string }): Promise<Faq[]> {
  const rows = await select(db)
    .where(
      and(ne(faqs.state, 'draft'), incidentId === undefined ? undefined : eq(faqs.incidentId, incidentId)),
    )
    .orderBy(desc(incidents.startedAt), asc(faqs.position), asc(faqs.id))
    .limit(FAQS_MAX);
  return rows.filter(({ incident }) => !incident || incident.publishedAt !== null).map(shown);
}

/** Drafts included, or only those in these states: for staff. By category and position. At most 500. */
export async function listFaqs(
  db: Database,
  { states }: { states?: readonly FaqState[] } = {},
): Promise<Faq[]> {
  const rows = await select(db)
    .where(states && inArray(faqs.state, [...states]))
    .orderBy(asc(faqs.category), asc(faqs.position), asc(faqs.id))
    .limit(FAQS_MAX);
  return rows.map(shown);
}

/** @throws DomainError `not_found`. */
export async function getFaq(db: Database, faqId: string): Promise<Faq> {
  const faq = await findFaq(db, faqId);
  if (faq) return faq;
  throw new DomainError('not_found', 'There is no such question. Open the list of questions again.');
}

export async function findFaq(db: Database, faqId: string): Promise<Faq | undefined> {
  const [row] = await select(db).where(eq(faqs.id, faqId));
  return row && shown(row);
}

type Row = Awaited<ReturnType<typeof select>>[number];

function select(db: Database) {
  return db
    .select({
      id: faqs.id,
      category: faqs.category,
      question: faqs.question,
      answer: faqs.answer,
      state: faqs.state,
      position: faqs.position,
      version: faqs.version,
      publishedAt: faqs.publishedAt,
      changedAt: faqs.changedAt,
      reviewedAt: faqs.reviewedAt,
      incident: {
        id: incidents.id,
        slug: incidents.slug,
        title: incidents.title,
        publishedAt: incidents.publishedAt,
      },
    })
    .from(faqs)
    .leftJoin(incidents, eq(incidents.id, faqs.incidentId));
}

function shown({ incident, ...row }: Row): Faq {
  return { ...row, incident: incident && { id: incident.id, slug: incident.slug, title: incident.title } };
}
