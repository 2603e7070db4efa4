import type { FastifyInstance, FastifyReply } from 'fastify';

const PATH = '/v1/vector_stores';
const NO_STORES = { object: 'list', data: [], first_id: null, last_id: null, has_more: false };

/** Feast lists views with vectors as OpenAI's vector stores; this server has none. Errors have the form of that API. */
export function addVectorStores(fastify: FastifyInstance): void {
  fastify.get(PATH, () => NO_STORES);
  fastify.get<Params>(`${PATH}/:id`, ({ params }, reply) => notFound(params.id, reply));
  fastify.post<Params>(`${PATH}/:id/search`, ({ params }, reply) => notFound(params.id, reply));
}

interface Params {
  readonly Params: { readonly id: string };
}

function notFound(id: string, reply: FastifyReply): FastifyReply {
  const error = { message: `No vector store '${id}'`, type: 'invalid_request_error' };
  return reply.status(404).send({ error });
}
