import { program, run } from './tools.ts';

export type Load = {
  requestsPerSecond: number;
  requests: number;
  p50Ms: number;
  p99Ms: number;
  slowestMs: number;
  /** Answers that were none: not 2xx or 3xx, or a broken connection. */
  failed: number;
};

export type LoadOptions = {
  seconds: number;
  connections?: number;
  headers?: Readonly<Record<string, string>>;
};

/** One thread, asking for an address as fast as it is answered. @throws Missing */
export async function load(
  url: string,
  { seconds, connections = 32, headers = {} }: LoadOptions,
): Promise<Load> {
  const wrk = await program('wrk', 'wrk');
  const given = Object.entries(headers).flatMap(([name, value]) => ['-H', `${name}: ${value}`]);
  const size = ['-t1', `-c${connections}`, `-d${seconds}s`, '--latency', '--timeout', '10s'];
  const { stdout } = await run(wrk, [...size, ...given, url]);
  return readLoad(stdout);
}

function readLoad(printed: string): Load {
  const find = (pattern: RegExp) => pattern.exec(printed)?.[1] ?? '0';
  const socketErrors =
    /Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)/.exec(printed)?.slice(1) ?? [];
  const slowest = /Latency\s+\S+\s+\S+\s+(\S+)/.exec(printed)?.[1] ?? '0ms';
  return {
    requestsPerSecond: Number(find(/Requests\/sec:\s+([\d.]+)/)),
    requests: Number(find(/(\d+) requests in/)),
    p50Ms: milliseconds(find(/50%\s+(\S+)/)),
    p99Ms: milliseconds(find(/99%\s+(\S+)/)),
    slowestMs: milliseconds(slowest),
    failed:
      Number(find(/Non-2xx or 3xx responses: (\d+)/)) +
      socketErrors.reduce((sum, count) => sum + Number(count), 0),
  };
}

function milliseconds(text: string): number {
  const [, number = '0', unit = 'ms'] = /^([\d.]+)(us|ms|s|m)?$/.exec(text) ?? [];
  return Number(number) * ({ us: 0.001, ms: 1, s: 1000, m: 60_000 }[unit] ?? 1);
}
