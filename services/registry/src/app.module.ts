import { type DynamicModule, Module } from '@nestjs/common';
import { HealthRegistry, Registry } from '@fraudflow/observability';
import { ArtifactLedger } from './artifacts/artifact-ledger.port.js';
import { ArtifactStore } from './artifacts/artifact-store.port.js';
import { ArtifactsController } from './artifacts/artifacts.controller.js';
import { ArtifactsService } from './artifacts/artifacts.service.js';
import { EntityArtifactsController } from './artifacts/entity-artifacts.controller.js';
import { EntityArtifactsService } from './artifacts/entity-artifacts.service.js';
import { RegistryEvents } from './events.js';
import { ExperimentsController } from './experiments/experiments.controller.js';
import { ExperimentsService } from './experiments/experiments.service.js';
import { LoggedModelsController } from './logged-models/logged-models.controller.js';
import { LoggedModelsService } from './logged-models/logged-models.service.js';
import { ModelVersionsController } from './models/model-versions.controller.js';
import { ModelVersionsService } from './models/model-versions.service.js';
import { StagesService } from './models/stages.service.js';
import { AliasesService } from './models/aliases.service.js';
import { RegisteredModelsController } from './models/registered-models.controller.js';
import { RegisteredModelsService } from './models/registered-models.service.js';
import { MetricHistoryController } from './runs/metric-history.controller.js';
import { MetricHistoryService } from './runs/metric-history.service.js';
import { RunLoggingController } from './runs/run-logging.controller.js';
import { RunLoggingService } from './runs/run-logging.service.js';
import { RunsController } from './runs/runs.controller.js';
import { RunsService } from './runs/runs.service.js';
import { RegistryClock } from './storage/registry-clock.js';
import { RegistryStore } from './storage/registry-store.port.js';
import { SystemController } from './system/system.controller.js';

/** Everything the registry takes from outside: each port with what stands behind it. */
export interface RegistryParts {
  readonly store: RegistryStore;
  readonly artifactStore: ArtifactStore;
  readonly artifactLedger: ArtifactLedger;
  readonly clock: RegistryClock;
  readonly events: RegistryEvents;
  readonly health: HealthRegistry;
  readonly metrics: Registry;
}

@Module({})
export class AppModule {
  static over(parts: RegistryParts): DynamicModule {
    return {
      module: AppModule,
      controllers: [
        SystemController,
        ExperimentsController,
        RunsController,
        RunLoggingController,
        MetricHistoryController,
        LoggedModelsController,
        RegisteredModelsController,
        ModelVersionsController,
        ArtifactsController,
        EntityArtifactsController,
      ],
      providers: [
        ExperimentsService,
        RunsService,
        RunLoggingService,
        MetricHistoryService,
        LoggedModelsService,
        RegisteredModelsService,
        AliasesService,
        ModelVersionsService,
        StagesService,
        ArtifactsService,
        EntityArtifactsService,
        { provide: RegistryStore, useValue: parts.store },
        { provide: ArtifactStore, useValue: parts.artifactStore },
        { provide: ArtifactLedger, useValue: parts.artifactLedger },
        { provide: RegistryClock, useValue: parts.clock },
        { provide: RegistryEvents, useValue: parts.events },
        { provide: HealthRegistry, useValue: parts.health },
        { provide: Registry, useValue: parts.metrics },
      ],
    };
  }
}
