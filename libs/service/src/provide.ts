import type { Abstract, FactoryProvider, Type } from '@nestjs/common';

/** A symbol that stands for a value of a type, for what has no class. Created by `token`. */
export type Token<Value> = symbol & { readonly injects?: Value };

/** What can be injected: a class, an abstract class (a port) or a token. */
export type Injectable<Value = unknown> = Type<Value> | Abstract<Value> | Token<Value>;

type InjectedBy<Source> =
  Source extends Type<infer Value>
    ? Value
    : Source extends Abstract<infer Value>
      ? Value
      : Source extends Token<infer Value>
        ? Value
        : never;

type Injected<Sources> = { readonly [Name in keyof Sources]: InjectedBy<Sources[Name]> };

/** Creates the injection token of a type that has no class. */
export function token<Value>(name: string): Token<Value> {
  return Symbol(name);
}

/**
 * A Nest factory provider whose dependencies have names and types: `provide(Service, { clock: CLOCK, store: Store },
 * ({ clock, store }) => new Service(clock, store))`. The compiler checks the factory against what is injected.
 * @param as class, port or token that the value is injected by
 * @param inject what the factory needs, by the names of its argument
 */
export function provide<Value, Sources extends Readonly<Record<string, Injectable>>>(
  as: Injectable<Value>,
  inject: Sources,
  build: (parts: Injected<Sources>) => Value | Promise<Value>,
): FactoryProvider {
  const names = Object.keys(inject);
  return {
    provide: as,
    inject: names.map((name) => inject[name] as Injectable),
    useFactory: (...values: readonly unknown[]) =>
      build(Object.fromEntries(names.map((name, index) => [name, values[index]])) as Injected<Sources>),
  };
}
