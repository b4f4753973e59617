import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import PostalMime from 'postal-mime';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { folderMailer } from '#src/mail/folder.ts';
import { OneRecipientError } from '#src/mail/one-recipient.ts';
import { outboxFault } from '#src/mail/outbox.ts';
import { address, someMessage, someMessages } from './messages.ts';

let root: string;
let outboxDir: string;
const patience = () => AbortSignal.timeout(10_000);

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'outbox-'));
  outboxDir = join(root, 'data', 'outbox');
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function files(): string[] {
  return readdirSync(outboxDir).sort();
}

describe('one message', () => {
  it('becomes one file that only this user can read', async () => {
    const result = await folderMailer({ outboxDir }).send(someMessage(), patience());
    expect(result).toEqual({
      state: 'accepted',
      providerIds: [expect.stringMatching(/^folder-[0-9a-f]{32}$/)],
    });
    expect(files()).toHaveLength(1);
    expect(statSync(outboxDir).mode & 0o777).toBe(0o700);
    expect(statSync(join(outboxDir, files()[0]!)).mode & 0o777).toBe(0o600);
  });

  it('reads as it was written', async () => {
    const message = someMessage({
      from: 'Börse, Inc. <notices@mail.example.com>',
      subject: 'Was am 1. November geschah – und was nicht',
      text: 'Grüße\nund mehr',
      html: '<p>Grüße</p>',
      headers: { 'List-Unsubscribe': `<https://status.example.com/u/${'T'.repeat(90)}>` },
    });
    await folderMailer({ outboxDir, now: () => new Date('2019-11-01T06:00:00Z') }).send(message, patience());
    const read = await PostalMime.parse(readFileSync(join(outboxDir, files()[0]!)));
    expect(read).toMatchObject({
      from: { name: 'Börse, Inc.', address: 'notices@mail.example.com' },
      to: [{ name: '', address: 'ada@example.com' }],
      subject: message.subject,
      date: '2019-11-01T06:00:00.000Z',
      messageId: expect.stringMatching(/^<[0-9a-f]{32}@mail\.example\.com>$/),
    });
    expect(read.text?.trim()).toBe('Grüße\nund mehr');
    expect(read.html?.trim()).toBe('<p>Grüße</p>');
    const unsubscribe = read.headers.find(({ key }) => key === 'list-unsubscribe');
    expect(unsubscribe?.value).toBe(message.headers['List-Unsubscribe']);
  });

  it('shows no address in the name of its file', async () => {
    await folderMailer({ outboxDir }).send(
      someMessage({ idempotencyKey: 'for-ada@example.com' }),
      patience(),
    );
    expect(files()).toEqual([expect.stringMatching(/^[0-9a-f]{32}\.eml$/)]);
  });

  it('leaves one file when it comes again later, with the first date, and is accepted under the same id', async () => {
    const first = await folderMailer({ outboxDir, now: () => new Date(1_000_000) }).send(
      someMessage(),
      patience(),
    );
    const bytes = readFileSync(join(outboxDir, files()[0]!));
    const again = await folderMailer({ outboxDir, now: () => new Date(9_000_000) }).send(
      someMessage(),
      patience(),
    );
    expect(again).toEqual(first);
    expect(files()).toHaveLength(1);
    expect(readFileSync(join(outboxDir, files()[0]!))).toEqual(bytes);
  });

  it('is unknown when other content went out under its key, and the first stands', async () => {
    const mailer = folderMailer({ outboxDir });
    await mailer.send(someMessage(), patience());
    const result = await mailer.send(someMessage({ to: address('bob@example.com') }), patience());
    expect(result.state).toBe('unknown');
    expect(files()).toHaveLength(1);
    expect(readFileSync(join(outboxDir, files()[0]!), 'utf8')).toContain('To: ada@example.com');
  });

  it('is not written when it breaks the rule', async () => {
    const sent = folderMailer({ outboxDir }).send(
      someMessage({ subject: 'a\r\nBcc: b@example.com' }),
      patience(),
    );
    await expect(sent).rejects.toThrow(OneRecipientError);
    expect(() => files()).toThrow();
  });

  it('is not written after the time limit', async () => {
    const result = await folderMailer({ outboxDir }).send(someMessage(), AbortSignal.abort());
    expect(result.state).toBe('again');
    expect(files()).toEqual([]);
  });
});

