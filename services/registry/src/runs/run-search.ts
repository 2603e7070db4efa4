import {
  by,
  LISTABLE_TEXT_FIELD,
  NULLABLE_TEXT_FIELD,
  NUMBER_FIELD,
  type SearchSubject,
  TEXT_FIELD,
} from '../search/search-subject.js';

export const runSearch: SearchSubject = {
  name: 'run',
  attributes: {
    run_id: LISTABLE_TEXT_FIELD,
    run_name: TEXT_FIELD,
    user_id: TEXT_FIELD,
    status: TEXT_FIELD,
    artifact_uri: TEXT_FIELD,
    start_time: NUMBER_FIELD,
    end_time: NUMBER_FIELD,
  },
  aliases: {
    created: 'start_time',
    Created: 'start_time',
    'run name': 'run_name',
    'Run name': 'run_name',
    'Run Name': 'run_name',
    'run id': 'run_id',
  },
  collections: {
    metric: NUMBER_FIELD,
    param: NULLABLE_TEXT_FIELD,
    tag: NULLABLE_TEXT_FIELD,
    dataset: LISTABLE_TEXT_FIELD,
  },
  orderAttributes: ['run_id', 'run_name', 'user_id', 'status', 'artifact_uri', 'start_time', 'end_time'],
  orderCollections: ['metric', 'param', 'tag'],
  defaultOrder: [by('start_time', false)],
  tieBreak: [by('start_time', false), by('run_id', true)],
};
