import { readdirSync, readFileSync } from 'node:fs';
import { setPriority } from 'node:os';

/** Linux truncates thread names to 15 characters. */
const COMPILER = 'C2 CompilerThre';
const LOW_PRIORITY = 15;

/**
 * Gives the threads of the JVM's optimising compiler the lowest priority. In its first minute under load the compiler
 * takes most of a core, which on a small machine delays every in-flight transaction. Linux only; elsewhere, and without
 * permission, nothing changes.
 */
export function yieldCompilerThreads(pid: number): void {
  try {
    const tasks = `/proc/${pid}/task`;
    for (const thread of readdirSync(tasks)) {
      // On Linux a priority belongs to a thread, and the call accepts a thread id as a process id.
      if (readFileSync(`${tasks}/${thread}/comm`, 'utf8').startsWith(COMPILER))
        setPriority(Number(thread), LOW_PRIORITY);
    }
  } catch {
    // Not required: without it the stack only warms up more slowly.
  }
}
