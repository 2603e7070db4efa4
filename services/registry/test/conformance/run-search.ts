import { beforeEach, describe, expect, test } from 'vitest';
import type { TestRegistry } from './a-registry.js';
import { point } from './expectations.js';

export function describeRunSearch(given: () => TestRegistry): void {
  describe('searching runs', () => {
    beforeEach(() => fiveRuns(given()));
    describeFilters(given);
    describePages(given);
  });
}

/** Runs a to e, newest last: their losses are 3, NaN, 1, 2 and none, and e has no depth. */
async function fiveRuns({ logging, aRun }: TestRegistry): Promise<void> {
  const values: readonly [string, number | undefined][] = [
    ['a', 3],
    ['b', NaN],
    ['c', 1],
    ['d', 2],
    ['e', undefined],
  ];
  for (const [runName, value] of values) {
    const runId = await aRun(runName, [{ key: 'team x', value: runName === 'a' ? 'Fraud%' : 'risk' }]);
    if (value !== undefined) await logging.logMetric(runId, point('loss', value));
    if (runName !== 'e') await logging.logParam(runId, { key: 'depth', value: runName });
    const dataset = { name: `set-${runName}`, digest: 'd', sourceType: 's', source: '{}' };
    await logging.logInputs(runId, [{ dataset, tags: [{ key: 'mlflow.data.context', value: 'train' }] }], []);
  }
}

function describeFilters(given: () => TestRegistry): void {
  const search = async (filter: string, orderBy: string[] = []): Promise<string[]> => {
    const page = await given().runs.search({ filter, orderBy, maxResults: 100 }, ['0'], 'ACTIVE_ONLY');
    return page.items.map(({ info }) => info.runName);
  };

  test('without an order the newest run is first', async () => {
    expect(await search('')).toEqual(['e', 'd', 'c', 'b', 'a']);
  });

  test('in ascending and descending order, values precede NaN, and NaN precedes absent values', async () => {
    expect(await search('', ['metrics.loss ASC'])).toEqual(['c', 'd', 'a', 'b', 'e']);
    expect(await search('', ['metrics.loss DESC'])).toEqual(['a', 'd', 'c', 'b', 'e']);
    expect(await search('', ['params.depth DESC'])).toEqual(['d', 'c', 'b', 'a', 'e']);
  });

  test('NaN satisfies no comparison', async () => {
    expect(await search('metrics.loss > -1')).toEqual(['d', 'c', 'a']);
    expect(await search('metrics.loss != 2')).toEqual(['c', 'a']);
    expect(await search('metrics.loss >= 1.5 AND metrics.loss < 3')).toEqual(['d']);
  });

  test('an absent param satisfies only IS NULL', async () => {
    expect(await search("params.depth != 'a'")).toEqual(['d', 'c', 'b']);
    expect(await search('params.depth IS NULL')).toEqual(['e']);
    expect(await search('params.depth IS NOT NULL')).toEqual(['d', 'c', 'b', 'a']);
  });

  test('LIKE is case-sensitive, ILIKE is not, and a backslash is not an escape character', async () => {
    expect(await search("tags.`team x` LIKE 'fraud%'")).toEqual([]);
    expect(await search("tags.`team x` ILIKE 'fraud%'")).toEqual(['a']);
    expect(await search(String.raw`tags."team x" LIKE 'Fraud\%'`)).toEqual([]);
    expect(await search("tags.`team x` LIKE 'r_sk'")).toEqual(['e', 'd', 'c', 'b']);
  });

  test('data sets are searched by name, digest and context', async () => {
    expect(await search("datasets.name IN ('set-a', 'set-c') AND dataset.context = 'train'")).toEqual(['c', 'a']);
    expect(await search("dataset.digest = 'x'")).toEqual([]);
  });
}

function describePages(given: () => TestRegistry): void {
  test('a search without experiments finds no runs', async () => {
    const page = await given().runs.search({ maxResults: 10 }, [], 'ALL');

    expect(page.items).toEqual([]);
  });

  test('pages neither overlap nor leave gaps', async () => {
    const names: string[] = [];
    let pageToken: string | undefined;
    do {
      const page = await given().runs.search({ maxResults: 2, pageToken }, ['0'], 'ALL');
      names.push(...page.items.map(({ info }) => info.runName));
      pageToken = page.nextPageToken;
    } while (pageToken !== undefined);

    expect(names).toEqual(['e', 'd', 'c', 'b', 'a']);
  });

  test.each([
    [[]],
    [['metrics.loss ASC']],
    [['metrics.loss DESC']],
    [['params.depth DESC']],
    [['params.depth']],
    [['end_time', 'run_name DESC']],
    [['end_time DESC']],
    [['tags.`team x`', 'metrics.loss DESC', 'attributes.run_name']],
  ])('pages in the order %j contain the same runs as a single page', async (orderBy) => {
    const { runs } = given();
    const ids = async (maxResults: number): Promise<string[]> =>
      (await allPages(given(), { maxResults, orderBy })).flat();
    const [first] = (await runs.search({ maxResults: 1 }, ['0'], 'ALL')).items;
    await runs.update({ runId: first?.info.runId ?? '', endedAtMs: 9 });

    const whole = await ids(100);

    expect(whole).toHaveLength(5);
    expect(await ids(1)).toEqual(whole);
    expect(await ids(2)).toEqual(whole);
  });

  test('during insertions and deletions, every unchanged run is returned exactly once', async () => {
    const { aRun, runs } = given();
    const before = (await allPages(given(), { maxResults: 100 })).flat();
    const seen: string[] = [];
    let pageToken: string | undefined;
    do {
      const page = await runs.search({ maxResults: 2, pageToken }, ['0'], 'ACTIVE_ONLY');
      seen.push(...page.items.map(({ info }) => info.runName));
      const last = page.items.at(-1);
      if (last) await runs.delete(last.info.runId, 'ann');
      await aRun('new');
      await aRun('newer');
      pageToken = page.nextPageToken;
    } while (pageToken !== undefined);

    expect(seen).toEqual(before);
  });
}

/** The names of the runs on each page. */
async function allPages(
  { runs }: TestRegistry,
  request: { readonly maxResults: number; readonly orderBy?: string[] },
): Promise<string[][]> {
  const pages: string[][] = [];
  let pageToken: string | undefined;
  do {
    const page = await runs.search({ ...request, pageToken }, ['0'], 'ALL');
    pages.push(page.items.map(({ info }) => info.runName));
    pageToken = page.nextPageToken;
  } while (pageToken !== undefined);
  return pages;
}
