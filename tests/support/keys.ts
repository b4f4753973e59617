import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { openKeyStore, type KeyStore } from '#src/trust/keys.ts';

/** A key folder of this test file's own. Call it at the top of the file; it removes itself. */
export function testKeys(): KeyStore {
  const keysDir = mkdtempSync(join(tmpdir(), 'forthright-keys-'));
  afterAll(() => rmSync(keysDir, { recursive: true, force: true }));
  return openKeyStore({ keysDir, mayCreate: true });
}
