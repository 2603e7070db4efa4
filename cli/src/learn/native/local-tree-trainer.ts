import { dirname } from 'node:path';
import { type Environment, loadConfig, setting } from '@fraudflow/config';
import { defaultLibDir, extractXgboostLibrary, layoutOf } from '@fraudflow/local';
import {
  type LabelledMatrix,
  resolveXgboostLibrary,
  type TrainedModel,
  type TrainOptions,
  TreeTrainer,
  XgboostTrainer,
} from '@fraudflow/xgboost';
import { z } from 'zod';
import { loadStackSettings } from '../../program/stack-settings.js';

/** The trainer's setting of the same name. */
const librarySchema = z.object({
  libraryPath: setting.text({
    env: 'FRAUDFLOW_XGBOOST_LIBRARY',
    description: 'Path of the native XGBoost library. Empty: the library that the set-up has extracted.',
    default: '',
  }),
});

/**
 * XGBoost with the library of this installation. The library is extracted from its jar when the first training starts,
 * so that recipes of other learners work without it.
 */
export class LocalTreeTrainer extends TreeTrainer {
  #trainer: XgboostTrainer | undefined;

  constructor(private readonly env: Environment) {
    super();
  }

  override train(train: LabelledMatrix, options: TrainOptions): Promise<TrainedModel> {
    this.#trainer ??= new XgboostTrainer(this.#library());
    return this.#trainer.train(train, options);
  }

  #library(): ReturnType<typeof resolveXgboostLibrary> {
    const { libraryPath } = loadConfig(librarySchema, this.env);
    const { native } = layoutOf(loadStackSettings(this.env).dataDir);
    if (libraryPath === '') extractXgboostLibrary(defaultLibDir(), native);
    return resolveXgboostLibrary({ nativeDir: dirname(native), ...(libraryPath === '' ? {} : { libraryPath }) });
  }
}
