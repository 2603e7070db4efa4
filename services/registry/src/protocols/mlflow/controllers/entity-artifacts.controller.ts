import { addAbortSignal, Readable } from 'node:stream';
import { Controller, Param, Query, Req, Res } from '@nestjs/common';
import * as schema from '@fraudflow/contracts/mlflow/artifact';
import { invalidInput } from '@fraudflow/core';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Actor } from '../actor.decorator.js';
import { Call } from '../call.decorator.js';
import { readMessage } from '../message.js';
import { type ArtifactListing, EntityArtifactsService } from '../../../artifacts/entity-artifacts.service.js';
import { sendArtifact } from './send-artifact.js';

const MAX_UPLOAD_BYTES = 10 * 1024 * 1024;
/**
 * Bytes above the limit that are read and discarded, so that a client that sends slightly too much gets the response.
 */
const MAX_READ_BYTES = 64 * 1024 * 1024;
const UPLOAD_TIMEOUT_MS = 60_000;

/** Artifacts addressed by run, logged model or version: the calls of MLflow's browser interface. */
@Controller()
export class EntityArtifactsController {
  constructor(private readonly artifacts: EntityArtifactsService) {}

  @Call('GET', 'api/2.0/mlflow/artifacts/list')
  async list(@Query() query: unknown): Promise<object> {
    const { run_id, path } = readMessage(schema.listOfRun, query);
    return listingMessage(await this.artifacts.listOfRun(run_id, path));
  }

  @Call('GET', 'get-artifact')
  async get(@Query() query: unknown, @Res() reply: FastifyReply): Promise<void> {
    const { run_id, path } = readMessage(schema.fileOfRun, query);
    await sendArtifact(reply, await this.artifacts.openOfRun(run_id, path));
  }

  @Call('GET', 'model-versions/get-artifact')
  async getOfVersion(@Query() query: unknown, @Res() reply: FastifyReply): Promise<void> {
    const { name, version, path } = readMessage(schema.fileOfVersion, query);
    await sendArtifact(reply, await this.artifacts.openOfVersion(name, version, path));
  }

  @Call('GET', 'api/2.0/mlflow/logged-models/:modelId/artifacts/directories')
  async listOfModel(@Param('modelId') modelId: string, @Query() query: unknown): Promise<object> {
    const { artifact_directory_path } = readMessage(schema.listOfModel, query);
    return listingMessage(await this.artifacts.listOfLoggedModel(modelId, artifact_directory_path));
  }

  @Call('GET', 'api/2.0/mlflow/logged-models/:modelId/artifacts/files')
  async getOfModel(
    @Param('modelId') modelId: string,
    @Query() query: unknown,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const { artifact_file_path } = readMessage(schema.fileOfModel, query);
    await sendArtifact(reply, await this.artifacts.openOfLoggedModel(modelId, artifact_file_path));
  }

  @Call('POST', 'api/2.0/mlflow/upload-artifact')
  async upload(@Query() query: unknown, @Req() request: FastifyRequest, @Actor() actor: string): Promise<object> {
    const { run_id, path } = readMessage(schema.uploadQuery, query);
    if (run_id === '') throw invalidInput('Request must specify run_uuid.');
    if (path === '') throw invalidInput('Request must specify path.');
    const content = request.body instanceof Readable ? request.body : Readable.from([]);
    await this.artifacts.upload(run_id, path, () => readUpload(content), actor);
    return {};
  }
}

function listingMessage({ rootUri, files }: ArtifactListing): object {
  return {
    root_uri: rootUri,
    files: files.map(({ path, isFolder, sizeBytes }) => ({ path, is_dir: isFolder, file_size: sizeBytes })),
  };
}

async function readUpload(content: Readable): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  addAbortSignal(AbortSignal.timeout(UPLOAD_TIMEOUT_MS), content);
  for await (const chunk of content as AsyncIterable<Buffer>) {
    sizeBytes += chunk.length;
    if (sizeBytes <= MAX_UPLOAD_BYTES) chunks.push(chunk);
    if (sizeBytes > MAX_READ_BYTES) break;
  }
  if (sizeBytes > MAX_UPLOAD_BYTES) throw invalidInput('Artifact size is too large. Max size is 10MB.');
  if (sizeBytes === 0) throw invalidInput('Request must specify data.');
  return Buffer.concat(chunks);
}
