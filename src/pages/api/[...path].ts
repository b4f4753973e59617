import type { APIRoute } from 'astro';
import { notFound } from './_json.ts';

/** Every path of the API that no other route answers. */
export const ALL: APIRoute = () => notFound();
