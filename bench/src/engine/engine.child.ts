import { engineFigures, type EngineJob } from './engine-figures.js';

// A separate process, so that earlier compilation and allocation of the command line have no effect.
process.once('message', (job: EngineJob) => {
  const figures = engineFigures(job, {
    nowUs: () => performance.now() * 1e3,
    cpuUs: () => {
      const { user, system } = process.cpuUsage();
      return user + system;
    },
  });
  process.send?.(figures, () => process.disconnect());
});
