import { type ArgumentsHost, Catch, type RpcExceptionFilter } from '@nestjs/common';
import { type Observable, throwError } from 'rxjs';

/**
 * Passes the error of a handler on unchanged. Nest's own filter replaces it by "Internal server error"; our transports
 * map it themselves: gRPC to a status, the stream to a retry or a dead letter.
 */
@Catch()
export class RethrowFilter implements RpcExceptionFilter {
  catch(error: unknown, _host: ArgumentsHost): Observable<never> {
    return throwError(() => error);
  }
}
