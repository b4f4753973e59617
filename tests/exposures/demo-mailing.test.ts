import { describe, expect, test } from 'vitest';
import { demoMailing } from '#db/demo/mailing.ts';
import type { DeliveryLine, ListedLine } from '#src/domain/exposures/readers/lines.ts';
import { readDeliveries, readLeakedMailing } from '#src/domain/exposures/readers/read-mailing.ts';
import { normalisedAddress } from '#src/text/email-address.ts';
import { containsName } from '#src/text/names.ts';
import { allOf, fileOf } from './readers-source.ts';

const mailing = demoMailing(1);
const lines = await allOf(readLeakedMailing(fileOf('leak.mbox', mailing.mbox)));
const listed = lines.filter((line): line is ListedLine => line.kind === 'listed');
const told = await allOf(readDeliveries(fileOf('delivery.csv', mailing.delivery)));
const deliveries = told.filter((line): line is DeliveryLine => line.kind === 'delivery');
const people = new Set(listed.map(({ address }) => normalisedAddress(address)));

describe("The demonstration's leaked mailing", () => {
  test('is the same for the same seed, and another for another', () => {
    expect(demoMailing(1)).toEqual(mailing);
    expect(demoMailing(2).mbox).not.toBe(mailing.mbox);
  });

  test('is read without a rejected line: 20 messages to 1,000 recipients each, the last to 640', () => {
    expect(lines.length).toBe(listed.length);
    expect(told.length).toBe(deliveries.length);
    const sizes = new Map<number, Set<string>>();
    for (const { batchNo, address } of listed) {
      sizes.set(batchNo, (sizes.get(batchNo) ?? new Set()).add(normalisedAddress(address)));
    }
    expect([...sizes.values()].map((batch) => batch.size)).toEqual([...Array<number>(19).fill(1000), 640]);
    expect(listed.length).toBe(19_640);
  });

  test('has people in several batches, capitals, tags and international domains', () => {
    const share = (test: (line: ListedLine) => boolean) => listed.filter(test).length / listed.length;
    expect(people.size).toBeGreaterThan(19_000);
    expect(people.size).toBeLessThan(19_500);
    expect(share(({ address }) => /^[^@]*[A-Z]/.test(address))).toBeGreaterThan(0.03);
    expect(share(({ address }) => address.includes('+'))).toBeGreaterThan(0.02);
    expect(share(({ address }) => address.includes('@xn--'))).toBeGreaterThan(0.04);
  });

  test('gives a first and a last name away in about 15 of 100 addresses', () => {
    const share = [...people].filter(containsName).length / people.size;
    expect(share).toBeGreaterThan(0.14);
    expect(share).toBeLessThan(0.16);
  });

  test('holds no address outside the domains reserved for examples (RFC 2606)', () => {
    for (const text of [mailing.mbox, mailing.delivery]) {
      for (const [, domain] of text.matchAll(/@([^\s<>,;()"]+)/g)) {
        expect(domain).toMatch(/(^|\.)example(\.com|\.net|\.org)?$/);
      }
    }
  });

  test('was sent on 1 November 2019, but for its last two messages, and three copies bounced', () => {
    const first = listed.find(({ batchNo }) => batchNo === 1);
    expect(first?.sentAt?.toISOString()).toBe('2019-11-01T06:00:00.000Z');
    const batches = deliveries.filter(({ address }) => address === undefined);
    expect(batches.map(({ batchNo }) => batchNo)).toEqual(
      Array.from({ length: 20 }, (_, index) => index + 1),
    );
    expect(batches.filter(({ delivered }) => delivered === 'stopped').map(({ batchNo }) => batchNo)).toEqual([
      19, 20,
    ]);
    expect(mailing.stoppedBatches).toEqual([19, 20]);
    for (const { batchNo, sentAt } of batches) {
      const inMailbox = listed.find((line) => line.batchNo === batchNo)?.sentAt;
      expect(sentAt).toEqual(batchNo! <= 18 ? inMailbox : undefined);
    }
    const bounced = deliveries.filter(({ delivered }) => delivered === 'bounced');
    expect(bounced.map(({ batchNo }) => batchNo)).toEqual(
      mailing.people.bounced.map(({ batchNo }) => batchNo),
    );
    expect(bounced.length).toBe(3);
    for (const { address, batchNo } of bounced) {
      expect(listed.some((line) => line.address === address && line.batchNo === batchNo)).toBe(true);
    }
  });

  test('has one customer in one sent batch, with a name and a measure, and another in none', () => {
    const { exposed, notExposed } = mailing.people;
    expect(exposed.address).toBe('mara.lindqvist@customers.example');
    expect(containsName(exposed.address)).toBe(true);
    expect(listed.filter(({ address }) => normalisedAddress(address) === exposed.address)).toMatchObject([
      { batchNo: exposed.batchNo },
    ]);
    expect(deliveries.filter(({ address }) => address === exposed.address)).toMatchObject([
      { measures: { password_reset: exposed.measure } },
    ]);
    expect(notExposed.address).toBe('jonas@customers.example');
    expect(people.has(notExposed.address)).toBe(false);
  });

  test('tells of measures only to people in a message that was sent', () => {
    const sent = new Set(
      listed.filter(({ batchNo }) => batchNo <= 18).map(({ address }) => normalisedAddress(address)),
    );
    const measured = deliveries.filter(({ measures }) => Object.keys(measures).length > 0);
    expect(measured.length).toBeGreaterThan(1000);
    for (const { address } of measured) expect(sent.has(normalisedAddress(address!))).toBe(true);
  });

  test('is written as mail programs do: folded, with names, quotes, encoded words, comments and a group', () => {
    expect(mailing.mbox.split('\n').filter((line) => line.length > 100)).toEqual([]);
    expect(mailing.mbox).toMatch(/"[^"]+, [^"]+" </);
    expect(mailing.mbox).toMatch(/=\?utf-8\?B\?/);
    expect(mailing.mbox).toMatch(/ \([A-Z]/);
    expect(mailing.mbox).toMatch(/Early access: .*;/s);
    expect(mailing.mbox).toContain('\n>From ');
  });
});
