// A load, shared out among threads.

import type { BenchPlan } from "./plan.js";

/**
 * What each thread does: as many connections as the others, give or take one, and of the rate and the messages what falls to
 * its connections. The shares add up to the whole.
 */
export function shareOut(plan: BenchPlan): BenchPlan[] {
  const { threads, connections, rate, messages } = plan;
  return Array.from({ length: threads }, (_, i) => {
    const first = Math.floor((connections * i) / threads);
    const next = Math.floor((connections * (i + 1)) / threads);
    const upTo = (count: number, total: number): number => Math.floor((total * count) / connections);
    return {
      ...plan,
      connections: next - first,
      rate: rate === undefined ? undefined : (rate * (next - first)) / connections,
      messages: messages === undefined ? undefined : upTo(next, messages) - upTo(first, messages),
    };
  });
}
