import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  confirmationToken,
  readConfirmationToken,
  readSubscriptionToken,
  subscriptionToken,
} from '#src/domain/subscribers/tokens.ts';
import { newId } from '#src/text/ids.ts';
import { testKeys } from '#tests/support/keys.ts';

const keys = testKeys();
const key = keys.current('tokens');

test('a token names its subscription, in signs that need no escaping in a URL or a header', () => {
  const id = newId();
  const token = subscriptionToken(key, id);
  expect(token).toMatch(/^[A-Za-z0-9_-]{59}$/);
  expect(readSubscriptionToken(keys, token)).toBe(id);
});

test('a token of one purpose is none of the other', () => {
  const id = newId();
  expect(readConfirmationToken(keys, subscriptionToken(key, id))).toBeUndefined();
  expect(readSubscriptionToken(keys, confirmationToken(key, id))).toBeUndefined();
});

test('any other text is no token, one changed sign included', () => {
  const token = subscriptionToken(key, newId());
  fc.assert(
    fc.property(fc.nat({ max: token.length - 1 }), fc.stringMatching(/^[A-Za-z0-9_-]$/), (at, sign) => {
      const changed = token.slice(0, at) + sign + token.slice(at + 1);
      fc.pre(changed !== token);
      expect(readSubscriptionToken(keys, changed)).toBeUndefined();
    }),
  );
  fc.assert(
    fc.property(fc.string({ maxLength: 300 }), (text) => {
      expect(readSubscriptionToken(keys, text)).toBeUndefined();
    }),
  );
});

test('a token stays good when the key is rotated, and dies when the old one is destroyed', () => {
  const id = newId();
  const old = keys.current('tokens');
  const token = subscriptionToken(old, id);
  keys.rotate('tokens');
  expect(readSubscriptionToken(keys, token)).toBe(id);
  keys.destroy('tokens', old.version);
  expect(readSubscriptionToken(keys, token)).toBeUndefined();
});
