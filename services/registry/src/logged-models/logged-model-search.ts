import { by, LISTABLE_TEXT_FIELD, NUMBER_FIELD, type SearchSubject, TEXT_FIELD } from '../search/search-subject.js';

const ATTRIBUTES = ['name', 'model_id', 'model_type', 'status', 'source_run_id'];
const TIMES = ['creation_timestamp', 'last_updated_timestamp'];

export const loggedModelSearch: SearchSubject = {
  name: 'logged model',
  attributes: {
    ...Object.fromEntries(ATTRIBUTES.map((key) => [key, LISTABLE_TEXT_FIELD])),
    ...Object.fromEntries(TIMES.map((key) => [key, NUMBER_FIELD])),
  },
  aliases: {
    creation_time: 'creation_timestamp',
    creation_timestamp_ms: 'creation_timestamp',
    last_updated_time: 'last_updated_timestamp',
    last_updated_timestamp_ms: 'last_updated_timestamp',
  },
  collections: { metric: NUMBER_FIELD, param: TEXT_FIELD, tag: TEXT_FIELD },
  orderAttributes: [...ATTRIBUTES, ...TIMES],
  orderCollections: ['metric', 'param', 'tag'],
  defaultOrder: [by('creation_timestamp', false)],
  tieBreak: [by('creation_timestamp', false), by('model_id', true)],
};
