// Reads what the runs left behind and says what ran where, what was skipped and what failed. Exit code 1 if anything
// failed, if a result is missing, or if a test was skipped that is not listed with a reason in allowed-skips.json.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';

const [folder, main, ...smokes] = process.argv.slice(2);
const allowed = JSON.parse(readFileSync(new URL('allowed-skips.json', import.meta.url), 'utf8'));
const LINES_OF_A_MESSAGE = 40;
const CHARACTERS_OF_A_LINE = 400;
const totals = { passed: 0, failed: 0, skipped: 0 };

for (const major of [main, ...smokes]) {
  addTests(major, major === main);
  if (major !== main) addDemo(major);
}
process.stdout.write(`left out: the long runs (./fraudflow test --full) and the benchmarks (./fraudflow bench)\n`);
process.stdout.write(`${totals.passed} passed, ${totals.failed} failed, ${totals.skipped} skipped\n`);
process.exitCode = totals.failed === 0 ? 0 : 1;

/**
 * Adds the tests of one run. A run without results, without a passed test or with an unexplained exit code counts as a
 * failure.
 */
function addTests(major, isWhole) {
  const exit = read(`${major}.exit`);
  const report = read(`${major}.json`);
  if (report === '' || exit === '')
    return fail(major, 'left no results: the set-up, the build or the test runner failed');
  const { testResults = [] } = JSON.parse(report);
  const tests = testResults.flatMap((file) => file.assertionResults.map((test) => ({ ...test, file: file.name })));
  const failed = tests.filter(({ status }) => status === 'failed');
  // A failed hook or import fails the file, not a test.
  const brokenFiles = testResults.filter(
    (file) => file.status === 'failed' && !file.assertionResults.some(({ status }) => status === 'failed'),
  );
  const passed = tests.filter(({ status }) => status === 'passed').length;
  const skipped = tests.filter(({ status }) => status !== 'passed' && status !== 'failed');
  totals.passed += passed;
  totals.skipped += skipped.length;
  for (const { file, fullName, failureMessages } of failed)
    fail(major, `failed: ${relative(file)} > ${fullName}`, failureMessages);
  for (const { name, message } of brokenFiles) fail(major, `failed outside a test: ${relative(name)}`, [message]);
  for (const { file, fullName } of skipped) judgeSkip({ major, isWhole, file: relative(file), fullName });
  if (passed === 0) fail(major, 'no test passed');
  if (exit !== 'exit code 0' && failed.length + brokenFiles.length === 0) fail(major, `the tests ended with ${exit}`);
  process.stdout.write(
    `Node ${major}: ${passed} passed, ${failed.length + brokenFiles.length} failed, ${skipped.length} skipped\n`,
  );
}

function judgeSkip({ major, isWhole, file, fullName }) {
  const reason = allowed.find((entry) => file.startsWith(entry.file) && (!isWhole || entry.always))?.reason;
  process.stdout.write(`Node ${major}: skipped: ${file} > ${fullName}: ${reason ?? 'NOT ALLOWED'}\n`);
  if (reason === undefined) fail(major, `skipped without an entry in .ci/allowed-skips.json: ${file} > ${fullName}`);
}

function addDemo(major) {
  const exit = read(`${major}.demo.exit`);
  if (exit !== 'exit code 0' || read(`${major}.demo.json`) === '')
    return fail(major, `the demo ended with ${exit || 'no result'}`);
  totals.passed++;
  process.stdout.write(`Node ${major}: the demo passed\n`);
}

/** Counts a failure and prints it with the start of each message, so that the last lines of the output explain it. */
function fail(major, what, messages = []) {
  totals.failed++;
  process.stdout.write(`Node ${major}: ${what}\n`);
  for (const message of messages) {
    const lines = (message ?? '').split('\n').slice(0, LINES_OF_A_MESSAGE);
    process.stdout.write(lines.map((line) => `    ${line.slice(0, CHARACTERS_OF_A_LINE)}\n`).join(''));
  }
}

function read(name) {
  const path = join(folder, name);
  return existsSync(path) ? readFileSync(path, 'utf8').trim() : '';
}

function relative(file) {
  return file.replace(/^.*?\/(?=(?:libs|services|bench|cli|deploy|test)\/)/, '');
}
