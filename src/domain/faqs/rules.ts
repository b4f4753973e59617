import { slugOf } from '#src/text/slug.ts';

export type FaqState = 'draft' | 'published' | 'under_review';

/** What grouping looks at. */
export type Grouped = { category: string; incident: { slug: string; title: string } | null };

/** A category with its questions; `id` is its anchor on the page. */
export type FaqCategory<Faq> = { id: string; title: string; faqs: readonly Faq[] };

/** What concerns one incident, or, without one, everything else. */
export type FaqGroup<Faq> = {
  id: string;
  incident: { slug: string; title: string } | null;
  categories: readonly FaqCategory<Faq>[];
};

export function isPublic(state: FaqState): boolean {
  return state !== 'draft';
}

/** Incidents first, in the order in which they are met, then what concerns none. Within each, categories as they are met. */
export function grouped<Faq extends Grouped>(faqs: readonly Faq[]): FaqGroup<Faq>[] {
  const slugs = [...new Set(faqs.map(({ incident }) => incident?.slug ?? null))];
  const order = [...slugs.filter((slug) => slug !== null), ...(slugs.includes(null) ? [null] : [])];
  return order.map((slug) => {
    const own = faqs.filter(({ incident }) => (incident?.slug ?? null) === slug);
    const id = slug ?? 'general';
    return { id, incident: own[0]?.incident ?? null, categories: categoriesOf(own, id) };
  });
}

function categoriesOf<Faq extends Grouped>(faqs: readonly Faq[], prefix: string): FaqCategory<Faq>[] {
  return [...new Set(faqs.map(({ category }) => category))].map((title) => ({
    id: `${prefix}-${slugOf(title)}`,
    title,
    faqs: faqs.filter(({ category }) => category === title),
  }));
}
