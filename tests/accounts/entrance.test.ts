import { describe, expect, test } from 'vitest';
import { cookieName } from '#src/http/cookies.ts';
import { hasToken, isRefused, whoMayEnter } from '#src/http/entrance.ts';

const publicUrl = 'https://status.test.example';

describe('a form of another site', () => {
  // Sec-Fetch-Site, Origin, is there a cookie: may it come in?
  test.each([
    ['same-origin', publicUrl, true, true],
    ['none', undefined, true, true],
    ['same-site', 'https://other.test.example', true, false],
    ['cross-site', 'https://evil.example', true, false],
    ['cross-site', 'https://evil.example', false, false],
    ['cross-site', publicUrl, true, false],
    ['same-origin', 'null', true, true],
    [undefined, publicUrl, true, true],
    [undefined, 'https://evil.example', true, false],
    [undefined, 'https://evil.example', false, false],
    [undefined, 'http://status.test.example', true, false],
    [undefined, `${publicUrl}:8443`, true, false],
    [undefined, `${publicUrl}.evil.example`, true, false],
    [undefined, 'null', true, false],
    [undefined, undefined, true, false],
    [undefined, undefined, false, true],
  ])('Sec-Fetch-Site %j, Origin %j, cookie %j: passes %j', (site, origin, cookie, passes) => {
    const headers = new Headers();
    if (site) headers.set('Sec-Fetch-Site', site);
    if (origin) headers.set('Origin', origin);
    if (cookie) headers.set('Cookie', 'a=b');
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']) {
      expect(isRefused({ routePattern: '/sign-in', callsAction: true, method, headers, publicUrl })).toBe(
        !passes,
      );
    }
    for (const method of ['GET', 'HEAD']) {
      expect(isRefused({ routePattern: '/sign-in', callsAction: false, method, headers, publicUrl })).toBe(
        false,
      );
    }
  });

  const foreign = {
    method: 'POST',
    headers: new Headers({ 'Sec-Fetch-Site': 'cross-site', Origin: 'https://evil.example', Cookie: 'a=b' }),
    publicUrl,
  };

  test.each(['/u/[token]', '/webhooks/resend'])(
    '%s is called from outside, unless an action is called on it',
    (routePattern) => {
      expect(isRefused({ ...foreign, routePattern, callsAction: false })).toBe(false);
      expect(isRefused({ ...foreign, routePattern, callsAction: true })).toBe(true);
    },
  );

  test('nobody comes in by the endpoint that no form uses', () => {
    const headers = new Headers({ 'Sec-Fetch-Site': 'same-origin', Origin: publicUrl });
    const asking = { routePattern: '/_actions/[...path]', callsAction: false, headers, publicUrl };
    for (const method of ['GET', 'POST']) expect(isRefused({ ...asking, method })).toBe(true);
  });
});

describe('who may enter', () => {
  test.each([
    ['/', 'anyone'],
    ['/incidents/[slug]', 'anyone'],
    ['/sign-in', 'anyone'],
    ['/sign-in/[token]', 'anyone'],
    ['/set-up/[token]', 'anyone'],
    ['/u/[token]', 'anyone'],
    ['/mystery', 'anyone'],
    ['/administration', 'anyone'],
    ['/my', 'customer'],
    ['/my/addresses', 'customer'],
    ['/my/addresses/code', 'customer'],
    ['/admin', 'staff'],
    ['/admin/staff/[id]', 'staff'],
    ['/admin/sign-out', 'staff'],
    ['/admin/sign-inside', 'staff'],
    ['/admin/sign-in', 'anyone'],
    ['/admin/sign-in/code', 'anyone'],
    ['/admin/sign-in/[token]', 'anyone'],
    ['/admin/second-factor', 'anyone'],
  ])('%s: %s', (routePattern, who) => {
    expect(whoMayEnter(routePattern)).toBe(who);
  });

  test.each([
    ['/u/[token]', true],
    ['/sign-in/[token]', true],
    ['/incidents/[slug]', false],
  ])('%s has a secret in its address: %j', (routePattern, secret) => {
    expect(hasToken(routePattern)).toBe(secret);
  });
});

describe('cookies', () => {
  test('are bound to this host under https; plain http, on this machine, has no such prefix', () => {
    expect(cookieName('customer', publicUrl)).toBe('__Host-forthright');
    expect(cookieName('staff', publicUrl)).toBe('__Host-forthright-staff');
    expect(cookieName('staff', 'http://localhost:4321')).toBe('forthright-staff');
  });
});
