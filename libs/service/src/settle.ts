import { isObservable, lastValueFrom } from 'rxjs';

/**
 * The value of a Nest handler. With interceptors, or after an error, Nest returns an observable; else the value itself.
 * @throws what the handler or one of Nest's guards, pipes or interceptors threw
 */
export function settle(result: unknown): unknown {
  return isObservable(result) ? lastValueFrom(result, { defaultValue: undefined }) : result;
}
