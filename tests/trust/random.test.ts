import { expect, test } from 'vitest';
import { drawBytes } from '#src/trust/random.ts';

test('bytes are as many as asked for, given out once, and stay as they were', () => {
  const seen = new Set<string>();
  const kept = Array.from({ length: 20_000 }, () => drawBytes(12));
  const before = kept.map((bytes) => bytes.toString('hex'));
  drawBytes(200_000);
  for (const [index, bytes] of kept.entries()) {
    expect(bytes.length).toBe(12);
    expect(bytes.toString('hex')).toBe(before[index]);
    seen.add(bytes.toString('hex'));
  }
  expect(seen.size).toBe(20_000);
  expect(drawBytes(100_000).length).toBe(100_000);
});
