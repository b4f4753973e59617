import type { APIRoute } from 'astro';
import { localPath } from '#src/http/language.ts';
import { signOut } from '#src/http/sign-out.ts';

export const POST: APIRoute = (context) =>
  signOut(context, 'customer', localPath('/', context.locals.prefix));
