import { isForeign } from './cross-site.ts';

/** What is looked at at the door: nothing but these decides. */
export type Asking = {
  /** Astro's, e.g. `/statements/[slug]`: the path itself has many spellings. */
  routePattern: string;
  /** Is a form action called, by `?_action=`? */
  callsAction: boolean;
  method: string;
  headers: Headers;
  publicUrl: string;
};

/** The one way into Astro's actions that no form uses. */
const ACTION_ENDPOINT = '/_actions/[...path]';

/** What mail clients and the mail provider post to: no cookie, no Origin, their own proof in the token or signature. */
const CALLED_FROM_OUTSIDE = new Set(['/u/[token]', '/webhooks/resend']);

/** Staff pages for those who are not signed in yet, or have not given the second factor. */
const STAFF_ENTRANCE = /^\/admin\/(?:sign-in|second-factor)(?:\/|$)/;

/** May the request come in at all, whoever asks? An open route is open only while no action is called on it. */
export function isRefused(asking: Asking): boolean {
  if (asking.routePattern === ACTION_ENDPOINT) return true;
  if (CALLED_FROM_OUTSIDE.has(asking.routePattern) && !asking.callsAction) return false;
  return isForeign(asking, asking.publicUrl);
}

/** Who a route is for. */
export function whoMayEnter(routePattern: string): 'anyone' | 'customer' | 'staff' {
  if (isWithin(routePattern, '/my')) return 'customer';
  if (isWithin(routePattern, '/admin') && !STAFF_ENTRANCE.test(routePattern)) return 'staff';
  return 'anyone';
}

/** Has the address of this page a secret in it? Then it must not travel in a Referer header. */
export function hasToken(routePattern: string): boolean {
  return routePattern.includes('[token]');
}

export function isWithin(routePattern: string, section: string): boolean {
  return routePattern === section || routePattern.startsWith(`${section}/`);
}
