import { Command } from 'commander';
import { expect, test } from 'vitest';
import type { Database } from '#db/client.ts';
import { registerBroadcasts } from '#src/cli/broadcasts.ts';
import { CommandRefused, type CommandContext } from '#src/cli/context.ts';
import { endSubscription } from '#src/domain/subscribers/commands.ts';
import { subscriptionToken } from '#src/domain/subscribers/tokens.ts';
import { inRollback, testStore } from '#tests/support/database.ts';
import { testKeys } from '#tests/support/keys.ts';
import { testOutbox } from '#tests/support/outbox.ts';
import {
  addressesOf,
  confirmedSubscribers,
  frozenBroadcast,
  now,
  sendAll,
  senderWith,
  stateOf,
} from './support.ts';

const store = await testStore();
const keys = testKeys();

/** What a command prints. */
async function run(db: Database, ...words: string[]): Promise<string> {
  const printed: string[] = [];
  const context = {
    store: { ...store, db },
    keys,
    now: () => now,
    out: (line: string) => void printed.push(line),
  };
  const program = new Command('forthright').exitOverride().configureOutput({ writeErr: () => {} });
  registerBroadcasts(program, async () => context as unknown as CommandContext);
  for (const command of program.commands[0]?.commands ?? [])
    command.exitOverride().configureOutput({ writeErr: () => {} });
  await program.parseAsync(['node', 'forthright', 'broadcasts', ...words]);
  return printed.join('\n');
}

test('account prints the balance and whether it closes, stop and resume say what follows', async () => {
  await inRollback(store, async (db) => {
    expect(await run(db, 'list')).toContain('no broadcasts');
    const [id = ''] = await confirmedSubscribers(db, keys, addressesOf(150));
    const outbox = testOutbox();
    const broadcastId = await frozenBroadcast(db, keys, outbox);
    await endSubscription(db, keys, subscriptionToken(keys.current('tokens'), id), now);
    const open = run(db, 'account', broadcastId);
    await expect(open).rejects.toBeInstanceOf(CommandRefused);
    await expect(open).rejects.toThrow('does not close');

    const stopped = await run(db, 'stop', broadcastId);
    expect(stopped).toMatch(/^Stopped\./);
    expect(stopped).toMatch(/pending +150/);
    expect(await stateOf(db, broadcastId)).toEqual({ state: 'halted', reason: 'Stopped by the operator.' });
    expect(await run(db, 'list')).toContain(`${broadcastId}  update  halted`);
    await run(db, 'resume', broadcastId);
    await sendAll(db, keys, senderWith(outbox));
    const account = await run(db, 'account', broadcastId);
    for (const line of [
      /audience +150\n/,
      /accepted by the provider +149\n/,
      /skipped +1\n {2}unsubscribed +1\n/,
    ]) {
      expect(account).toMatch(line);
    }
    expect(account).toContain('The account closes.');
    await expect(run(db, 'stop', broadcastId)).rejects.toThrow('There is nothing to stop');
  });
});

test('an unknown broadcast is said so, and a missing id is a usage error', async () => {
  await inRollback(store, async (db) => {
    for (const verb of ['stop', 'resume', 'account']) {
      await expect(run(db, verb, 'nothere')).rejects.toMatchObject({ code: 'not_found' });
      await expect(run(db, verb)).rejects.toMatchObject({ code: 'commander.missingArgument' });
    }
  });
});
