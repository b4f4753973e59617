import type { APIRoute } from 'astro';
import { listComponents } from '#src/domain/components/queries.ts';
import { badgeSvg } from '#src/feeds/badge.ts';
import { componentBadge, svgResponse } from '../../_badge.ts';

export const GET: APIRoute = async ({ locals, params, rewrite }) => {
  const component = (await listComponents(locals.app.db)).find(({ id }) => id === params['id']);
  if (!component) return rewrite('/404');
  return svgResponse(badgeSvg(componentBadge(component, locals)));
};
