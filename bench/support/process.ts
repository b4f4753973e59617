import { readFile } from 'node:fs/promises';

/** Of `/proc`, in hundredths of a second: what Linux counts in wherever it runs. */
const TICK_MS = 10;

/** The processor time a process has had so far, in all its threads. */
export async function cpuMs(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  // The program's name may have spaces in it; what follows it has none.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
}

/** What a process holds in memory, in megabytes (10⁶ bytes). */
export async function residentMb(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return (Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1] ?? 0) * 1024) / 1e6;
}
