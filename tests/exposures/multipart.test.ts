import { describe, expect, test } from 'vitest';
import { MultipartError, readMultipart, type MultipartFile } from '#src/http/multipart.ts';

const BOUNDARY = 'x-boundary';
const field = (name: string, value: string) =>
  `--${BOUNDARY}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`;
const file = (name: string, filename: string, content: string) =>
  `--${BOUNDARY}\r\nContent-Disposition: form-data; name="${name}"; filename="${filename}"\r\nContent-Type: text/csv\r\n\r\n${content}\r\n`;
const END = `--${BOUNDARY}--\r\n`;

type Sent = { request: Request; taken(): number };

/** A form that is sent piece by piece; `taken` is how many pieces have been asked for. */
function sent(text: string, options: { piece?: number; tornAt?: number; type?: string } = {}): Sent {
  const { piece = 1000, tornAt = Infinity, type = `multipart/form-data; boundary=${BOUNDARY}` } = options;
  let taken = 0;
  const body = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        const at = taken * piece;
        taken += 1;
        if (at >= tornAt) controller.error(new Error('ECONNRESET'));
        else if (at >= text.length) controller.close();
        else controller.enqueue(Buffer.from(text.slice(at, at + piece)));
      },
    },
    { highWaterMark: 0 },
  );
  const init = { method: 'POST', headers: { 'Content-Type': type }, body, duplex: 'half' };
  return { request: new Request('http://localhost/', init as RequestInit), taken: () => taken };
}

async function textOf({ bytes }: MultipartFile): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of bytes) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

describe('A form with files', () => {
  test('gives its fields first and then its files, one after the other', async () => {
    const text =
      field('incident', 'leak') +
      field('note', 'käse') +
      file('delivery', '', '') +
      file('mailing', 'a.csv', 'A'.repeat(5000)) +
      file('mailing', 'b.csv', 'B') +
      END;
    const form = await readMultipart(sent(text, { piece: 7 }).request);
    expect([...form.fields]).toEqual([
      ['incident', 'leak'],
      ['note', 'käse'],
    ]);
    const files: string[] = [];
    for await (const each of form.files)
      files.push(`${each.field} ${each.name} ${(await textOf(each)).length}`);
    expect(files).toEqual(['mailing a.csv 5000', 'mailing b.csv 1']);
    await form.drain();
  });

  test('waits while nobody reads: a file is never held in memory', async () => {
    const { request, taken } = sent(file('mailing', 'a.csv', 'x'.repeat(5_000_000)) + END, { piece: 10_000 });
    const form = await readMultipart(request);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(taken()).toBeLessThan(50);
    await form.drain();
    expect(taken()).toBeGreaterThan(500);
  });

  test('is read to its end when its reader has given up in the middle', async () => {
    const form = await readMultipart(
      sent(file('mailing', 'a.csv', 'x'.repeat(1_000_000)) + file('mailing', 'b.csv', 'y') + END).request,
    );
    for await (const each of form.files) {
      for await (const _ of each.bytes) break;
      break;
    }
    await form.drain();
  });

  test('without files has none', async () => {
    const form = await readMultipart(sent(field('a', 'b') + END).request);
    for await (const _ of form.files) throw new Error('there is no file');
    await form.drain();
  });

  test.each([
    ['the connection breaks', { tornAt: 3000 }, file('mailing', 'a.csv', 'x'.repeat(9000)) + END],
    ['the end is missing', {}, file('mailing', 'a.csv', 'x'.repeat(9000))],
  ])('fails for whoever reads the file when %s', async (_, options, text) => {
    const form = await readMultipart(sent(text, options).request);
    const read = async () => {
      for await (const each of form.files) await textOf(each);
    };
    await expect(read()).rejects.toThrow(MultipartError);
    await form.drain();
  });

  test('is refused when it is none, or has too many parts', async () => {
    await expect(
      readMultipart(sent('a=b', { type: 'application/x-www-form-urlencoded' }).request),
    ).rejects.toThrow(MultipartError);
    const many = await readMultipart(sent(file('mailing', 'a.csv', 'x').repeat(60) + END).request);
    const read = async () => {
      for await (const each of many.files) await textOf(each);
    };
    await expect(read()).rejects.toThrow('too many parts');
    await many.drain();
    await expect(readMultipart(sent(field('a', 'b').repeat(30) + END).request)).rejects.toThrow(
      'too many parts',
    );
  });
});
