import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { digests } from '#tests/text/normalisation.ts';
import type { BenchOptions } from './run.ts';
import { say, table, type Row } from './support/figures.ts';
import { inFolder, Missing, run } from './support/tools.ts';

/** The first of the 22s knows the oldest Unicode of them all. The project's own, 24, is `process.execPath`. */
const VERSIONS = ['22.0.0', '22', '26'];
const PROGRAM = fileURLToPath(new URL('support/normalising.ts', import.meta.url));
const ESBUILD = fileURLToPath(new URL('../node_modules/.bin/esbuild', import.meta.url));
/** What one version has to say of 1,100,000 characters takes ten seconds. */
const TIMEOUT_MS = 120_000;

type Told = { node: string; unicode: string; digests: Record<string, string> };

/** The n1 form of the corpus, of 10,000 generated addresses and of every character, under Node 22, 24 and 26. */
export async function measure(_: BenchOptions): Promise<void> {
  if (process.platform !== 'linux')
    throw new Missing('The packages with other versions of Node are for Linux.');
  await inFolder(async (folder) => {
    const program = join(folder, 'normalising.mjs');
    // The oldest of them reads no TypeScript.
    await run(ESBUILD, [
      '--bundle',
      '--platform=node',
      '--format=esm',
      `--outfile=${program}`,
      '--banner:js=' + REQUIRE,
      PROGRAM,
    ]);
    const own = await told(process.execPath, program);
    const rows = [rowOf(own, { ...own.digests, ...digests })];
    for (const version of VERSIONS) {
      const node = await fetchNode(folder, version);
      rows.push(
        node
          ? rowOf(await told(node, program), own.digests)
          : { node: version, unicode: 'npm does not have it' },
      );
    }
    say(table(rows));
    say(
      '\nTo reach: the same everywhere. The digests that are expected stand in tests/text/normalisation.ts.',
    );
  });
}

/** The library is CommonJS. */
const REQUIRE =
  "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);";

async function told(node: string, program: string): Promise<Told> {
  const { stdout } = await run(node, [program], { timeout: TIMEOUT_MS });
  return JSON.parse(stdout) as Told;
}

function rowOf({ node, unicode, digests: said }: Told, expected: Readonly<Record<string, string>>): Row {
  const same = Object.entries(said).map(([name, digest]) => [
    name,
    digest === expected[name] ? 'the same' : 'DIFFERENT',
  ]);
  return { node, unicode, ...Object.fromEntries(same) };
}

/** The program of the newest version that fits, from the packages that bring the project its own; undefined when there is none. */
async function fetchNode(folder: string, version: string): Promise<string | undefined> {
  const place = join(folder, `node-${version}`);
  await mkdir(place);
  const name = `node-linux-${process.arch}@${version}`;
  try {
    const { stdout } = await run('npm', ['pack', '--silent', name], { cwd: place, maxBuffer: 1 << 24 });
    // One line for each version that fits, the newest last.
    const [packed = ''] = stdout.trim().split('\n').slice(-1);
    await run('tar', ['xzf', packed, 'package/bin/node'], { cwd: place });
    return join(place, 'package/bin/node');
  } catch {
    return undefined;
  }
}
