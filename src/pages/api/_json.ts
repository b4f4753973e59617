import type { APIContext, APIRoute } from 'astro';
import { notThere } from '#src/http/api.ts';

const HEADERS = {
  'Content-Type': 'application/json; charset=utf-8',
  'Access-Control-Allow-Origin': '*',
  'Access-Control-Expose-Headers': 'ETag',
};

/** A route for machines: the same in every language, so it has no path under one. Undefined is not there. */
export function jsonRoute(find: (context: APIContext) => Promise<object | undefined>): APIRoute {
  return async (context) => {
    const found = context.locals.prefix === '' ? await find(context) : undefined;
    return found ? Response.json(found, { headers: HEADERS }) : notFound();
  };
}

export function notFound(): Response {
  return Response.json(notThere, { status: 404, headers: HEADERS });
}
