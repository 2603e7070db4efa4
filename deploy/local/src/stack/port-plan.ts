import { choosePort } from '../system/ports.js';

/** Gives out ports, each once: the usual one where it is free and wanted, else one from the system. */
export class PortPlan {
  private readonly taken = new Set<number>();

  constructor(private readonly policy: 'default' | 'free') {}

  async take(usual: number): Promise<number> {
    const port = await choosePort(this.policy === 'default' ? usual : undefined, this.taken);
    this.taken.add(port);
    return port;
  }
}
