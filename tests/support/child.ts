import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

export type Child = {
  /** What it has printed so far, by line. */
  lines: string[];
  /** Waits until it prints such a line. */
  says(line: RegExp): Promise<string>;
  /** Waits until it has ended; its exit code, or the signal's name. */
  ended: Promise<number | string>;
  /** Sends it a line. */
  tell(line: string): void;
  signal(name: NodeJS.Signals): void;
  kill(): Promise<void>;
};

/** Starts one of our programs in a process of its own, behind a `ulimit` or two. */
export function startChild(program: string, args: readonly string[], limits = ''): Child {
  const command = `${limits && `${limits} && `}exec "$@"`;
  const child = spawn('sh', ['-c', command, 'sh', process.execPath, program, ...args], { stdio: 'pipe' });
  child.stderr.pipe(process.stderr);
  return follow(child);
}

function follow(child: ChildProcessWithoutNullStreams): Child {
  const lines: string[] = [];
  const reader = createInterface({ input: child.stdout });
  reader.on('line', (line) => lines.push(line));
  const ended = Promise.all([once(child, 'exit'), once(reader, 'close')]).then(
    ([[code, signal]]) => (code ?? signal) as number | string,
  );
  return {
    lines,
    ended,
    async says(line) {
      const deadline = performance.now() + 20_000;
      while (performance.now() < deadline) {
        const said = lines.find((candidate) => line.test(candidate));
        if (said !== undefined) return said;
        await Promise.race([
          once(reader, 'line'),
          ended,
          new Promise((resolve) => setTimeout(resolve, 1_000)),
        ]);
        if (child.exitCode !== null && !lines.some((candidate) => line.test(candidate))) break;
      }
      throw new Error(`The process did not say ${line}. It said:\n${lines.join('\n')}`);
    },
    tell: (line) => void child.stdin.write(`${line}\n`),
    signal: (name) => void child.kill(name),
    async kill() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}
