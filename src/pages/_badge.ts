import { listComponents, statusesOf, type Component } from '#src/domain/components/queries.ts';
import {
  headline,
  type Headline,
  type HeadlineLine,
  type HeadlineTone,
} from '#src/domain/components/rules.ts';
import { listOpenIncidents } from '#src/domain/incidents/queries.ts';
import { countActiveMaintenances } from '#src/domain/maintenances/queries.ts';
import { getSite } from '#src/domain/site/queries.ts';
import { badgeColours, type Badge, type BadgePart, type BadgeTone } from '#src/feeds/badge.ts';
import { marks, shapePath, type MarkName } from '#src/ui/marks.ts';

const marksOf: Readonly<Record<HeadlineTone, MarkName>> = {
  data: 'data',
  none: 'operational',
  minor: 'degraded_performance',
  major: 'partial_outage',
  critical: 'major_outage',
  maintenance: 'under_maintenance',
};

/** What the page's headline says first, and after a leak what is the matter with the service. */
export async function siteBadge({ app, t }: App.Locals): Promise<Badge> {
  const open = await listOpenIncidents(app.db);
  const statuses = statusesOf(await listComponents(app.db));
  const lines = headline(statuses, open, await countActiveMaintenances(app.db));
  return badgeOf((await getSite(app.db)).name, lines, t);
}

/** An incident without an impact is not the all-clear. */
export function badgeOf(label: string, lines: Headline, t: App.Locals['t']): Badge {
  const [first, ...others] = lines;
  if (!first) throw new Error('A headline has one line at least.');
  const part = ({ key, count, tone }: HeadlineLine, mark = marksOf[tone]): BadgePart => ({
    word: t(key, { count }),
    ...drawn(mark),
  });
  const service = others.find(({ tone }) => tone !== 'none');
  if (first.tone === 'data' && service) return { label, parts: [part(first), part(service)] };
  return { label, parts: [first.tone === 'none' && others.length > 0 ? part(first, 'none') : part(first)] };
}

export function componentBadge({ name, status }: Component, { t }: App.Locals): Badge {
  return { label: name, parts: [{ word: t(`mark.${status}`), ...drawn(status) }] };
}

export function svgResponse(svg: string): Response {
  return new Response(svg, {
    headers: { 'Content-Type': 'image/svg+xml; charset=utf-8', 'Access-Control-Allow-Origin': '*' },
  });
}

function drawn(name: MarkName): { tone: BadgeTone; shape: string } {
  const { tone, shape } = marks[name];
  return { tone: isBadgeTone(tone) ? tone : 'muted', shape: shapePath(shape) };
}

function isBadgeTone(tone: string): tone is BadgeTone {
  return tone in badgeColours;
}
