import type { APIRoute } from 'astro';
import { badgeSvg } from '#src/feeds/badge.ts';
import { siteBadge, svgResponse } from './_badge.ts';

export const GET: APIRoute = async ({ locals }) => svgResponse(badgeSvg(await siteBadge(locals)));
