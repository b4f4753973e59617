import { describe, expect, test } from 'vitest';
import {
  accountCloses,
  backoffMs,
  messageKey,
  outcomes,
  providerBatchKey,
} from '#src/domain/broadcasts/rules.ts';

describe('how long a batch waits for its next attempt', () => {
  test.each([
    [1, undefined, 1, 500],
    [1, undefined, 0, 250],
    [2, undefined, 1, 1000],
    [5, undefined, 1, 8000],
    [40, undefined, 1, 300_000],
    [1, 2000, 0, 2000],
    [9, 2000, 1, 2500],
  ])(
    'attempt %i, the provider asks for %s ms, jitter %d: %i ms',
    (attempts, retryAfterMs, jitter, expected) => {
      expect(backoffMs(attempts, retryAfterMs, jitter)).toBe(expected);
    },
  );
});

describe('when an account closes', () => {
  const whole = {
    audience: 10,
    pending: 0,
    accepted: 7,
    skipped: { unsubscribed: 2 },
    rejected: { invalid: 1 },
    unknown: 0,
  };
  const none = { delivered: 0, suppressed: 0, bounced: 0, complained: 0 };
  test.each([
    ['everybody is somewhere', {}, true],
    ['one is pending', { accepted: 6, pending: 1 }, false],
    ['one is unknown', { accepted: 6, unknown: 1 }, false],
    ['one is missing', { accepted: 6 }, false],
    ['there is one too many', { accepted: 8 }, false],
  ])('%s', (_, change, expected) => {
    expect(accountCloses({ ...whole, ...change, outcomes: none })).toBe(expected);
  });
});

test('outcomes go from delivered to complained', () => {
  expect(outcomes).toEqual(['delivered', 'suppressed', 'bounced', 'complained']);
});

test('keys name the broadcast, the batch and its split; a message keeps its own wherever it ends up', () => {
  expect(providerBatchKey('b1', 3, 2)).toBe('bc/b1/3/2');
  expect(messageKey('b1', 'd1')).toBe('bc/b1/d1');
});
