import { openKeyStore } from '#src/trust/keys.ts';

/** Rotates and destroys without end, until it is killed. */
const [keysDir = ''] = process.argv.slice(2);
const keys = openKeyStore({ keysDir, mayCreate: false });
for (let first = true; ; first = false) {
  const made = keys.rotate('addresses');
  if (first) process.stdout.write('begun\n');
  if (made.version > 4) keys.destroy('addresses', made.version - 3);
}
