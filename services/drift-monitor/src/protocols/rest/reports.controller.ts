import type { DriftVerdictEvent } from '@fraudflow/contracts';
import { invalidInput } from '@fraudflow/core';
import { Controller, Get, Query } from '@nestjs/common';
import { type MonitorStatus, ReportsService } from '../../reports/reports.service.js';

const DEFAULT_LIMIT = 50;
const MAX_LIMIT = 500;

/** REST endpoints for operators and the live view. */
@Controller('v1')
export class ReportsController {
  constructor(private readonly reports: ReportsService) {}

  /** The newest verdicts first, in the format of the topic `drift.verdicts`. */
  @Get('verdicts')
  verdicts(@Query('limit') limit?: string): { verdicts: readonly DriftVerdictEvent[] } {
    return { verdicts: this.reports.verdicts(parseLimit(limit)) };
  }

  @Get('status')
  status(): MonitorStatus {
    return this.reports.status();
  }
}

function parseLimit(text: string | undefined): number {
  if (text === undefined) return DEFAULT_LIMIT;
  const limit = Number(text);
  if (text !== '' && Number.isInteger(limit) && limit >= 1 && limit <= MAX_LIMIT) return limit;
  throw invalidInput(`limit must be a whole number from 1 to ${MAX_LIMIT}`, { field: 'limit' });
}
