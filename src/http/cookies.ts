import type { AstroCookies } from 'astro';

/** The cookies there are: two sessions, and for each the request for a code that is under way in this browser. */
export type CookieName = 'customer' | 'staff' | 'customer_asked' | 'staff_asked';

const COOKIES: Readonly<Record<CookieName, { name: string; maxAgeSeconds: number }>> = {
  // As long as a session can last; the row behind it ends earlier.
  customer: { name: 'forthright', maxAgeSeconds: 90 * 24 * 60 * 60 },
  staff: { name: 'forthright-staff', maxAgeSeconds: 12 * 60 * 60 },
  // The longest delay of a letter, its ten minutes, and time to read.
  customer_asked: { name: 'forthright-asked', maxAgeSeconds: 2 * 60 * 60 },
  staff_asked: { name: 'forthright-staff-asked', maxAgeSeconds: 2 * 60 * 60 },
};

export function readCookie(cookies: AstroCookies, cookie: CookieName, publicUrl: string): string | undefined {
  return cookies.get(cookieName(cookie, publicUrl))?.value;
}

export function setCookie(cookies: AstroCookies, cookie: CookieName, value: string, publicUrl: string): void {
  cookies.set(cookieName(cookie, publicUrl), value, {
    ...attributes(publicUrl),
    maxAge: COOKIES[cookie].maxAgeSeconds,
  });
}

export function clearCookie(cookies: AstroCookies, cookie: CookieName, publicUrl: string): void {
  cookies.set(cookieName(cookie, publicUrl), '', { ...attributes(publicUrl), maxAge: 0 });
}

/** `__Host-` binds the cookie to this host and to https; without https a browser would not take it. */
export function cookieName(cookie: CookieName, publicUrl: string): string {
  const { name } = COOKIES[cookie];
  return isSecure(publicUrl) ? `__Host-${name}` : name;
}

function attributes(publicUrl: string) {
  return { httpOnly: true, secure: isSecure(publicUrl), sameSite: 'lax', path: '/' } as const;
}

const isSecure = (publicUrl: string) => publicUrl.startsWith('https:');
