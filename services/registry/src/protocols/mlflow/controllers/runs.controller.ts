import { Body, Controller, Query } from '@nestjs/common';
import * as schema from '@fraudflow/contracts/mlflow/run';
import { Actor } from '../actor.decorator.js';
import { Call } from '../call.decorator.js';
import { readMessage } from '../message.js';
import { pageMessage, toSearchRequest } from '../search-message.js';
import { runInfoMessage, runMessage } from './run.mapper.js';
import { RunsService } from '../../../runs/runs.service.js';

@Controller('api/2.0/mlflow/runs')
export class RunsController {
  constructor(private readonly runs: RunsService) {}

  @Call('POST', 'create')
  async create(@Body() body: unknown): Promise<object> {
    const message = readMessage(schema.createRun, body);
    const run = await this.runs.create({
      experimentId: message.experiment_id,
      userId: message.user_id,
      runName: message.run_name,
      startedAtMs: message.start_time,
      tags: message.tags,
    });
    return { run: runMessage(run) };
  }

  @Call('GET', 'get')
  async get(@Query() query: unknown): Promise<object> {
    const { run_id } = readMessage(schema.runRef, query);
    return { run: runMessage(await this.runs.get(run_id)) };
  }

  @Call('POST', 'update')
  async update(@Body() body: unknown): Promise<object> {
    const { run_id, status, end_time, run_name } = readMessage(schema.updateRun, body);
    const change = { runId: run_id, status, endedAtMs: end_time, runName: run_name || undefined };
    return { run_info: runInfoMessage(await this.runs.update(change)) };
  }

  @Call('POST', 'delete')
  async delete(@Body() body: unknown, @Actor() actor: string): Promise<object> {
    await this.runs.delete(readMessage(schema.runRef, body).run_id, actor);
    return {};
  }

  @Call('POST', 'restore')
  async restore(@Body() body: unknown, @Actor() actor: string): Promise<object> {
    await this.runs.restore(readMessage(schema.runRef, body).run_id, actor);
    return {};
  }

  @Call('POST', 'search')
  async search(@Body() body: unknown): Promise<object> {
    const message = readMessage(schema.searchRuns, body);
    const page = await this.runs.search(toSearchRequest(message), message.experiment_ids, message.run_view_type);
    return pageMessage('runs', page, runMessage);
  }
}
