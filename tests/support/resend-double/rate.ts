export type RateVerdict = { allowed: boolean; headers: Record<string, string> };

/** At most `perSecond` requests in any span of one second, without a burst; `null` for no limit. */
export function createRate(perSecond: number | null) {
  let taken: number[] = [];
  return {
    check(): RateVerdict {
      if (perSecond === null) return { allowed: true, headers: {} };
      const now = performance.now();
      taken = taken.filter((at) => now - at < 1000);
      const allowed = taken.length < perSecond;
      if (allowed) taken.push(now);
      const waitSeconds = Math.max(1, Math.ceil((1000 - (now - (taken[0] ?? now))) / 1000));
      return {
        allowed,
        headers: {
          'ratelimit-limit': String(perSecond),
          'ratelimit-remaining': String(Math.max(0, perSecond - taken.length)),
          'ratelimit-reset': String(waitSeconds),
          ...(allowed ? {} : { 'retry-after': String(waitSeconds) }),
        },
      };
    },
  };
}
