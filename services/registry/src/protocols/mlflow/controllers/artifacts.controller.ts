import { Readable } from 'node:stream';
import { Controller, Query, Req, Res } from '@nestjs/common';
import { listArtifacts } from '@fraudflow/contracts/mlflow/artifact';
import { AppError } from '@fraudflow/core';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Actor } from '../actor.decorator.js';
import { Call } from '../call.decorator.js';
import { readMessage } from '../message.js';
import { ARTIFACT_FILES_PATH } from '../../../uploads/artifact-routes.js';
import { ArtifactsService } from '../../../artifacts/artifacts.service.js';
import { sendArtifact } from './send-artifact.js';

/** MLflow's artifact proxy: raw bytes in and out, streamed. */
@Controller('api/2.0/mlflow-artifacts')
export class ArtifactsController {
  constructor(private readonly artifacts: ArtifactsService) {}

  @Call('GET', 'artifacts')
  async list(@Query() query: unknown): Promise<object> {
    // The path is a query value here and already decoded. It is encoded again, so that it passes the checks of a path
    // in a URL.
    const { path } = readMessage(listArtifacts, query);
    const entries = await this.artifacts.list(encodeURIComponent(path));
    const files = entries.map(({ name, isFolder, sizeBytes }) => ({
      path: name,
      is_dir: isFolder,
      file_size: sizeBytes,
    }));
    return { files };
  }

  @Call('PUT', 'artifacts/*')
  async upload(@Req() request: FastifyRequest, @Actor() actor: string): Promise<object> {
    const content = request.body instanceof Readable ? request.body : Readable.from([]);
    await this.artifacts.upload(encodedPathOf(request), content, actor);
    return {};
  }

  @Call('GET', 'artifacts/*')
  async download(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    await sendArtifact(reply, await this.artifacts.download(encodedPathOf(request)));
  }

  @Call('DELETE', 'artifacts/*')
  async remove(@Req() request: FastifyRequest, @Actor() actor: string): Promise<object> {
    await this.artifacts.remove(encodedPathOf(request), actor);
    return {};
  }

  @Call('POST', 'mpu/*')
  multipart(): never {
    // The client falls back to a plain PUT only if the text begins like this.
    throw notImplemented('Multipart upload is not supported for the current artifact repository');
  }

  @Call('GET', 'presigned/*')
  presigned(): never {
    throw notImplemented('Presigned download is not supported for the current artifact repository');
  }
}

/**
 * The path as the client encoded it: the router's own parameter is decoded already and would hide a double encoding.
 */
function encodedPathOf(request: FastifyRequest): string {
  const [path = ''] = request.url.split('?', 1);
  return path.slice(ARTIFACT_FILES_PATH.length + 1);
}

function notImplemented(message: string): AppError {
  return new AppError('failed_precondition', message, { code: 'NOT_IMPLEMENTED' });
}
