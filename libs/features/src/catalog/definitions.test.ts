import { expect, test } from 'vitest';
import {
  entityByName,
  featureByName,
  featureIndex,
  featureServiceByName,
  featureViewByName,
} from './feature-lookup.js';
import { FEATURE_REPOSITORY } from './feature-repository.js';
import {
  FEATURE_NAMES,
  FRAUD_DETECTION_FEATURES,
  COMPUTED_FEATURES,
  VECTOR_LAYOUT,
} from './fraud-detection-features.js';

test('the service contains the published features in the published order', () => {
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

test('each view owns the slots of its features', () => {
  for (const [view, slots] of Object.entries(VECTOR_LAYOUT)) {
    const own = FRAUD_DETECTION_FEATURES.features.filter((feature) => feature.view === view);

    expect(own.map((feature) => featureIndex(feature.name))).toEqual(
      Array.from({ length: slots.to - slots.from }, (_, i) => slots.from + i),
    );
  }
});

test('views name known entities, and features are in the view they name and have unique names', () => {
  const { entities, views } = FEATURE_REPOSITORY;
  const names = entities.map((entity) => entity.name);
  const features = views.flatMap((view) => view.features.map((feature) => ({ ...feature, in: view.name })));

  expect(views.flatMap((view) => view.entities).every((name) => names.includes(name))).toBe(true);
  expect(features.every((feature) => feature.view === feature.in)).toBe(true);
  expect(new Set(features.map((feature) => feature.name)).size).toBe(features.length);
});

test('services contain features of the views, and the newer one begins with the published 15', () => {
  const { views, services } = FEATURE_REPOSITORY;
  const known = new Set(views.flatMap((view) => view.features));

  expect(services.flatMap((service) => service.features).every((feature) => known.has(feature))).toBe(true);
  expect(featureServiceByName('fraud_detection_features_v2').features.slice(0, 15)).toEqual(
    FRAUD_DETECTION_FEATURES.features,
  );
  expect(COMPUTED_FEATURES.slice(0, 15)).toEqual(FRAUD_DETECTION_FEATURES.features);
});

test('an undefined name is not found, and the error contains the name', () => {
  const missing = expect.objectContaining({ kind: 'not_found', code: 'FEATURE_UNKNOWN', field: 'tx_amuont' });

  expect(() => featureByName('tx_amuont')).toThrow(missing);
  expect(() => featureIndex('tx_amuont')).toThrow(missing);
  expect(() => featureViewByName('x')).toThrow(expect.objectContaining({ code: 'FEATURE_VIEW_UNKNOWN' }));
  expect(() => entityByName('x')).toThrow(expect.objectContaining({ code: 'ENTITY_UNKNOWN' }));
  expect(() => featureServiceByName('x')).toThrow(expect.objectContaining({ code: 'FEATURE_SERVICE_UNKNOWN' }));
});
