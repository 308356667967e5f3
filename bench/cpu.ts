// What benchmarks measure with: processor time, which a busy neighbour disturbs less than the wall's.

/** CPU seconds of this process, all its threads, while an action runs. */
export async function cpuSeconds(action: () => void | Promise<void>): Promise<number> {
  const before = process.cpuUsage();
  await action();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
}

/** The middle value; the upper of the two middle ones for an even number. */
export const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1]!;
