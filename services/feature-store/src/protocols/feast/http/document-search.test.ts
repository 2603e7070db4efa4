import fastify, { type FastifyInstance } from 'fastify';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { FeastHttpParts, feastHttpPlugin } from './feast-http.plugin.js';
import { aServingFixture } from '../../../../test/serving-fixture.js';

let http: FastifyInstance;

beforeEach(async () => {
  http = fastify();
  await http.register(feastHttpPlugin(aServingFixture(100).get(FeastHttpParts)));
});

afterEach(() => http.close());

const post = async (url: string, payload: object) => {
  const { statusCode, payload: text } = await http.inject({ method: 'POST', url, payload });
  return { status: statusCode, text };
};

test.each(['/search', '/retrieve-online-documents'])('%s is refused for views without vectors', async (url) => {
  const features = ['customer:customer_id_nb_tx_1day_window'];
  const { status, text } = await post(url, { features, query: [0.1, 0.2], top_k: 3 });

  expect(status).toBe(422);
  expect(JSON.parse(JSON.parse(text) as string)).toMatchObject({
    class: 'FeastError',
    message: 'No feature with a vector index in customer',
  });
});

test('a search in an unknown object is refused with its name', async () => {
  const { status, text } = await post('/search', { feature_service: 'nope', query: [1], top_k: 1 });

  expect(status).toBe(404);
  expect(JSON.parse(JSON.parse(text) as string)).toMatchObject({ class: 'FeatureServiceNotFoundException' });
});

test('there are no vector stores', async () => {
  const list = await http.inject({ method: 'GET', url: '/v1/vector_stores' });
  const one = await http.inject({ method: 'GET', url: '/v1/vector_stores/vs_1' });
  const search = await post('/v1/vector_stores/vs_1/search', { query: 'card' });

  expect(list.json()).toEqual({ object: 'list', data: [], first_id: null, last_id: null, has_more: false });
  expect([one.statusCode, search.status]).toEqual([404, 404]);
  expect(one.json()).toEqual({ error: { message: "No vector store 'vs_1'", type: 'invalid_request_error' } });
});
