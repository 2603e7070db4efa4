import type { FastifyReply } from 'fastify';
import type { ArtifactDownload } from '../../../artifacts/artifacts.service.js';
import { contentDispositionOf, contentTypeOf } from '../../../artifacts/content-type.js';

/** Sends the bytes of a file as a download that no browser executes. */
export async function sendArtifact(reply: FastifyReply, download: ArtifactDownload): Promise<void> {
  const { path, sha256, sizeBytes, stream } = download;
  if (sha256 !== undefined) void reply.header('ETag', `"${sha256}"`);
  await reply
    .header('X-Content-Type-Options', 'nosniff')
    .header('Content-Type', contentTypeOf(path))
    .header('Content-Disposition', contentDispositionOf(path))
    .header('Content-Length', sizeBytes)
    .send(stream);
}
