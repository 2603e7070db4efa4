import { expect, test } from 'vitest';
import { ENTITIES, FEATURE_VIEWS } from './definitions.js';
import {
  FEATURE_NAMES,
  featureByName,
  featureIndex,
  featureServiceByName,
  FRAUD_DETECTION_FEATURES,
  VECTOR_LAYOUT,
} from './fraud-detection-features.js';

test('the service holds the published features in the published order', () => {
  expect(FEATURE_NAMES).toEqual([
    'tx_amount',
    'tx_during_weekend',
    'tx_during_night',
    'customer_id_nb_tx_1day_window',
    'customer_id_avg_amount_1day_window',
    'customer_id_nb_tx_7day_window',
    'customer_id_avg_amount_7day_window',
    'customer_id_nb_tx_30day_window',
    'customer_id_avg_amount_30day_window',
    'terminal_id_nb_tx_1day_window',
    'terminal_id_risk_1day_window',
    'terminal_id_nb_tx_7day_window',
    'terminal_id_risk_7day_window',
    'terminal_id_nb_tx_30day_window',
    'terminal_id_risk_30day_window',
  ]);
  expect(featureServiceByName('fraud_detection_features').version).toBe(1);
});

test('each view owns the slots its features have', () => {
  for (const [view, slots] of Object.entries(VECTOR_LAYOUT)) {
    const own = FRAUD_DETECTION_FEATURES.features.filter((feature) => feature.view === view);

    expect(own.map((feature) => featureIndex(feature.name))).toEqual(
      Array.from({ length: slots.to - slots.from }, (_, i) => slots.from + i),
    );
  }
});

test('views name known entities, features name known views', () => {
  const entities = ENTITIES.map((entity) => entity.name);
  const views = FEATURE_VIEWS.map((view) => view.name);

  expect(FEATURE_VIEWS.flatMap((view) => view.entities).every((name) => entities.includes(name))).toBe(true);
  expect(FRAUD_DETECTION_FEATURES.features.every((feature) => views.includes(feature.view))).toBe(true);
});

test('a name nobody defined is not found, by its name', () => {
  const missing = expect.objectContaining({ kind: 'not_found', code: 'FEATURE_UNKNOWN', field: 'tx_amuont' });

  expect(() => featureByName('tx_amuont')).toThrow(missing);
  expect(() => featureIndex('tx_amuont')).toThrow(missing);
  expect(() => featureServiceByName('x')).toThrow(expect.objectContaining({ code: 'FEATURE_SERVICE_UNKNOWN' }));
});
