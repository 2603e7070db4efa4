import { Body, Controller, Query } from '@nestjs/common';
import * as schema from '@fraudflow/contracts/mlflow/experiment';
import { Actor } from '../actor.decorator.js';
import { Call } from '../call.decorator.js';
import { readMessage } from '../message.js';
import { pageMessage, toSearchRequest } from '../search-message.js';
import { experimentMessage } from '../../../experiments/experiment.mapper.js';
import { ExperimentsService } from '../../../experiments/experiments.service.js';

@Controller('api/2.0/mlflow/experiments')
export class ExperimentsController {
  constructor(private readonly experiments: ExperimentsService) {}

  @Call('POST', 'create')
  async create(@Body() body: unknown, @Actor() actor: string): Promise<object> {
    const { name, artifact_location, tags } = readMessage(schema.createExperiment, body);
    const artifactLocation = artifact_location === '' ? undefined : artifact_location;
    return { experiment_id: await this.experiments.create({ name, artifactLocation, tags }, actor) };
  }

  @Call('GET', 'get')
  async get(@Query() query: unknown): Promise<object> {
    const { experiment_id } = readMessage(schema.experimentRef, query);
    return { experiment: experimentMessage(await this.experiments.get(experiment_id)) };
  }

  @Call('GET', 'get-by-name')
  async getByName(@Query() query: unknown): Promise<object> {
    const { experiment_name } = readMessage(schema.experimentByName, query);
    return { experiment: experimentMessage(await this.experiments.getByName(experiment_name)) };
  }

  @Call('GET', 'search')
  searchByQuery(@Query() query: unknown): Promise<object> {
    return this.search(query);
  }

  @Call('POST', 'search')
  async search(@Body() body: unknown): Promise<object> {
    const message = readMessage(schema.searchExperiments, body);
    const page = await this.experiments.search(toSearchRequest(message), message.view_type);
    return pageMessage('experiments', page, experimentMessage);
  }

  @Call('POST', 'update')
  async update(@Body() body: unknown, @Actor() actor: string): Promise<object> {
    const { experiment_id, new_name } = readMessage(schema.updateExperiment, body);
    await this.experiments.rename(experiment_id, new_name, actor);
    return {};
  }

  @Call('POST', 'delete')
  async delete(@Body() body: unknown, @Actor() actor: string): Promise<object> {
    await this.experiments.delete(readMessage(schema.experimentRef, body).experiment_id, actor);
    return {};
  }

  @Call('POST', 'restore')
  async restore(@Body() body: unknown, @Actor() actor: string): Promise<object> {
    await this.experiments.restore(readMessage(schema.experimentRef, body).experiment_id, actor);
    return {};
  }

  @Call('POST', 'set-experiment-tag')
  async setTag(@Body() body: unknown): Promise<object> {
    const { experiment_id, key, value } = readMessage(schema.experimentTag, body);
    await this.experiments.setTag(experiment_id, { key, value });
    return {};
  }

  @Call('POST', 'delete-experiment-tag')
  async deleteTag(@Body() body: unknown): Promise<object> {
    const { experiment_id, key } = readMessage(schema.experimentTagRef, body);
    await this.experiments.deleteTag(experiment_id, key);
    return {};
  }
}
