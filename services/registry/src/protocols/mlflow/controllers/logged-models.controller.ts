import { Body, Controller, Param, Query } from '@nestjs/common';
import * as schema from '@fraudflow/contracts/mlflow/logged-model';
import { Actor } from '../actor.decorator.js';
import { Call } from '../call.decorator.js';
import { readMessage } from '../message.js';
import { pageMessage } from '../search-message.js';
import { readOrdering } from '../../../search/order-parser.js';
import type { Ordering } from '../../../search/search-subject.js';
import { loggedModelSearch } from '../../../logged-models/logged-model-search.js';
import { loggedModelMessage } from '../../../logged-models/logged-model.mapper.js';
import { LoggedModelsService } from '../../../logged-models/logged-models.service.js';

@Controller('api/2.0/mlflow/logged-models')
export class LoggedModelsController {
  constructor(private readonly models: LoggedModelsService) {}

  @Call('POST')
  async create(@Body() body: unknown): Promise<object> {
    const message = readMessage(schema.createLoggedModel, body);
    const model = await this.models.create({
      experimentId: message.experiment_id,
      name: message.name,
      modelType: message.model_type,
      sourceRunId: message.source_run_id || undefined,
      params: message.params,
      tags: message.tags,
    });
    return { model: loggedModelMessage(model) };
  }

  @Call('POST', 'search')
  async search(@Body() body: unknown): Promise<object> {
    const message = readMessage(schema.searchLoggedModels, body);
    const request = {
      filter: message.filter,
      orderings: message.order_by.map(toOrdering),
      datasets: message.datasets.map(({ dataset_name, dataset_digest }) => ({
        name: dataset_name,
        digest: dataset_digest,
      })),
      pageToken: message.page_token,
      maxResults: message.max_results,
    };
    const page = await this.models.search(request, message.experiment_ids);
    return pageMessage('models', page, loggedModelMessage);
  }

  @Call('GET', ':modelId')
  async get(@Param('modelId') modelId: string, @Query() query: unknown): Promise<object> {
    const { allow_deleted } = readMessage(schema.getLoggedModel, query);
    return { model: loggedModelMessage(await this.models.get(modelId, allow_deleted)) };
  }

  @Call('PATCH', ':modelId')
  async finish(@Param('modelId') modelId: string, @Body() body: unknown): Promise<object> {
    const { status } = readMessage(schema.finishLoggedModel, body);
    return { model: loggedModelMessage(await this.models.finish(modelId, status)) };
  }

  @Call('DELETE', ':modelId')
  async delete(@Param('modelId') modelId: string, @Actor() actor: string): Promise<object> {
    await this.models.delete(modelId, actor);
    return {};
  }

  @Call('PATCH', ':modelId/tags')
  async setTags(@Param('modelId') modelId: string, @Body() body: unknown): Promise<object> {
    const { tags } = readMessage(schema.loggedModelTags, body);
    return { model: loggedModelMessage(await this.models.setTags(modelId, tags)) };
  }

  @Call('DELETE', ':modelId/tags/:key')
  async deleteTag(@Param('modelId') modelId: string, @Param('key') key: string): Promise<object> {
    await this.models.deleteTag(modelId, key);
    return {};
  }

  @Call('POST', ':modelId/params')
  async addParams(@Param('modelId') modelId: string, @Body() body: unknown): Promise<object> {
    await this.models.addParams(modelId, readMessage(schema.loggedModelParams, body).params);
    return {};
  }
}

type OrderMessage = ReturnType<typeof schema.searchLoggedModels.parse>['order_by'][number];

function toOrdering(message: OrderMessage): Ordering {
  const ordering = { ...readOrdering(message.field_name, loggedModelSearch), ascending: message.ascending };
  if (message.dataset_name === undefined) return ordering;
  return { ...ordering, datasets: [{ name: message.dataset_name, digest: message.dataset_digest }] };
}
