import type { APIContext } from 'astro';
import { endSession } from '#src/domain/accounts/sessions.ts';
import { clearCookie, readCookie } from './cookies.ts';

/** Ends the session on the server, forgets it in the browser, and goes to `next`. */
export async function signOut({ locals, cookies }: APIContext, kind: 'customer' | 'staff', next: string) {
  const { publicUrl } = locals.app.settings;
  const token = readCookie(cookies, kind, publicUrl);
  if (token) await endSession(locals.app.db, token);
  clearCookie(cookies, kind, publicUrl);
  clearCookie(cookies, `${kind}_asked`, publicUrl);
  return new Response(null, {
    status: 303,
    // Not "cookies": that would reach every site under the same registered domain, and the other session here.
    headers: { Location: next, 'Clear-Site-Data': '"cache", "storage"' },
  });
}
