import { by, type SearchSubject, TEXT_FIELD } from '../search/search-subject.js';

export const registeredModelSearch: SearchSubject = {
  name: 'registered model',
  attributes: { name: TEXT_FIELD },
  aliases: { timestamp: 'last_updated_timestamp' },
  collections: { tag: TEXT_FIELD },
  orderAttributes: ['name', 'creation_timestamp', 'last_updated_timestamp'],
  orderCollections: [],
  defaultOrder: [by('name', true)],
  tieBreak: [by('name', true)],
};
