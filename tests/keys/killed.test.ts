import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import { openKeyStore } from '#src/trust/keys.ts';
import { seal, unseal } from '#src/trust/seal.ts';

const keysDir = mkdtempSync(join(tmpdir(), 'forthright-keys-'));
afterAll(() => rmSync(keysDir, { recursive: true, force: true }));
const program = fileURLToPath(new URL('rotating-program.ts', import.meta.url));
const KILLS = 6;

test(
  'a process that is killed while it rotates leaves a folder whose every key opens',
  { timeout: 60_000 },
  async () => {
    const keys = openKeyStore({ keysDir, mayCreate: true });
    const sealed = seal(keys.current('addresses'), 'kept', 'row:1');
    const tokens = keys.current('tokens');
    for (let kill = 0; kill < KILLS; kill += 1) {
      const before = Math.max(
        ...openKeyStore({ keysDir, mayCreate: false })
          .active('addresses')
          .map(({ version }) => version),
      );
      const child = spawn(process.execPath, [program, keysDir], { stdio: ['ignore', 'pipe', 'inherit'] });
      const ended = once(child, 'exit');
      await once(child.stdout, 'data');
      await setTimeout(20 + kill * 13);
      child.kill('SIGKILL');
      await ended;
      const again = openKeyStore({ keysDir, mayCreate: false });
      const active = again.active('addresses');
      expect(active[0]?.version).toBeGreaterThan(before);
      for (const key of active) expect(unseal(key, seal(key, 'text', 'row:2'), 'row:2')).toBe('text');
      expect(again.current('addresses').version).toBe(active[0]?.version);
      expect(again.rotate('addresses').version).toBe((active[0]?.version ?? 0) + 1);
      expect(again.current('tokens')).toEqual(tokens);
    }
    // The first version was not among those that were destroyed.
    expect(unseal(openKeyStore({ keysDir, mayCreate: false }).get('addresses', 1), sealed, 'row:1')).toBe(
      'kept',
    );
  },
);
