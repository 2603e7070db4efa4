import { choosePort } from '../../system/ports.js';

/** Gives out ports, each once: the usual one where it is free and wanted, else one from the system. */
export class PortPlan {
  private readonly taken = new Set<number>();

  /** @param replaced is called when a usual port is in use and another one is taken instead. */
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
