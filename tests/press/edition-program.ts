import { writeEdition } from '#src/press/disk.ts';

/** Writes one edition after the other until it is killed. */
const [folder = ''] = process.argv.slice(2);
process.stdout.write('writing\n');
for (let number = 0; ; number += 1) {
  const bytes = Buffer.alloc(200_000, `${number} `);
  const entry = { type: 'text/html', headers: {}, bytes, asset: false };
  await writeEdition(folder, {
    language: 'en',
    entries: Array.from({ length: 20 }, (_, index) => ({ ...entry, path: `/notices/n${index}` })),
  });
}
