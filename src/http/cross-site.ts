/**
 * Does this request change something on behalf of another site? Browsers say where a request comes from
 * (`Sec-Fetch-Site`); older ones and plain http send `Origin`. A request with neither comes from no browser of the
 * last ten years: it passes only without cookies, that is, as nobody.
 */
export function isForeign(
  request: { method: string; headers: Pick<Headers, 'get' | 'has'> },
  publicUrl: string,
): boolean {
  if (request.method === 'GET' || request.method === 'HEAD') return false;
  const site = request.headers.get('sec-fetch-site');
  if (site !== null) return site !== 'same-origin' && site !== 'none';
  const origin = request.headers.get('origin');
  if (origin !== null) return origin !== new URL(publicUrl).origin;
  return request.headers.has('cookie');
}
