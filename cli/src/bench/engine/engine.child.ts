import { engineFigures, type EngineJob } from './engine-figures.js';

// A process of its own: what the command line has compiled and allocated before does not show.
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
