import { machine, say } from './support/figures.ts';
import { Missing } from './support/tools.ts';

/** Seconds of each measurement; fewer give a first impression. */
export type BenchOptions = { seconds: number };
type Bench = { about: string; load: () => Promise<{ measure(options: BenchOptions): Promise<void> }> };

const benches: Readonly<Record<string, Bench>> = {
  pages: {
    about: 'the home page under load, beside nginx with the same bytes',
    load: () => import('./pages.ts'),
  },
  publish: {
    about: 'from a commit to its bytes being served, in two processes',
    load: () => import('./publish.ts'),
  },
  weight: {
    about: 'bytes and requests of every public page in a browser',
    load: () => import('./weight.ts'),
  },
  lighthouse: {
    about: "Lighthouse's scores of the pages that matter most",
    load: () => import('./lighthouse.ts'),
  },
  search: { about: 'how long a search takes, on both databases', load: () => import('./search.ts') },
  start: { about: 'from the start of a process to its first byte', load: () => import('./start.ts') },
  import: {
    about: 'a leaked mailing of a million addresses, beside COPY alone',
    load: () => import('./import.ts'),
  },
  answer: {
    about: 'the signed-in exposure page over 10 million rows, exposed beside not',
    load: () => import('./answer.ts'),
  },
  timing: {
    about: 'how long it takes to ask for a mail, for addresses known and unknown',
    load: () => import('./timing.ts'),
  },
  normalisation: {
    about: 'the keyed form of every address under Node 22, 24 and 26',
    load: () => import('./normalisation.ts'),
  },
  memory: { about: 'memory at rest, and after a million page views', load: () => import('./memory.ts') },
};

const usage = `npm run bench                  all of them, one after another
npm run bench -- NAME …        only these
npm run bench -- --seconds 3   shorter measurements (10 unless told)

${Object.entries(benches)
  .map(([name, { about }]) => `  ${name.padEnd(15)}${about}`)
  .join('\n')}

They need a build (npm run build) and, on Debian: apt-get install wrk nginx-light postgresql`;

/** Prints figures and the targets beside them. A figure is never a failure; only a measurement that breaks is. */
async function main(args: readonly string[]): Promise<void> {
  const { names, seconds, help } = read(args);
  if (help) return say(usage);
  const unknown = names.filter((name) => !(name in benches));
  if (unknown.length > 0 || !Number.isFinite(seconds) || seconds < 1) {
    say(
      unknown.length > 0
        ? `There is no bench called ${unknown.join(' or ')}.\n\n${usage}`
        : `--seconds takes a number from 1.\n\n${usage}`,
    );
    process.exitCode = 1;
    return;
  }
  say(`${new Date().toISOString().slice(0, 10)}, ${machine()}`);
  for (const name of names.length > 0 ? names : Object.keys(benches)) await measure(name, seconds);
}

async function measure(name: string, seconds: number): Promise<void> {
  const bench = benches[name];
  if (!bench) return;
  say(`\n## ${name}: ${bench.about}\n`);
  try {
    await (await bench.load()).measure({ seconds });
  } catch (error) {
    if (!(error instanceof Missing)) throw error;
    say(`Not measured: ${error.message}`);
  }
}

function read(args: readonly string[]): { names: string[]; seconds: number; help: boolean } {
  const names: string[] = [];
  let seconds = 10;
  let help = false;
  for (let index = 0; index < args.length; index += 1) {
    const arg = args[index] ?? '';
    if (arg === '--help' || arg === '-h') help = true;
    else if (arg === '--seconds') seconds = Number(args[(index += 1)]);
    else names.push(arg);
  }
  return { names, seconds, help };
}

await main(process.argv.slice(2));
