import { by, NULLABLE_TEXT_FIELD, NUMBER_FIELD, type SearchSubject, TEXT_FIELD } from '../search/search-subject.js';

export const experimentSearch: SearchSubject = {
  name: 'experiment',
  attributes: { name: TEXT_FIELD, creation_time: NUMBER_FIELD, last_update_time: NUMBER_FIELD },
  aliases: {},
  collections: { tag: NULLABLE_TEXT_FIELD },
  orderAttributes: ['name', 'experiment_id', 'creation_time', 'last_update_time'],
  orderCollections: [],
  defaultOrder: [by('creation_time', false)],
  tieBreak: [by('experiment_id', false)],
};
