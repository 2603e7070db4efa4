import { Body, Controller, Query } from '@nestjs/common';
import { latestVersions } from '@fraudflow/contracts/mlflow/model-version';
import * as schema from '@fraudflow/contracts/mlflow/registered-model';
import { Actor } from '../actor.decorator.js';
import { Call } from '../call.decorator.js';
import { readMessage } from '../message.js';
import { pageMessage, toSearchRequest } from '../search-message.js';
import { modelVersionMessage, registeredModelMessage } from '../../../models/model.mapper.js';
import { StagesService } from '../../../models/stages.service.js';
import { AliasesService } from '../../../models/aliases.service.js';
import { RegisteredModelsService } from '../../../models/registered-models.service.js';

@Controller('api/2.0/mlflow/registered-models')
export class RegisteredModelsController {
  constructor(
    private readonly models: RegisteredModelsService,
    private readonly aliases: AliasesService,
    private readonly stages: StagesService,
  ) {}

  @Call('POST', 'create')
  async create(@Body() body: unknown, @Actor() actor: string): Promise<object> {
    const draft = readMessage(schema.createModel, body);
    return { registered_model: registeredModelMessage(await this.models.create(draft, actor)) };
  }

  @Call('GET', 'get')
  async get(@Query() query: unknown): Promise<object> {
    const { name } = readMessage(schema.modelRef, query);
    return { registered_model: registeredModelMessage(await this.models.get(name)) };
  }

  @Call('PATCH', 'update')
  async update(@Body() body: unknown, @Actor() actor: string): Promise<object> {
    const { name, description } = readMessage(schema.describeModel, body);
    return { registered_model: registeredModelMessage(await this.models.describe(name, description, actor)) };
  }

  @Call('POST', 'rename')
  async rename(@Body() body: unknown, @Actor() actor: string): Promise<object> {
    const { name, new_name } = readMessage(schema.renameModel, body);
    return { registered_model: registeredModelMessage(await this.models.rename(name, new_name, actor)) };
  }

  @Call('DELETE', 'delete')
  async delete(@Body() body: unknown, @Actor() actor: string): Promise<object> {
    await this.models.delete(readMessage(schema.modelRef, body).name, actor);
    return {};
  }

  @Call('GET', 'search')
  async search(@Query() query: unknown): Promise<object> {
    const message = readMessage(schema.searchModels, query);
    const page = await this.models.search(toSearchRequest(message));
    return pageMessage('registered_models', page, registeredModelMessage);
  }

  @Call('GET', 'get-latest-versions')
  latestByQuery(@Query() query: unknown): Promise<object> {
    return this.latest(query);
  }

  @Call('POST', 'get-latest-versions')
  async latest(@Body() body: unknown): Promise<object> {
    const { name, stages } = readMessage(latestVersions, body);
    return { model_versions: (await this.stages.latest(name, stages)).map(modelVersionMessage) };
  }

  @Call('POST', 'set-tag')
  async setTag(@Body() body: unknown, @Actor() actor: string): Promise<object> {
    const { name, key, value } = readMessage(schema.setModelTag, body);
    await this.models.setTag(name, { key, value }, actor);
    return {};
  }

  @Call('DELETE', 'delete-tag')
  async deleteTag(@Body() body: unknown, @Actor() actor: string): Promise<object> {
    const { name, key } = readMessage(schema.deleteModelTag, body);
    await this.models.deleteTag(name, key, actor);
    return {};
  }

  @Call('POST', 'alias')
  async setAlias(@Body() body: unknown, @Actor() actor: string): Promise<object> {
    const { name, alias, version } = readMessage(schema.setAlias, body);
    await this.aliases.set(name, alias, version, actor);
    return {};
  }

  @Call('DELETE', 'alias')
  async deleteAlias(@Body() body: unknown, @Actor() actor: string): Promise<object> {
    const { name, alias } = readMessage(schema.aliasRef, body);
    await this.aliases.delete(name, alias, actor);
    return {};
  }

  @Call('GET', 'alias')
  async getAlias(@Query() query: unknown): Promise<object> {
    const { name, alias } = readMessage(schema.aliasRef, query);
    return { model_version: modelVersionMessage(await this.aliases.resolve(name, alias)) };
  }
}
