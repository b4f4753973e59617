import { parentPort, workerData, type MessagePort } from 'node:worker_threads';
import { normalisedAddress, type EmailAddress } from '#src/text/email-address.ts';
import { containsName } from '#src/text/names.ts';
import { exposureKeyOf } from '../../address-key.ts';
import { answerOver, askOver, endWith, failedWith } from '../asking.ts';
import type { Block } from '../block.ts';
import { FATES } from '../fates.ts';
import type { Decision, SettlingAsks, SettlingTask } from '../messages.ts';
import { BatchTellings } from './batch-tellings.ts';
import { Parts } from './parts.ts';
import { keepLine } from './record.ts';
import { countAll, settle, type Settled } from './settle.ts';

// This thread takes what one import lists, settles what it means for each address, and makes the rows; then it ends.

const port = parentPort as MessagePort;
const task = workerData as SettlingTask;
const ask = askOver<SettlingAsks>(port);
const parts = new Parts(task.folder);
const tellings = new BatchTellings();
let someStopped = false;

const everything = new Promise<void>((resolve) => {
  answerOver<Block | undefined>(
    task.reading,
    (block) => (block ? keep(block) : resolve()),
    (error) => port.postMessage(failedWith(error)),
  );
});

await endWith(port, async (): Promise<Settled> => {
  try {
    await everything;
    return await settleAll();
  } finally {
    parts.close();
  }
});
port.close();

function keep(block: Block): void {
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
    someStopped ||= line.fate === FATES.stopped;
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

async function settleAll(): Promise<Settled> {
  const kept = { parts, tellings, folder: task.folder };
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
      dataKey: task.dataKey,
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