describe('a batch', () => {
  const batch = (count: number) => ({ messages: someMessages(count), idempotencyKey: 'bc/1/1/0' });

  it('becomes a file per message, with the ids in the order given', async () => {
    const mailer = folderMailer({ outboxDir });
    const result = await mailer.sendBatch(batch(100), patience());
    if (result.state !== 'accepted') throw new Error(result.state);
    expect(files()).toHaveLength(100);
    expect(new Set(result.providerIds).size).toBe(100);
    const seventh = readFileSync(
      join(outboxDir, `${result.providerIds[7]!.replace('folder-', '')}.eml`),
      'utf8',
    );
    expect(seventh).toContain('To: person-7@example.com');
  });

  it('leaves the same files when it comes again', async () => {
    const mailer = folderMailer({ outboxDir });
    const first = await mailer.sendBatch(batch(20), patience());
    expect(await mailer.sendBatch(batch(20), patience())).toEqual(first);
    expect(files()).toHaveLength(20);
  });

  it('is completed when a part of it was written before the process died', async () => {
    const mailer = folderMailer({ outboxDir });
    await mailer.sendBatch(batch(20), patience());
    for (const name of files().slice(0, 9)) rmSync(join(outboxDir, name));
    expect((await mailer.sendBatch(batch(20), patience())).state).toBe('accepted');
    expect(files()).toHaveLength(20);
  });

  it('is written whole or not at all', async () => {
    const mailer = folderMailer({ outboxDir });
    const [last] = someMessages(10).slice(-1);
    await mailer.send({ ...last!, subject: 'Something else' }, patience());
    expect((await mailer.sendBatch(batch(10), patience())).state).toBe('unknown');
    expect(files()).toHaveLength(1);
  });
});

describe('trouble with the folder', () => {
  it('clears away what a killed process left, and leaves what may be in the making', async () => {
    mkdirSync(outboxDir, { recursive: true });
    writeFileSync(join(outboxDir, '.old.part'), 'To: ada@example.com');
    utimesSync(join(outboxDir, '.old.part'), 1, 1);
    writeFileSync(join(outboxDir, '.young.part'), 'To: ada@example.com');
    await folderMailer({ outboxDir }).send(someMessage(), patience());
    expect(files()).toEqual(['.young.part', expect.stringMatching(/\.eml$/)]);
  });

  it('says what to do when a file stands where the folder should be, and goes on when it is gone', async () => {
    mkdirSync(join(root, 'data'));
    writeFileSync(outboxDir, '');
    const mailer = folderMailer({ outboxDir });
    expect(await mailer.send(someMessage(), patience())).toEqual({
      state: 'again',
      reason: expect.stringMatching(/a file stands where a folder is needed. Move it, or set OUTBOX_DIR/),
    });
    rmSync(outboxDir);
    expect((await mailer.send(someMessage(), patience())).state).toBe('accepted');
  });

  it('comes back when the folder is taken away while it runs', async () => {
    const mailer = folderMailer({ outboxDir });
    await mailer.send(someMessage(), patience());
    rmSync(outboxDir, { recursive: true });
    expect((await mailer.send(someMessage(), patience())).state).toBe('again');
    expect((await mailer.send(someMessage(), patience())).state).toBe('accepted');
  });

  it('names a full disk, a missing right and anything else, with the way out', () => {
    const fault = (code: string) => outboxFault(Object.assign(new Error(), { code, errno: -1 }), '/o');
    expect(fault('ENOSPC')).toBe(
      'The disk that holds the outbox folder /o is full. Free some space: sending goes on by itself.',
    );
    expect(fault('EROFS')).toContain('Give the user that runs Forthright the right to write there');
    expect(fault('EIO')).toContain('(EIO)');
  });

  it('does not take a fault of the program for trouble with the disk', () => {
    expect(outboxFault(new TypeError('x'), '/o')).toBeUndefined();
    expect(outboxFault(Object.assign(new Error(), { code: 'ERR_INVALID_ARG_TYPE' }), '/o')).toBeUndefined();
  });
});
