import { by, LISTABLE_TEXT_FIELD, NUMBER_FIELD, type SearchSubject, TEXT_FIELD } from '../search/search-subject.js';

export const modelVersionSearch: SearchSubject = {
  name: 'model version',
  attributes: {
    name: TEXT_FIELD,
    version_number: NUMBER_FIELD,
    run_id: LISTABLE_TEXT_FIELD,
    source_path: TEXT_FIELD,
  },
  aliases: { timestamp: 'last_updated_timestamp' },
  collections: { tag: TEXT_FIELD },
  orderAttributes: ['name', 'version_number', 'creation_timestamp', 'last_updated_timestamp'],
  orderCollections: [],
  defaultOrder: [by('last_updated_timestamp', false)],
  tieBreak: [by('name', true), by('version_number', false)],
};
