import type { Abstract, FactoryProvider, Type } from '@nestjs/common';

/** Returns what is injected by a class. */
export type Resolve = <Built>(token: Type<Built> | Abstract<Built>) => Built;

/** Builds the products of synchronous providers as Nest does: each once, when it is first needed. */
export function resolverOf(providers: readonly FactoryProvider[], given: Map<unknown, unknown>): Resolve {
  const resolve = (token: unknown): unknown => {
    if (given.has(token)) return given.get(token);
    const provider = providers.find(({ provide }) => provide === token);
    if (!provider) throw new Error(`nothing provides ${String(token)}`);
    const built: unknown = provider.useFactory(...(provider.inject ?? []).map(resolve));
    given.set(token, built);
    return built;
  };
  return <Built>(token: Type<Built> | Abstract<Built>): Built => resolve(token) as Built;
}
