import { describe, expect, test } from 'vitest';
import { keyRanges } from '#src/domain/exposures/import/ranges.ts';
import {
  assertAppliable,
  assertClosable,
  exposureFigures,
  verdictOf,
  type Listing,
  type ListState,
} from '#src/domain/exposures/rules.ts';
import { operator } from '#src/domain/actors.ts';
import { staffMember } from './support.ts';

function listing(over: Partial<Listing> = {}): Listing {
  return {
    batchNo: 1,
    size: 1000,
    delivered: 998,
    stopped: false,
    sentAt: new Date('2019-11-01T06:00:00Z'),
    containsName: false,
    ownCopyBounced: false,
    measures: null,
    ...over,
  };
}

describe('The verdict', () => {
  const sent = listing();
  const stopped = listing({ batchNo: 19, stopped: true, sentAt: null });
  test.each([
    ['no list is in force', undefined, [], 'not_known_yet'],
    ['the list is open and the address is not in it', 'applied', [], 'not_known_yet'],
    ['the list is closed and the address is not in it', 'closed', [], 'not_exposed'],
    ['the address was in a message that left', 'applied', [sent], 'exposed'],
    ['the address was only in a message that was stopped', 'closed', [stopped], 'queued_not_sent'],
    ['one of its messages left and one was stopped', 'closed', [stopped, sent], 'exposed'],
  ] as const)('when %s', (_, state, listings, verdict) => {
    expect(verdictOf(state && { state }, listings)).toBe(verdict);
  });

  test('is never "not exposed" before the list is closed', () => {
    for (const state of ['loading', 'draft', 'applied', 'superseded'] satisfies ListState[]) {
      expect(verdictOf({ state }, [])).toBe('not_known_yet');
    }
  });
});

describe('The figures of an exposure', () => {
  test('leave oneself out, of those listed and of those it was sent to', () => {
    expect(exposureFigures([listing()])).toMatchObject({ listedWith: 999, sentTo: 997, upTo: false });
  });

  test('count every delivered copy when one’s own bounced', () => {
    const figures = exposureFigures([listing({ ownCopyBounced: true })]);
    expect(figures).toMatchObject({ listedWith: 999, sentTo: 998, ownCopyBounced: true });
  });

  test('are upper bounds over several messages, and leave out what was stopped', () => {
    const figures = exposureFigures([
      listing({ sentAt: new Date('2019-11-01T07:00:00Z'), batchNo: 2, size: 11, delivered: 11 }),
      listing(),
      listing({ batchNo: 3, stopped: true, sentAt: null }),
    ]);
    expect(figures).toMatchObject({ listedWith: 1009, sentTo: 1007, upTo: true });
    expect(figures.messages.map(({ listedWith }) => listedWith)).toEqual([999, 10]);
  });

  test('say that one’s own copy bounced only when none arrived', () => {
    const figures = exposureFigures([listing({ ownCopyBounced: true }), listing({ batchNo: 2 })]);
    expect(figures.ownCopyBounced).toBe(false);
  });
});

describe('A list is put in force', () => {
  const draft = { state: 'draft', importedBy: 'staff-approver' } as const;

  test('by another person than imported it', () => {
    expect(() => assertAppliable(staffMember('approver', 'another'), draft)).not.toThrow();
    expect(() => assertAppliable(staffMember('approver'), draft)).toThrow('another person has to');
    expect(() => assertAppliable(staffMember('owner', 'staff-approver'), draft)).toThrow(
      'another person has to',
    );
  });

  test('by the operator alone', () => {
    expect(() => assertAppliable(operator, { state: 'draft', importedBy: null })).not.toThrow();
  });

  test('by an approver, and only from a draft', () => {
    expect(() => assertAppliable(staffMember('editor', 'another'), draft)).toThrow('the role approver');
    for (const state of ['loading', 'applied', 'closed', 'superseded'] satisfies ListState[]) {
      expect(() => assertAppliable(operator, { state, importedBy: null })).toThrow('still a draft');
    }
  });

  test('and closed by another person, too', () => {
    const inForce = { state: 'applied', importedBy: 'staff-approver' } as const;
    expect(() => assertClosable(staffMember('approver'), inForce)).toThrow('another person has to');
    expect(() => assertClosable(staffMember('approver', 'another'), inForce)).not.toThrow();
  });

  test('and closed only from there', () => {
    expect(() =>
      assertClosable(staffMember('approver'), { state: 'applied', importedBy: null }),
    ).not.toThrow();
    expect(() => assertClosable(staffMember('editor'), { state: 'applied', importedBy: null })).toThrow(
      'the role approver',
    );
    for (const state of ['loading', 'draft', 'closed', 'superseded'] satisfies ListState[]) {
      expect(() => assertClosable(operator, { state, importedBy: null })).toThrow('in force and still open');
    }
  });
});

describe('The space of keys', () => {
  test.each([0, 1, 1999, 2001, 100_000])('is cut without a gap or an overlap for %i rows', (rows) => {
    const ranges = [...keyRanges(rows, 2000)];
    expect(ranges.length).toBe(Math.max(1, Math.ceil(rows / 2000)));
    expect(Buffer.from(ranges[0]?.from ?? []).toString('hex')).toBe('00000000');
    for (const [index, { to }] of ranges.entries()) {
      const next = ranges[index + 1];
      if (next) expect(Buffer.compare(to, next.from)).toBe(0);
      else expect(Buffer.compare(to, Buffer.alloc(32, 0xff))).toBe(1);
    }
  });
});
