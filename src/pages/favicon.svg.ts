import type { APIRoute } from 'astro';
import { faviconSvg } from '#src/feeds/badge.ts';
import { siteBadge, svgResponse } from './_badge.ts';

export const GET: APIRoute = async ({ locals }) => svgResponse(faviconSvg(await siteBadge(locals)));
