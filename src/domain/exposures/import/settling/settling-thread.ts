import { normalisedAddress, type EmailAddress } from '#src/text/email-address.ts';
import { containsName } from '#src/text/names.ts';
import { exposureKeyOf } from '../../address-key.ts';
import { answerOver, askOver, workFor, type Ask } from '../asking.ts';
import type { Block } from '../block.ts';
import { FATES } from '../fates.ts';
import type { Decision, SettlingAsks, SettlingTask } from '../messages.ts';
import { BatchTellings } from './batch-tellings.ts';
import { Parts } from './parts.ts';
import { keepLine } from './record.ts';
import { countAll, settle, type Kept, type Settled } from './settle.ts';

// This thread takes what an import lists, settles what it means for each address, and makes the rows: one import after the other.

workFor<SettlingTask, Settled>(async (task, port) => {
  const kept: Kept = {
    parts: new Parts(task.folder),
    tellings: new BatchTellings(),
    folder: task.folder,
  };
  try {
    const someStopped = await keepAll(kept, task);
    return await settleAll(kept, someStopped, task, askOver<SettlingAsks>(port));
  } finally {
    kept.parts.close();
  }
});

/** Until the thread that reads has no more. Returns whether any line says that a copy was stopped. */
function keepAll(kept: Kept, task: SettlingTask): Promise<boolean> {
  let someStopped = false;
  return new Promise((resolve, reject) => {
    answerOver<Block | undefined>(
      task.reading,
      (block) => {
        if (!block) return resolve(someStopped);
        keep(kept, task, block);
        someStopped ||= block.fates.includes(FATES.stopped);
      },
      reject,
    );
  });
}

function keep({ parts, tellings }: Kept, task: SettlingTask, block: Block): void {
  const addresses = block.addresses.split('\n');
  const told = block.kind === 'told';
  for (let index = 0; index < block.lines; index += 1) {
    const address = addresses[index] as EmailAddress;
    const line = {
      batchNo: block.batchNos[index] as number,
      fate: block.fates[index] as number,
      sentAt: block.sentAt[index] as number,
      measures: block.measures.get(index),
      segments: block.segments?.[index] ?? 0,
    };
    if (told && address === '') {
      tellings.tell(line);
      continue;
    }
    const normalised = normalisedAddress(address);
    keepLine(parts, {
      ...line,
      addressKey: exposureKeyOf(task.exposureKey, normalised),
      told,
      containsName: !told && containsName(normalised),
      address: told || !task.dataKey ? undefined : address,
    });
  }
}

async function settleAll(
  kept: Kept,
  someStopped: boolean,
  { dataKey }: SettlingTask,
  ask: Ask<SettlingAsks>,
): Promise<Settled> {
  const told = (phase: 'counting' | 'writing') => (part: number) =>
    void ask({ ask: 'progress', phase, part });
  const counted = someStopped ? countAll(kept, told('counting')) : undefined;
  const { list } = await ask<Decision>({ ask: 'decision' });
  let writing = Promise.resolve();
  const settled = await settle(
    kept,
    counted,
    list && {
      listId: list.id,
      keyVersion: list.keyVersion,
      dataKey,
      segmentIds: list.segmentIds,
    },
    async (table, rows) => {
      await writing;
      // The database takes these while the next are made.
      writing = ask({ ask: 'write', table, rows }, [rows.buffer]);
    },
    list ? told('writing') : told('counting'),
  );
  await writing;
  return settled;
}
