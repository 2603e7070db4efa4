import type { SearchPage, SearchQuery } from '../search/search-subject.js';
import type { Tag } from '../validation/keys.js';
import type { Run, RunInfo } from './run.js';

export interface RunRepository {
  insert(info: RunInfo, tags: readonly Tag[]): Promise<void>;
  find(runId: string): Promise<Run | undefined>;
  findInfo(runId: string): Promise<RunInfo | undefined>;
  /** Stores name, status, end time and lifecycle stage. */
  save(info: RunInfo): Promise<void>;
  search(query: SearchQuery): Promise<SearchPage<Run>>;
}
