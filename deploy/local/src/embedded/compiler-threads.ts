import { readdirSync, readFileSync } from 'node:fs';
import { setPriority } from 'node:os';

/** Linux cuts thread names to 15 characters. */
const COMPILER = 'C2 CompilerThre';
const LOW_PRIORITY = 15;

/**
 * Lets the JVM's optimising compiler run only when nobody else wants the processor. In its first minute under load it
 * takes most of a core, which on a small machine every transaction on its way would feel. Linux only; elsewhere, and
 * where it is not allowed, nothing happens.
 */
export function yieldCompilerThreads(pid: number): void {
  try {
    const tasks = `/proc/${pid}/task`;
    for (const thread of readdirSync(tasks)) {
      // On Linux a priority belongs to a thread, and a thread's id is taken where a process id is expected.
      if (readFileSync(`${tasks}/${thread}/comm`, 'utf8').startsWith(COMPILER))
        setPriority(Number(thread), LOW_PRIORITY);
    }
  } catch {
    // A courtesy, not a need: without it the stack is merely slower to warm up.
  }
}
