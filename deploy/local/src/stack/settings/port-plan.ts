import { choosePort } from '../../system/ports.js';

/** Assigns each port once: the default port if it is free and requested, else one that the system chooses. */
export class PortPlan {
  private readonly taken = new Set<number>();

  /** @param replaced called when a default port is in use and another one is assigned */
  constructor(
    private readonly policy: 'default' | 'free',
    private readonly replaced: (usual: number, chosen: number) => void = () => undefined,
  ) {}

  async take(usual: number): Promise<number> {
    const port = await choosePort(this.policy === 'default' ? usual : undefined, this.taken);
    this.taken.add(port);
    if (this.policy === 'default' && port !== usual) this.replaced(usual, port);
    return port;
  }
}
