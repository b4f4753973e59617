import { mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { ScratchFailed, ScratchFile } from '#src/trust/scratch-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'forthright-scratch-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('A scratch file', () => {
  test('gives back each piece as it was written, in any order', () => {
    const file = new ScratchFile(folder);
    const pieces = ['', 'one', 'x'.repeat(100_000), 'ü'].map((text) => Buffer.from(text));
    const places = pieces.map((piece) => file.append(piece));
    for (const index of [2, 0, 3, 1]) {
      expect(file.read(places[index] as (typeof places)[0]).equals(pieces[index] as Buffer)).toBe(true);
    }
    file.close();
  });

  test('has no name while it is in use, and holds nothing readable', () => {
    const file = new ScratchFile(folder);
    file.append(Buffer.from('ada.lovelace@example.com'));
    expect(readdirSync(folder)).toEqual([]);
    const open = readdirSync('/proc/self/fd').flatMap((fd) => namelessAt(`/proc/self/fd/${fd}`));
    expect(open.length).toBe(1);
    expect(open[0]?.length).toBeGreaterThan(24);
    expect(open[0]?.includes('ada.lovelace')).toBe(false);
    file.close();
  });

  test('does not open what was written elsewhere in it', () => {
    const file = new ScratchFile(folder);
    const [one, other] = [file.append(Buffer.from('one')), file.append(Buffer.from('other'))];
    expect(() => file.read({ at: one.at + 1, bytes: other.bytes })).toThrow();
    file.close();
  });

  test('says what to do where its folder cannot be used', () => {
    const taken = join(folder, 'taken');
    writeFileSync(taken, '');
    expect(() => new ScratchFile(taken)).toThrow(ScratchFailed);
    expect(() => new ScratchFile(taken)).toThrow(/cannot be written to .*set DATA_DIR/);
    rmSync(taken);
  });
});

/** The content of an open file of this test's that has no name any more. */
function namelessAt(path: string): Buffer[] {
  try {
    return readlinkSync(path).startsWith(folder) ? [readFileSync(path)] : [];
  } catch {
    return [];
  }
}
