import { Body, Controller, Query } from '@nestjs/common';
import * as schema from '@fraudflow/contracts/mlflow/model-version';
import { Actor } from '../actor.decorator.js';
import { Call } from '../call.decorator.js';
import { readMessage } from '../message.js';
import { pageMessage, toSearchRequest } from '../search-message.js';
import { modelVersionMessage } from '../../../models/model.mapper.js';
import { ModelVersionsService } from '../../../models/model-versions.service.js';
import { StagesService } from '../../../models/stages.service.js';

@Controller('api/2.0/mlflow/model-versions')
export class ModelVersionsController {
  constructor(
    private readonly versions: ModelVersionsService,
    private readonly stages: StagesService,
  ) {}

  @Call('POST', 'create')
  async create(@Body() body: unknown, @Actor() actor: string): Promise<object> {
    const { run_id, model_id, run_link, ...rest } = readMessage(schema.createModelVersion, body);
    const draft = { ...rest, runId: run_id || undefined, modelId: model_id || undefined, runLink: run_link };
    return { model_version: modelVersionMessage(await this.versions.create(draft, actor)) };
  }

  @Call('GET', 'get')
  async get(@Query() query: unknown): Promise<object> {
    const { name, version } = readMessage(schema.versionRef, query);
    return { model_version: modelVersionMessage(await this.versions.get(name, version)) };
  }

  @Call('GET', 'get-download-uri')
  async downloadUri(@Query() query: unknown): Promise<object> {
    const { name, version } = readMessage(schema.versionRef, query);
    return { artifact_uri: (await this.versions.get(name, version)).storageLocation };
  }

  @Call('PATCH', 'update')
  async update(@Body() body: unknown, @Actor() actor: string): Promise<object> {
    const { name, version, description } = readMessage(schema.describeVersion, body);
    return {
      model_version: modelVersionMessage(await this.versions.describe(name, version, description, actor)),
    };
  }

  @Call('POST', 'transition-stage')
  async transition(@Body() body: unknown, @Actor() actor: string): Promise<object> {
    const message = readMessage(schema.transitionStage, body);
    const { name, version, stage, archive_existing_versions, expected_current_version: expected } = message;
    const request = {
      name,
      version,
      stage,
      archiveExisting: archive_existing_versions,
      ...(expected === undefined ? {} : { expectedVersion: expected }),
    };
    return { model_version: modelVersionMessage(await this.stages.transition(request, actor)) };
  }

  @Call('DELETE', 'delete')
  async delete(@Body() body: unknown, @Actor() actor: string): Promise<object> {
    const { name, version } = readMessage(schema.versionRef, body);
    await this.versions.delete(name, version, actor);
    return {};
  }

  @Call('GET', 'search')
  async search(@Query() query: unknown): Promise<object> {
    const message = readMessage(schema.searchVersions, query);
    return pageMessage('model_versions', await this.versions.search(toSearchRequest(message)), modelVersionMessage);
  }

  @Call('POST', 'set-tag')
  async setTag(@Body() body: unknown, @Actor() actor: string): Promise<object> {
    const { name, version, key, value } = readMessage(schema.setVersionTag, body);
    await this.versions.setTag(name, version, { key, value }, actor);
    return {};
  }

  @Call('DELETE', 'delete-tag')
  async deleteTag(@Body() body: unknown, @Actor() actor: string): Promise<object> {
    const { name, version, key } = readMessage(schema.deleteVersionTag, body);
    await this.versions.deleteTag(name, version, key, actor);
    return {};
  }
}
