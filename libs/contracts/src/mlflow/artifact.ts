import { z } from 'zod';
import { requiredEntityId, requiredText, responseNumber, text } from './fields.js';
import { versionNumber } from './model-version.js';

export const listArtifacts = z.object({ path: text.default('') });
export const listOfRun = z.object({ run_id: requiredEntityId, path: text.default('') });
export const fileOfRun = z.object({ run_id: requiredEntityId, path: requiredText });
export const fileOfVersion = z.object({ name: requiredText, version: versionNumber, path: requiredText });
export const listOfModel = z.object({ artifact_directory_path: text.default('') });
export const fileOfModel = z.object({ artifact_file_path: requiredText });
/** The handler reports absent parameters with separate messages. */
export const uploadQuery = z.object({ run_id: text.default(''), path: text.default('') });

/** A file or folder in a listing. */
export const artifactFileSchema = z.object({
  path: z.string(),
  is_dir: z.boolean().default(false),
  /** Bytes; absent for a folder. */
  file_size: responseNumber.default(0),
});

/** A file or folder as a server sends it. */
export type ArtifactFileMessage = z.input<typeof artifactFileSchema>;
